"""Books are found, sorted and browsed by authors, by what their copies are and where they stand, and by loans.

What is worked out of the records is filled in by `finish_migration`: an empty `author_key` marks the books that wait.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.persistence.migrating.making import create_index
from shared.persistence.types import UtcDateTime

revision = "0011"
down_revision = "0010"

_FILED = sa.String(150).with_variant(sa.String(150, collation="C"), "postgresql")
_BEHIND_ALL = sa.text("'\U0010ffff'")
_OF_ALL = "The copies of each book, counted: what copies and circulation say together."
_OF_SOME = "The copies of each book that has any, counted: what copies and circulation say together."


def upgrade() -> None:
    op.add_column("books", sa.Column("author_key", _FILED, nullable=False, server_default=sa.text("''")))
    op.add_column("circulation", sa.Column("loans", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("circulation", sa.Column("lent_at", UtcDateTime))
    op.add_column("stock", sa.Column("branches", sa.JSON().with_variant(JSONB(), "postgresql")))
    op.add_column("stock", sa.Column("loans", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("stock", sa.Column("shelf_key", _FILED, nullable=False, server_default=_BEHIND_ALL))
    op.add_column("stock", sa.Column("copy_terms", sa.Text))
    op.add_column("stock", sa.Column("has_strays", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "headings",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("key", _FILED, primary_key=True),
        sa.Column("heading", sa.String(300), nullable=False),
        sa.Column("books", sa.Integer, nullable=False),
        comment="The names and subjects of the catalogue, filed, with the number of books of each.",
    )
    create_index("ix_books_author_key", "books", "author_key", "book_id")
    create_index("ix_stock_loans", "stock", "loans", "book_id")
    create_index("ix_stock_shelf_key", "stock", "shelf_key", "book_id")
    create_index("ix_copies_shelf_mark_key", "copies", "shelf_mark_key")
    _say_of_stock(_OF_ALL, instead_of=_OF_SOME)


def downgrade() -> None:
    _say_of_stock(_OF_SOME, instead_of=_OF_ALL)
    op.drop_index("ix_copies_shelf_mark_key", "copies")
    op.drop_index("ix_stock_shelf_key", "stock")
    op.drop_index("ix_stock_loans", "stock")
    op.drop_index("ix_books_author_key", "books")
    op.drop_table("headings")
    for name in ("has_strays", "copy_terms", "shelf_key", "loans", "branches"):
        op.drop_column("stock", name)
    for name in ("lent_at", "loans"):
        op.drop_column("circulation", name)
    op.drop_column("books", "author_key")


def _say_of_stock(comment: str, *, instead_of: str) -> None:
    if op.get_bind().dialect.supports_comments:
        op.create_table_comment("stock", comment, existing_comment=instead_of)
