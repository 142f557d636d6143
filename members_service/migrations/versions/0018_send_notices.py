"""Notices to people, the messages that they go into, and what became of each."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("notice_id", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False, index=True),
        sa.Column("occasion", sa.String(80), nullable=False),
        sa.Column("stage", sa.Integer, nullable=False),
        sa.Column("branch", sa.String(40)),
        sa.Column("occurred_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("valid_until", UtcDateTime),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("secret", sa.Text, comment="A code or a former address, sealed; see data_keys."),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("why", sa.String(20)),
        sa.Column("message_id", sa.Uuid, index=True),
        sa.UniqueConstraint("member_id", "kind", "subject_id", "stage", "occasion"),
        comment="One occurrence that one member is told of: no name, no title, no address.",
    )
    pending = sa.text("state = 'pending'")
    op.create_index("ix_notices_pending", "notices", ["due_at"], postgresql_where=pending, sqlite_where=pending)
    op.create_table(
        "notice_messages",
        sa.Column("message_id", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid, nullable=False, index=True),
        sa.Column("group", sa.String(20), nullable=False),
        sa.Column("kinds", sa.JSON, nullable=False),
        sa.Column("way", sa.String(20), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("branch", sa.String(40)),
        sa.Column("turn", sa.Integer, nullable=False, comment="Security 0, mandatory 1, courtesy 2: first come first."),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("why", sa.String(20)),
        sa.Column("phase", sa.String(20), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try_at", UtcDateTime),
        sa.Column("claimed_by", sa.Uuid),
        sa.Column("claimed_until", UtcDateTime),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("address_key", sa.LargeBinary(32), index=True, comment="A keyed digest of where it went."),
        sa.Column("content", sa.Text, comment="Address, subject and text as handed over, sealed; see data_keys."),
        sa.Column("repeats", sa.Uuid, unique=True, comment="The message that this one repeats."),
        comment="One or more notices to one person, by one way.",
    )
    for state in ("ready", "claimed"):
        only = sa.text(f"state = '{state}'")
        columns = ["turn", "message_id"] if state == "ready" else ["claimed_until"]
        name = f"ix_notice_messages_{state}"
        op.create_index(name, "notice_messages", columns, postgresql_where=only, sqlite_where=only)
    op.create_index("ix_notice_messages_state", "notice_messages", ["state", "message_id"])
    op.create_table(
        "notice_attempts",
        sa.Column("attempt_id", sa.Uuid, primary_key=True),
        sa.Column("message_id", sa.Uuid, nullable=False, index=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("phase", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("code", sa.Integer),
        comment="Each try to hand a message over.",
    )
    op.create_table(
        "notice_backoffs",
        sa.Column("destination", sa.String(255), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        comment="Mail domains and gateways that are left alone for a while.",
    )
    op.create_table(
        "suppressions",
        sa.Column("suppression_id", sa.Uuid, primary_key=True),
        sa.Column("address", sa.Text, nullable=False, comment="Sealed; see data_keys."),
        sa.Column(
            "address_key", sa.LargeBinary(32), nullable=False, unique=True, comment="A keyed digest of the address."
        ),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("status", sa.String(20), comment="The code that the other side gave, such as 5.1.1."),
        comment="Addresses to which nothing is sent any more, since it comes back.",
    )
    op.create_table(
        "notice_settings",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        comment="Each version of how the library sends notices; without any, it sends none.",
    )


def downgrade() -> None:
    for table in (
        "notice_settings",
        "suppressions",
        "notice_backoffs",
        "notice_attempts",
        "notice_messages",
        "notices",
    ):
        op.drop_table(table)
