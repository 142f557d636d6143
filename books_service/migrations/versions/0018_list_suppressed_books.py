"""The books that the library hides are listed without reading all others."""

from alembic import op

from shared.persistence.migrating.making import create_index

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    create_index("ix_books_suppressed", "books", "added_at", "book_id", where="suppressed IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_books_suppressed", "books")
