"""Periodicals come in: subscriptions, and the issues that are expected and received."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.migrating.making import create_index

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("pattern", sa.JSON, nullable=False),
        sa.Column("starts", sa.Date, nullable=False),
        sa.Column("ends", sa.Date),
        sa.Column("copies", sa.JSON, nullable=False),
        sa.Column("late_after_days", sa.Integer, nullable=False),
        sa.Column("supplier", sa.String(200)),
        sa.Column("upto_on", sa.Date),
        sa.Column("upto_volume", sa.Integer),
        sa.Column("upto_number", sa.Integer),
        sa.Column("looks_on", sa.Date, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        comment="The periodicals that come in; upto_* is the last issue that is expected by now.",
    )
    op.create_table(
        "issues",
        sa.Column("issue_id", sa.Uuid, primary_key=True),
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id", ondelete="CASCADE"), nullable=False),
        sa.Column("volume", sa.String(60), nullable=False),
        sa.Column("volume_key", sa.String(1080), nullable=False),
        sa.Column("expected_on", sa.Date),
        sa.Column("late_on", sa.Date),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("received_on", sa.Date),
        sa.Column("claimed_on", sa.Date),
        sa.Column("listed_on", sa.Date, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("book_id", "volume_key"),
        comment="The issues of periodicals; one of each volume, whichever desk receives it.",
    )
    op.create_index("ix_issues_listed_on", "issues", ["listed_on", "issue_id"])
    create_index("ix_issues_expected", "issues", "listed_on", "issue_id", where="state = 'expected'")


def downgrade() -> None:
    op.drop_table("issues")
    op.drop_table("subscriptions")
