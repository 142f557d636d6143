"""Loans, holds and the rules for them, and the tables that carry events, receipts and cursors."""

import json
from importlib import resources

import sqlalchemy as sa
from alembic import op

from shared.kernel.clock import SystemClock
from shared.persistence.migrating.making import MACHINERY, create_index, create_machinery
from shared.persistence.types import BigNumber, UtcDateTime

revision = "0001"
down_revision = None

_TABLES = (
    *("borrowers", "loans", "loan_history", "policies", "calendars", "branch_zones"),
    *("holds", "circulation_records", "reported_copies", "retarget_requests"),
)
_AWAY = "The copies that are neither on loan nor simply at home: to be pulled, on a hold shelf, or on their way."


def upgrade() -> None:
    _create_borrowers()
    _create_loans()
    _create_loan_history()
    _create_rules()
    _create_holds()
    _create_circulation_records()
    _create_targeting()
    create_machinery()


def downgrade() -> None:
    for table in reversed((*_TABLES, *MACHINERY)):
        op.drop_table(table)


def _with(column: str, condition: str) -> str:
    """Let an index hold the rows with a value in the column it is about: no question about another one will use it."""
    return f"{condition} AND {column} IS NOT NULL"


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
        sa.Column("forgets_history", sa.Boolean, nullable=False, server_default=sa.false()),
        comment="One row per member who ever borrowed; its lock makes desks serve one member one after the other.",
    )
    create_index(
        "ix_borrowers_leaving", "borrowers", "member_id", where="leaving_id IS NOT NULL AND cleared_at IS NULL"
    )
    create_index("ix_borrowers_keeping", "borrowers", "member_id", where="keeps_history")
    create_index("ix_borrowers_forgetting", "borrowers", "member_id", where="forgets_history")


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
        sa.Column("settled_at", UtcDateTime),
        sa.Column("remind_at", UtcDateTime),
        sa.Column("no_block", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    _index_loans()


def _index_loans() -> None:
    out, named = "returned_at IS NULL", "returned_at IS NOT NULL AND anonymised_at IS NULL"
    missed = f"{out} AND (lost_at IS NOT NULL OR claimed_at IS NOT NULL)"
    create_index("uq_loans_open_copy", "loans", "copy_id", where=_with("copy_id", out), unique=True)
    create_index("ix_loans_open_member", "loans", "member_id", where=_with("member_id", out))
    create_index("ix_loans_open_due", "loans", "due_at", where=_with("due_at", out))
    create_index("ix_loans_missed", "loans", "checked_out_at", "loan_id", where=missed)
    create_index("ix_loans_returned", "loans", "returned_at", where=named)
    create_index("ix_loans_member", "loans", "member_id", "checked_out_at", "loan_id")
    create_index("ix_loans_copy", "loans", "copy_id", "checked_out_at")
    create_index("ix_loans_barcode", "loans", "barcode_key", "checked_out_at")
    create_index("ix_loans_book", "loans", "book_id", "checked_out_at")
    create_index("ix_loans_branch", "loans", _in_any_case("branch"), "checked_out_at", "loan_id")
    create_index("ix_loans_newest", "loans", "checked_out_at", "loan_id")
    with_borrower = f"{out} AND lost_at IS NULL AND claimed_at IS NULL"
    create_index("ix_loans_remind", "loans", "remind_at", where=with_borrower)
    create_index("ix_loans_settled", "loans", "copy_id", where="settled_at IS NOT NULL")
    # SQLite looks into an index of some rows only where a query asks in the very words of its condition.
    no_block = "no_block" if op.get_bind().dialect.name == "postgresql" else "no_block = 1"
    create_index("ix_loans_no_block", "loans", "checked_out_at", "loan_id", where=no_block)


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
        sa.Column("overridden", sa.JSON, nullable=False, server_default="[]"),
        sqlite_autoincrement=True,
        comment="What happened to each loan; rows are only ever added.",
    )
    create_index("ix_loan_history_loan", "loan_history", "loan_id", "entry_id")


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
    op.create_table(
        "branch_zones",
        sa.Column("branch", sa.String(40), primary_key=True),
        sa.Column("timezone", sa.String(64), nullable=False),
        comment="Where branches lie, in capitals, as books said last: for those without a calendar.",
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
        sa.Column("comment", sa.Text),
        sa.Column("not_before", sa.Date),
        sa.Column("starts_at", UtcDateTime),
        sa.Column("target_branch", sa.String(40)),
        sa.Column("target_since", UtcDateTime),
        sa.Column("reason", sa.String(40)),
        sa.Column("kind", sa.String(20), nullable=False, server_default="hold"),
        sa.Column("recalled_loan_id", sa.Uuid),
    )
    _index_holds()


def _index_holds() -> None:
    active = "status IN ('waiting', 'in_transit', 'ready')"
    create_index("uq_holds_copy", "holds", "copy_id", where=_with("copy_id", active), unique=True)
    create_index("ix_holds_queue", "holds", "book_id", "queue_order", where=_with("book_id", active))
    create_index("ix_holds_active_member", "holds", "member_id", where=_with("member_id", active))
    create_index("ix_holds_waiting_until", "holds", "expires_at", where=_with("expires_at", "status = 'waiting'"))
    create_index("ix_holds_ready_until", "holds", "pickup_until", where=_with("pickup_until", "status = 'ready'"))
    create_index("ix_holds_wanted_copy", "holds", "wanted_copy_id", where="wanted_copy_id IS NOT NULL")
    create_index("ix_holds_copy", "holds", "copy_id")
    create_index("ix_holds_member", "holds", "member_id", "placed_at", "hold_id")
    create_index("ix_holds_book", "holds", "book_id", "placed_at", "hold_id")
    create_index("ix_holds_branch", "holds", _in_any_case("pickup_branch"), "placed_at", "hold_id")
    create_index("ix_holds_status", "holds", "status", "placed_at", "hold_id")
    create_index("ix_holds_newest", "holds", "placed_at", "hold_id")
    unserved = "status = 'waiting' AND copy_id IS NULL"
    create_index("ix_holds_unserved", "holds", "book_id", "queue_order", where=_with("book_id", unserved))
    create_index("ix_holds_ended", "holds", "ended_at", where="ended_at IS NOT NULL")
    create_index("ix_holds_recalled", "holds", "recalled_loan_id", where="recalled_loan_id IS NOT NULL")


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
        sa.Column("shelf_mark", sa.String(200), nullable=False, server_default=""),
        comment=_AWAY,
    )
    create_index("ix_circulation_records_barcode", "circulation_records", "barcode_key")
    create_index(
        "ix_circulation_records_status", "circulation_records", "status", _in_any_case("branch"), "since", "copy_id"
    )
    create_index("ix_circulation_records_book", "circulation_records", "book_id")
    place = (_in_any_case("branch"), "shelf_mark", "copy_id")
    create_index("ix_circulation_records_pull_list", "circulation_records", *place, where="status = 'requested'")
    create_index("ix_circulation_records_since", "circulation_records", "status", "since", "copy_id")


def _create_targeting() -> None:
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
    create_index("ix_reported_copies_book", "reported_copies", "book_id")
    op.create_table(
        "retarget_requests",
        sa.Column("request_id", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("book_id", sa.Uuid, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False, index=True),
        sqlite_autoincrement=True,
        comment="The books whose holds are to be looked at again, and from when on.",
    )
    create_index("ix_retarget_requests_book", "retarget_requests", "book_id", "request_id")
