"""Messages that desks show when a member's card is scanned."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "desk_messages",
        sa.Column("message_id", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.member_id"), nullable=False),
        sa.Column("text", sa.Text, nullable=False, comment="Sealed; see data_keys."),
        sa.Column("branch", sa.String(40), comment="Where it is shown; everywhere if null."),
        sa.Column("until", sa.Date),
        sa.Column("written_at", UtcDateTime, nullable=False),
        sa.Column("written_by", sa.String(100)),
        sa.Column("read_at", UtcDateTime),
        sa.Column("read_by", sa.String(100)),
        sa.Column("done_at", UtcDateTime),
        sa.Column("done_by", sa.String(100)),
        comment="What desks show when the card of a member is scanned, until it is done.",
    )
    op.create_index("ix_desk_messages_member_id", "desk_messages", ["member_id", "message_id"])
    is_open = sa.text("done_at IS NULL")
    op.create_index(
        "ix_desk_messages_open", "desk_messages", ["member_id"], postgresql_where=is_open, sqlite_where=is_open
    )


def downgrade() -> None:
    op.drop_table("desk_messages")
