"""Holds, where copies are, what loans went through, and copies that are missed."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import BigNumber, UtcDateTime

revision = "0003"
down_revision = "0002"

_MISSED = sa.text("returned_at IS NULL AND (lost_at IS NOT NULL OR claimed_at IS NOT NULL)")
_ACTIVE = sa.text("status IN ('waiting', 'in_transit', 'ready')")
_WITH_COPY = sa.text("status IN ('in_transit', 'ready')")
_WAITING = sa.text("status = 'waiting'")
_READY = sa.text("status = 'ready'")


def _index(name: str, table: str, *columns: str, where: sa.TextClause | None = None, unique: bool = False) -> None:
    op.create_index(name, table, list(columns), unique=unique, postgresql_where=where, sqlite_where=where)


def upgrade() -> None:
    with op.batch_alter_table("loans") as loans:
        loans.add_column(sa.Column("lost_at", UtcDateTime))
        loans.add_column(sa.Column("claimed_at", UtcDateTime))
    _index("ix_loans_missed", "loans", "checked_out_at", "loan_id", where=_MISSED)
    _create_history()
    _create_holds()
    _create_circulation_records()
    op.execute(
        "INSERT INTO circulation_records"
        " (copy_id, book_id, barcode, barcode_key, title, home_branch, item_type, status, branch, since)"
        " SELECT copy_id, book_id, barcode, barcode_key, title, home_branch, item_type, 'in_transit', home_branch,"
        " returned_at FROM loans AS latest WHERE next_stop = 'transit' AND returned_at IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM loans AS later WHERE later.copy_id = latest.copy_id"
        " AND (later.returned_at IS NULL OR (later.checked_out_at, later.loan_id) >"
        " (latest.checked_out_at, latest.loan_id)))"
    )


def downgrade() -> None:
    for table in ("circulation_records", "holds", "loan_history"):
        op.drop_table(table)
    op.drop_index("ix_loans_missed", "loans")
    with op.batch_alter_table("loans") as loans:
        loans.drop_column("claimed_at")
        loans.drop_column("lost_at")


def _create_history() -> None:
    op.create_table(
        "loan_history",
        sa.Column("entry_id", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("loan_id", sa.Uuid, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("rule", sa.String(100)),
        sa.Column("policy_version", sa.Integer),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sqlite_autoincrement=True,
        comment="What happened to each loan; rows are only ever added.",
    )
    _index("ix_loan_history_loan", "loan_history", "loan_id", "entry_id")


def _create_holds() -> None:
    op.create_table(
        "holds",
        sa.Column("hold_id", sa.Uuid, primary_key=True),
        sa.Column("book_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("wanted_copy_id", sa.Uuid),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("pickup_branch", sa.String(40)),
        sa.Column("placed_at", UtcDateTime, nullable=False),
        sa.Column("expires_on", sa.Date),
        sa.Column("expires_at", UtcDateTime),
        sa.Column("queue_order", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("suspended", sa.Boolean, nullable=False),
        sa.Column("suspended_until", UtcDateTime),
        sa.Column("copy_id", sa.Uuid),
        sa.Column("barcode", sa.String(64)),
        sa.Column("pickup_until", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
    )
    _index("uq_holds_copy", "holds", "copy_id", where=_WITH_COPY, unique=True)
    _index("ix_holds_queue", "holds", "book_id", "queue_order", where=_ACTIVE)
    _index("ix_holds_active_member", "holds", "member_id", where=_ACTIVE)
    _index("ix_holds_waiting_until", "holds", "expires_at", where=_WAITING)
    _index("ix_holds_ready_until", "holds", "pickup_until", where=_READY)
    _index("ix_holds_member", "holds", "member_id", "placed_at", "hold_id")
    _index("ix_holds_book", "holds", "book_id", "placed_at", "hold_id")
    _index("ix_holds_branch", "holds", "pickup_branch", "placed_at", "hold_id")
    _index("ix_holds_newest", "holds", "placed_at", "hold_id")


def _create_circulation_records() -> None:
    op.create_table(
        "circulation_records",
        sa.Column("copy_id", sa.Uuid, primary_key=True),
        sa.Column("book_id", sa.Uuid, nullable=False),
        sa.Column("barcode", sa.String(64), nullable=False),
        sa.Column("barcode_key", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("home_branch", sa.String(40), nullable=False),
        sa.Column("item_type", sa.String(40), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("branch", sa.String(40), nullable=False),
        sa.Column("hold_id", sa.Uuid),
        sa.Column("since", UtcDateTime, nullable=False),
        comment="The copies that are neither on loan nor at home: on a hold shelf, or on their way.",
    )
    _index("ix_circulation_records_barcode", "circulation_records", "barcode_key")
    _index("ix_circulation_records_status", "circulation_records", "status", "branch", "since", "copy_id")
