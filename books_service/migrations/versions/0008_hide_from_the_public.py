"""What only staff see: a note of a copy, and the titles and copies that are hidden from the public."""

import sqlalchemy as sa
from alembic import op

from shared.kernel.clock import SystemClock
from shared.persistence.types import UtcDateTime

revision = "0008"
down_revision = "0007"

_ADDED = {"copies": ("staff_note", "suppressed"), "stock": ("hidden_copies",), "books": ("suppressed", "hidden")}
_NO = sa.false()


def upgrade() -> None:
    op.add_column("copies", sa.Column("staff_note", sa.String(200)))
    op.add_column("copies", sa.Column("suppressed", sa.Boolean, nullable=False, server_default=_NO))
    op.add_column("stock", sa.Column("hidden_copies", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("books", sa.Column("suppressed", sa.Boolean))
    op.add_column("books", sa.Column("hidden", sa.Boolean, nullable=False, server_default=_NO))
    op.execute(
        "UPDATE stock SET hidden_copies = (SELECT count(*) FROM copies"
        " WHERE copies.book_id = stock.book_id AND copies.status IN ('lost', 'withdrawn'))"
        " WHERE book_id IN (SELECT book_id FROM copies WHERE copies.status IN ('lost', 'withdrawn'))"
    )
    hiding = sa.text(
        "UPDATE books SET hidden = true, changed_at = :now WHERE coalesce(format, '') <> 'ebook'"
        " AND book_id IN (SELECT book_id FROM stock WHERE copies > 0 AND copies = hidden_copies)"
    )
    op.execute(hiding.bindparams(sa.bindparam("now", SystemClock().now(), UtcDateTime)))


def downgrade() -> None:
    for table, names in _ADDED.items():
        for name in names:
            op.drop_column(table, name)
