"""All that a title page says; identifiers to find books by, copies counted per book, and the history of changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.persistence.types import BigNumber, UtcDateTime

revision = "0002"
down_revision = "0001"

_LISTS = ("contributors", "identifiers", "series")
_COUNTS = ("copies", "lendable", "available", "on_loan", "on_hold_shelf")


def upgrade() -> None:
    many = sa.JSON().with_variant(JSONB(), "postgresql")
    for name in _LISTS:
        op.add_column("books", sa.Column(name, many, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("copies", sa.Column("status_by", sa.String(100)))
    op.create_table(
        "book_identifiers",
        sa.Column("key", sa.String(320), primary_key=True),
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True, index=True),
        comment="Finds books by what books.identifiers says; written anew with each change of it.",
    )
    op.create_table(
        "changes",
        sa.Column("sequence", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("thing_id", sa.Uuid, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(100)),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("changed", sa.JSON, nullable=False),
        comment="Who changed which book or copy, when and how; rows are only ever added, and outlive the thing.",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_thing_id", "changes", ["thing_id", "sequence"])
    _count_copies()


def downgrade() -> None:
    for table in ("stock", "changes", "book_identifiers"):
        op.drop_table(table)
    op.drop_column("copies", "status_by")
    for name in _LISTS:
        op.drop_column("books", name)


def _count_copies() -> None:
    op.create_table(
        "stock",
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in _COUNTS),
        comment="The copies of each book that has any, counted: what copies and circulation say together.",
        postgresql_with={"fillfactor": 70},
    )
    op.execute(
        """
        INSERT INTO stock (book_id, copies, lendable, available, on_loan, on_hold_shelf)
        SELECT copies.book_id, count(*),
               count(*) FILTER (WHERE status = 'in_service'),
               count(*) FILTER (WHERE status = 'in_service' AND coalesce(availability, 'available') = 'available'),
               count(*) FILTER (WHERE availability = 'on_loan'),
               count(*) FILTER (WHERE status = 'in_service' AND availability = 'on_hold_shelf')
        FROM copies LEFT JOIN circulation ON circulation.copy_id = copies.copy_id
        GROUP BY copies.book_id
        """
    )
