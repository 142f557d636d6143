"""Which book a merged one belongs to, for what comes late. Of mergers that were before, nothing is on its way."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.migrating.making import create_index

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "merged_books",
        sa.Column("book_id", sa.Uuid, primary_key=True),
        sa.Column("into", sa.Uuid, nullable=False),
        comment="To which book everything of a merged one belongs now.",
    )
    create_index("ix_merged_books_into", "merged_books", "into")


def downgrade() -> None:
    op.drop_table("merged_books")
