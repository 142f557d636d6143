"""Holds for a copy in which the book that was asked for is bound with another."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.migrating.making import create_index

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    asked = "The book that was asked for, if it is bound in the copy with book_id."
    op.add_column("holds", sa.Column("bound_book_id", sa.Uuid, comment=asked))
    create_index("ix_holds_bound_book", "holds", "bound_book_id", where="bound_book_id IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_holds_bound_book", "holds")
    op.drop_column("holds", "bound_book_id")
