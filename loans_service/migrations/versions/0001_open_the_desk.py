"""Loans, holds, fines and the rules for them, and the tables that carry events, receipts and cursors."""

import json
from importlib import resources

import sqlalchemy as sa
from alembic import op

from shared.kernel.clock import SystemClock
from shared.persistence.types import BigNumber, UtcDateTime

revision = "0001"
down_revision = None

_TABLES = (
    *(
        "borrowers",
        "loans",
        "loan_history",
        "policies",
        "calendars",
        "holds",
        "circulation_records",
        "fines",
        "fine_entries",
    ),
    *("outbox", "inbox", "receipts", "cursor_keys"),
)


def upgrade() -> None:
    _create_borrowers()
    _create_loans()
    _create_loan_history()
    _create_rules()
    _create_holds()
    _create_circulation_records()
    _create_fines()
    _create_plumbing()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _index(
    name: str, table: str, *columns: str | sa.TextClause, where: str | None = None, unique: bool = False
) -> None:
    rows = None if where is None else sa.text(where)
    op.create_index(name, table, list(columns), unique=unique, postgresql_where=rows, sqlite_where=rows)


def _in_any_case(column: str) -> sa.TextClause:
    return sa.text(f"upper({column})")


def _create_borrowers() -> None:
    op.create_table(
        "borrowers",
        sa.Column("member_id", sa.Uuid, primary_key=True),
        sa.Column("served", sa.Integer, nullable=False),
        sa.Column("leaving_id", sa.Uuid),
        sa.Column("leaving_sequence", sa.BigInteger),
        sa.Column("cleared_at", UtcDateTime),
        sa.Column("keeps_history", sa.Boolean, nullable=False, server_default=sa.false()),
        comment="One row per member who ever borrowed; its lock makes desks serve one member one after the other.",
    )
    _index("ix_borrowers_leaving", "borrowers", "member_id", where="leaving_id IS NOT NULL AND cleared_at IS NULL")
    _index("ix_borrowers_keeping", "borrowers", "member_id", where="keeps_history")


def _create_loans() -> None:
    op.create_table(
        "loans",
        sa.Column("loan_id", sa.Uuid, primary_key=True),
        sa.Column("copy_id", sa.Uuid, nullable=False),
        sa.Column("book_id", sa.Uuid, nullable=False),
        sa.Column("barcode", sa.String(64), nullable=False),
        sa.Column("barcode_key", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("home_branch", sa.String(40), nullable=False),
        sa.Column("item_type", sa.String(40), nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("branch", sa.String(40), nullable=False),
        sa.Column("checked_out_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("returned_at", UtcDateTime),
        sa.Column("next_stop", sa.String(20)),
        sa.Column("renewals", sa.Integer, nullable=False),
        sa.Column("rule", sa.String(100), nullable=False),
        sa.Column("policy_version", sa.Integer, nullable=False),
        sa.Column("renewals_allowed", sa.Integer, nullable=False),
        sa.Column("override_codes", sa.JSON, nullable=False),
        sa.Column("override_comment", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("lost_at", UtcDateTime),
        sa.Column("claimed_at", UtcDateTime),
        sa.Column("price_amount", sa.Integer),
        sa.Column("price_currency", sa.String(3)),
        sa.Column("reminders", sa.Integer, nullable=False, server_default="0"),
        sa.Column("anonymised_at", UtcDateTime),
        sa.Column("timezone", sa.String(64), nullable=False),
    )
    _index_loans()


def _index_loans() -> None:
    out, named = "returned_at IS NULL", "returned_at IS NOT NULL AND anonymised_at IS NULL"
    missed = f"{out} AND (lost_at IS NOT NULL OR claimed_at IS NOT NULL)"
    _index("uq_loans_open_copy", "loans", "copy_id", where=out, unique=True)
    _index("ix_loans_open_member", "loans", "member_id", where=out)
    _index("ix_loans_open_due", "loans", "due_at", where=out)
    _index("ix_loans_missed", "loans", "checked_out_at", "loan_id", where=missed)
    _index("ix_loans_returned", "loans", "returned_at", where=named)
    _index("ix_loans_member", "loans", "member_id", "checked_out_at", "loan_id")
    _index("ix_loans_copy", "loans", "copy_id", "checked_out_at")
    _index("ix_loans_barcode", "loans", "barcode_key", "checked_out_at")
    _index("ix_loans_book", "loans", "book_id", "checked_out_at")
    _index("ix_loans_copy_of_book", "loans", "book_id", "copy_id")
    _index("ix_loans_branch", "loans", _in_any_case("branch"), "checked_out_at", "loan_id")
    _index("ix_loans_newest", "loans", "checked_out_at", "loan_id")


def _create_loan_history() -> None:
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


def _create_rules() -> None:
    """The shipped policy is the first version."""
    policies = op.create_table(
        "policies",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        comment="Every version of the whole table; never changed, since loans name the version they were made under.",
    )
    op.create_table(
        "calendars",
        sa.Column("branch", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
    )
    shipped = resources.files("loans_service.adapters.rules") / "default_policy.json"
    first = {"version": 1, "document": json.loads(shipped.read_text(encoding="utf-8")), "made_at": SystemClock().now()}
    op.bulk_insert(policies, [first])


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
    _index_holds()


def _index_holds() -> None:
    active, with_copy = "status IN ('waiting', 'in_transit', 'ready')", "status IN ('in_transit', 'ready')"
    _index("uq_holds_copy", "holds", "copy_id", where=with_copy, unique=True)
    _index("ix_holds_queue", "holds", "book_id", "queue_order", where=active)
    _index("ix_holds_active_member", "holds", "member_id", where=active)
    _index("ix_holds_waiting_until", "holds", "expires_at", where="status = 'waiting'")
    _index("ix_holds_ready_until", "holds", "pickup_until", where="status = 'ready'")
    _index("ix_holds_wanted_copy", "holds", "wanted_copy_id", where="wanted_copy_id IS NOT NULL")
    _index("ix_holds_copy", "holds", "copy_id")
    _index("ix_holds_member", "holds", "member_id", "placed_at", "hold_id")
    _index("ix_holds_book", "holds", "book_id", "placed_at", "hold_id")
    _index("ix_holds_branch", "holds", _in_any_case("pickup_branch"), "placed_at", "hold_id")
    _index("ix_holds_status", "holds", "status", "placed_at", "hold_id")
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
    _index("ix_circulation_records_status", "circulation_records", "status", _in_any_case("branch"), "since", "copy_id")
    _index("ix_circulation_records_since", "circulation_records", "status", "since", "copy_id")


def _create_fines() -> None:
    op.create_table(
        "fines",
        sa.Column("fine_id", sa.Uuid, primary_key=True),
        sa.Column("loan_id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("amount", "paid", "waived", "refunded", "owed")),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("charged_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("owed = amount - paid - waived + refunded AND owed >= 0", name="ck_fines_balance"),
        comment="What the ledger comes to for each fine; the ledger itself is fine_entries.",
    )
    _index("ix_fines_owed", "fines", "member_id", "currency", "owed", where="status = 'owed'")
    _index("ix_fines_member", "fines", "member_id", "charged_at", "fine_id")
    _index("ix_fines_loan", "fines", "loan_id")
    _index("ix_fines_status", "fines", "status", "charged_at", "fine_id")
    _index("ix_fines_newest", "fines", "charged_at", "fine_id")
    op.create_table(
        "fine_entries",
        sa.Column("entry_id", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("fine_id", sa.Uuid, nullable=False),
        sa.Column("posting", sa.String(20), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sqlite_autoincrement=True,
        comment="The ledger: every charge, payment, waiver and refund; rows are only ever added.",
    )
    _index("ix_fine_entries_fine", "fine_entries", "fine_id", "entry_id")


def _create_plumbing() -> None:
    op.create_table(
        "outbox",
        sa.Column("sequence", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("occurred_at", UtcDateTime, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("correlation_id", sa.String(100)),
        sa.Column("traceparent", sa.String(60)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbox",
        sa.Column("listener", sa.String(60), primary_key=True),
        sa.Column("message_id", sa.String(100), primary_key=True),
        sa.Column("seen_at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "receipts",
        sa.Column("slot", sa.LargeBinary(32), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "cursor_keys",
        sa.Column("cursor_key_id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
    )
