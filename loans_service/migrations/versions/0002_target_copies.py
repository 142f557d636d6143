"""Waiting holds target copies: what books told of them, and which books are to be looked at again."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import BigNumber, UtcDateTime

revision = "0002"
down_revision = "0001"

_ACTIVE, _WITH_COPY = "status IN ('waiting', 'in_transit', 'ready')", "status IN ('in_transit', 'ready')"
_OF_HOLDS: dict[str, Any] = {
    "comment": sa.Text(),
    "not_before": sa.Date(),
    "starts_at": UtcDateTime(),
    "target_branch": sa.String(40),
    "target_since": UtcDateTime(),
    "reason": sa.String(40),
}


def upgrade() -> None:
    for name, kind in _OF_HOLDS.items():
        op.add_column("holds", sa.Column(name, kind))
    op.drop_index("uq_holds_copy", "holds")
    _index("uq_holds_copy", "holds", "copy_id", where=_ACTIVE, unique=True)
    _index("ix_holds_unserved", "holds", "book_id", "queue_order", where="status = 'waiting' AND copy_id IS NULL")
    op.add_column("circulation_records", sa.Column("shelf_mark", sa.String(200), nullable=False, server_default=""))
    _comment("The copies that are neither on loan nor simply at home: to be pulled, on a hold shelf, or on their way.")
    _index("ix_circulation_records_book", "circulation_records", "book_id")
    place = (sa.text("upper(branch)"), "shelf_mark", "copy_id")
    _index("ix_circulation_records_pull_list", "circulation_records", *place, where="status = 'requested'")
    op.create_table(
        "reported_copies",
        sa.Column("copy_id", sa.Uuid, primary_key=True),
        sa.Column("book_id", sa.Uuid, nullable=False),
        sa.Column("branch", sa.String(40), nullable=False),
        sa.Column("item_type", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        comment="What books last told of each copy, by the number of its event.",
    )
    op.create_table(
        "retarget_requests",
        sa.Column("request_id", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("book_id", sa.Uuid, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False, index=True),
        sqlite_autoincrement=True,
        comment="The books whose holds are to be looked at again, and from when on.",
    )
    _index("ix_retarget_requests_book", "retarget_requests", "book_id", "request_id")


def downgrade() -> None:
    op.drop_table("retarget_requests")
    op.drop_table("reported_copies")
    op.drop_index("ix_circulation_records_pull_list", "circulation_records")
    op.drop_index("ix_circulation_records_book", "circulation_records")
    op.drop_column("circulation_records", "shelf_mark")
    _comment("The copies that are neither on loan nor at home: on a hold shelf, or on their way.")
    op.drop_index("ix_holds_unserved", "holds")
    op.drop_index("uq_holds_copy", "holds")
    _index("uq_holds_copy", "holds", "copy_id", where=_WITH_COPY, unique=True)
    for name in _OF_HOLDS:
        op.drop_column("holds", name)


def _index(
    name: str, table: str, *columns: str | sa.TextClause, where: str | None = None, unique: bool = False
) -> None:
    rows = None if where is None else sa.text(where)
    op.create_index(name, table, list(columns), unique=unique, postgresql_where=rows, sqlite_where=rows)


def _comment(text: str) -> None:
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps none
        op.create_table_comment("circulation_records", text)
