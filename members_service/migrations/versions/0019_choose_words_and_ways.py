"""The library's own words of notices, what members want to be told, and letters that are printed together."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "notice_templates",
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("way", sa.String(20), primary_key=True),
        sa.Column("language", sa.String(35), primary_key=True),
        sa.Column("branch", sa.String(40), primary_key=True, comment="Empty: the whole library."),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.Text),
        sa.Column("text", sa.Text, comment="Without one the shipped template is in force again."),
        sa.Column("html", sa.Text),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("made_by", sa.String(255)),
        comment="Each version of the words of a notice.",
    )
    op.create_table(
        "notice_preferences",
        sa.Column("member_id", sa.Uuid, primary_key=True),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        comment="What a member chose; who chose nothing has no row.",
    )
    op.create_table(
        "notice_defaults",
        sa.Column("category", sa.String(60), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("made_by", sa.String(255)),
        sa.Column("applied_at", UtcDateTime, comment="Since when it holds for those who were members before, too."),
        comment="Each version of what holds for members of a category who choose nothing.",
    )
    op.create_table(
        "letter_batches",
        sa.Column("batch_id", sa.Uuid, primary_key=True),
        sa.Column("branch", sa.String(40)),
        sa.Column("letters", sa.Integer, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("made_by", sa.String(255)),
        sa.Column("printed_at", UtcDateTime, comment="When it was first fetched; from then on each page says COPY."),
        sa.Column("version", sa.Integer, nullable=False),
        comment="Letters of one branch that are printed together.",
    )
    op.create_table(
        "letters",
        sa.Column("message_id", sa.Uuid, primary_key=True),
        sa.Column("batch_id", sa.Uuid, nullable=False, index=True),
        sa.Column("position", sa.Integer, nullable=False),
        comment="Which messages are letters of which batch, and in which order.",
    )


def downgrade() -> None:
    for table in ("letters", "letter_batches", "notice_defaults", "notice_preferences", "notice_templates"):
        op.drop_table(table)
