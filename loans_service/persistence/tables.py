"""The tables of circulation."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    and_,
    false,
    func,
    or_,
)

from loans_service.domain.circulating_copy import NextStop
from loans_service.domain.holds.circulation_record import CirculationStatus
from loans_service.domain.holds.hold import ACTIVE, HoldKind, HoldStatus
from loans_service.domain.lending.loan_status import LoanEventType
from loans_service.domain.statistics.atoms import DIMENSIONS, WIDE
from loans_service.persistence.metadata import metadata, words
from shared.persistence.numbers import number_column
from shared.persistence.types import BigNumber, UtcDateTime
from shared.persistence.work import PlumbingTables

plumbing = PlumbingTables.declare(metadata, dimensions=DIMENSIONS, wide=WIDE)
_FILED = Text().with_variant(Text(collation="C"), "postgresql")
"""Sorted by code points, so that both databases sort alike."""

borrowers = Table(
    "borrowers",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    Column("served", Integer, nullable=False),
    Column("leaving_id", Uuid),
    Column("leaving_sequence", BigInteger),
    Column("cleared_at", UtcDateTime),
    Column("keeps_history", Boolean, nullable=False, server_default=false()),
    Column("forgets_history", Boolean, nullable=False, server_default=false()),
    comment="One row per member who ever borrowed; its lock makes desks serve one member one after the other.",
)

_waits = and_(borrowers.c.leaving_id.is_not(None), borrowers.c.cleared_at.is_(None))
_keeps, _forgets = borrowers.c.keeps_history, borrowers.c.forgets_history
Index("ix_borrowers_keeping", borrowers.c.member_id, postgresql_where=_keeps, sqlite_where=_keeps)
Index("ix_borrowers_forgetting", borrowers.c.member_id, postgresql_where=_forgets, sqlite_where=_forgets)
Index("ix_borrowers_leaving", borrowers.c.member_id, postgresql_where=_waits, sqlite_where=_waits)

loans = Table(
    "loans",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    number_column(),
    Column("copy_id", Uuid, nullable=False),
    Column("book_id", Uuid, nullable=False),
    Column("barcode", String(64), nullable=False),
    Column("barcode_key", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("home_branch", String(40), nullable=False),
    Column("item_type", String(40), nullable=False),
    Column("member_id", Uuid, nullable=False),
    Column("branch", String(40), nullable=False),
    Column("checked_out_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("returned_at", UtcDateTime),
    Column("next_stop", words(NextStop)),
    Column("renewals", Integer, nullable=False),
    Column("rule", String(100), nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("renewals_allowed", Integer, nullable=False),
    Column("category", String(40), nullable=False),
    Column("age_band", String(10)),
    Column("location", String(100)),
    Column("override_codes", JSON, nullable=False),
    Column("override_comment", Text),
    Column("lost_at", UtcDateTime),
    Column("claimed_at", UtcDateTime),
    Column("price_amount", Integer),
    Column("price_currency", String(3)),
    Column("reminders", Integer, nullable=False, server_default="0"),
    Column("timezone", String(64), nullable=False),
    Column("anonymised_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("remind_at", UtcDateTime),
    Column("no_block", Boolean, nullable=False, server_default=false()),
    Column("reminder_terms", JSON(none_as_null=True)),
    Column("recalled_at", UtcDateTime),
    Column("has_deposit", Boolean, nullable=False, server_default=false()),
    Column("bill_at", UtcDateTime),
    Column("unseen_renewals", Integer, nullable=False, server_default="0"),
    Column("version", Integer, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column(
        "starts_at",
        UtcDateTime,
        comment="It counts from then on, before all that start earlier or never say; of several the last version.",
    ),
    comment="Every version of the whole table; never changed, since loans name the version they were made under.",
)

calendars = Table(
    "calendars",
    metadata,
    Column("branch", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("document", JSON, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

branch_zones = Table(
    "branch_zones",
    metadata,
    Column("branch", String(40), primary_key=True),
    Column("timezone", String(64), nullable=False),
    comment="Where branches lie, in capitals, as books said last: for those without a calendar.",
)

_open = loans.c.returned_at.is_(None)


def _index_some(
    name: str, column: ColumnElement[Any], *more: ColumnElement[Any], among: ColumnElement[bool], unique: bool = False
) -> None:
    """Create a partial index on `column` for queries that look for a value of it `among` some rows.

    It excludes NULL, so that it is used only for queries on this column. Otherwise PostgreSQL may read all open loans
    in the order of their due dates to find that of a copy, if none was open when it last gathered statistics.
    """
    those = and_(among, column.is_not(None))
    Index(name, column, *more, unique=unique, postgresql_where=those, sqlite_where=those)


Index("uq_loans_number", loans.c.number, unique=True)
_index_some("uq_loans_open_copy", loans.c.copy_id, among=_open, unique=True)
_index_some("ix_loans_open_member", loans.c.member_id, among=_open)
_index_some("ix_loans_open_due", loans.c.due_at, among=_open)
Index("ix_loans_member", loans.c.member_id, loans.c.checked_out_at, loans.c.loan_id)
Index("ix_loans_copy", loans.c.copy_id, loans.c.checked_out_at)
Index("ix_loans_barcode", loans.c.barcode_key, loans.c.checked_out_at)
Index("ix_loans_book", loans.c.book_id, loans.c.checked_out_at)
Index("ix_loans_branch", func.upper(loans.c.branch), loans.c.checked_out_at, loans.c.loan_id)
Index("ix_loans_newest", loans.c.checked_out_at, loans.c.loan_id)

_offline = loans.c.no_block  # the name stays while processes of two releases write
Index("ix_loans_no_block", loans.c.checked_out_at, loans.c.loan_id, postgresql_where=_offline, sqlite_where=_offline)

_named = and_(loans.c.returned_at.is_not(None), loans.c.anonymised_at.is_(None))
Index("ix_loans_returned", loans.c.returned_at, postgresql_where=_named, sqlite_where=_named)

_with_borrower = and_(_open, loans.c.lost_at.is_(None), loans.c.claimed_at.is_(None))
Index("ix_loans_remind", loans.c.remind_at, postgresql_where=_with_borrower, sqlite_where=_with_borrower)
_settled = loans.c.settled_at.is_not(None)
Index("ix_loans_settled", loans.c.copy_id, postgresql_where=_settled, sqlite_where=_settled)

_to_bill = loans.c.bill_at.is_not(None)
Index("ix_loans_to_bill", loans.c.bill_at, postgresql_where=_to_bill, sqlite_where=_to_bill)

_missed = and_(_open, or_(loans.c.lost_at.is_not(None), loans.c.claimed_at.is_not(None)))
Index("ix_loans_missed", loans.c.checked_out_at, loans.c.loan_id, postgresql_where=_missed, sqlite_where=_missed)

loan_history = Table(
    "loan_history",
    metadata,
    Column("entry_id", BigNumber, primary_key=True, autoincrement=True),
    Column("loan_id", Uuid, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("type", words(LoanEventType), nullable=False),
    Column("by", String(100), nullable=False),
    Column("why", Text, nullable=False),
    Column("rule", String(100)),
    Column("policy_version", Integer),
    Column("due_at", UtcDateTime, nullable=False),
    Column("overridden", JSON, nullable=False, server_default="[]"),
    Column("acted_by", Uuid, comment="The member who acted for the borrower."),
    Column("branch", String(40), comment="Where it was done, as far as the act said."),
    Column("confirmed", JSON(none_as_null=True), comment="What staff confirmed of what is noted of the copy."),
    Column("day", Date, comment="On which it was counted, how it came in, and as what the borrower counted."),
    Column("channel", String(10)),
    Column("category", String(40)),
    Column("age_band", String(10)),
    sqlite_autoincrement=True,
    comment="What happened to each loan; rows are only ever added.",
)
Index("ix_loan_history_loan", loan_history.c.loan_id, loan_history.c.entry_id)
_acted = loan_history.c.acted_by.is_not(None)
Index("ix_loan_history_acted_by", loan_history.c.acted_by, postgresql_where=_acted, sqlite_where=_acted)

holds = Table(
    "holds",
    metadata,
    Column("hold_id", Uuid, primary_key=True),
    Column("book_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("wanted_copy_id", Uuid),
    Column("volume", Text),
    Column("volume_key", Text),
    Column("any_edition", Boolean, nullable=False, server_default=false()),
    Column("bound_book_id", Uuid, comment="The book that was asked for, if it is bound in the copy with book_id."),
    Column("member_id", Uuid, nullable=False),
    Column("category", String(40), nullable=False),
    Column("member_branch", String(40)),
    Column("member_age", Integer, comment="When it was placed; only while it is active, if a rule asks for it."),
    Column("item_type", String(40)),
    Column("pickup_branch", String(40)),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("comment", Text),
    Column("kind", words(HoldKind), nullable=False, server_default=HoldKind.HOLD),
    Column("recalled_loan_id", Uuid),
    Column("expires_on", Date),
    Column("expires_at", UtcDateTime),
    Column("not_before", Date),
    Column("starts_at", UtcDateTime),
    Column("queue_order", Integer, nullable=False),
    Column("status", words(HoldStatus), nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("suspended_until", UtcDateTime),
    Column("copy_id", Uuid),
    Column("barcode", String(64)),
    Column("target_branch", String(40)),
    Column("target_since", UtcDateTime),
    Column("pickup_until", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("reason", String(40)),
    Column("reason_given", Text),
    Column("placed_by", Uuid, comment="The member who acted for the one who waits, as for cancelled_by."),
    Column("cancelled_by", Uuid),
    Column("age_band", String(10)),
    Column("counted", JSON(none_as_null=True), comment="What it was counted for."),
    Column("version", Integer, nullable=False),
)

_active = holds.c.status.in_(ACTIVE)
_waiting = holds.c.status == HoldStatus.WAITING
_ready = holds.c.status == HoldStatus.READY
_index_some("uq_holds_copy", holds.c.copy_id, among=_active, unique=True)
_index_some("ix_holds_queue", holds.c.book_id, holds.c.queue_order, among=_active)
_unserved = and_(_waiting, holds.c.copy_id.is_(None))
_index_some("ix_holds_unserved", holds.c.book_id, holds.c.queue_order, among=_unserved)
_index_some("ix_holds_active_member", holds.c.member_id, among=_active)
_index_some("ix_holds_waiting_until", holds.c.expires_at, among=_waiting)
_index_some("ix_holds_ready_until", holds.c.pickup_until, among=_ready)
Index("ix_holds_member", holds.c.member_id, holds.c.placed_at, holds.c.hold_id)
Index("ix_holds_book", holds.c.book_id, holds.c.placed_at, holds.c.hold_id)
Index("ix_holds_branch", func.upper(holds.c.pickup_branch), holds.c.placed_at, holds.c.hold_id)
Index("ix_holds_newest", holds.c.placed_at, holds.c.hold_id)
Index("ix_holds_status", holds.c.status, holds.c.placed_at, holds.c.hold_id)
_ended = holds.c.ended_at.is_not(None)
Index("ix_holds_ended", holds.c.ended_at, postgresql_where=_ended, sqlite_where=_ended)
Index("ix_holds_copy", holds.c.copy_id)
_recalls = holds.c.recalled_loan_id.is_not(None)
Index("ix_holds_recalled", holds.c.recalled_loan_id, postgresql_where=_recalls, sqlite_where=_recalls)
_bound = holds.c.bound_book_id.is_not(None)
Index("ix_holds_bound_book", holds.c.bound_book_id, postgresql_where=_bound, sqlite_where=_bound)
_picky = holds.c.wanted_copy_id.is_not(None)
Index("ix_holds_wanted_copy", holds.c.wanted_copy_id, postgresql_where=_picky, sqlite_where=_picky)

circulation_records = Table(
    "circulation_records",
    metadata,
    Column("copy_id", Uuid, primary_key=True),
    Column("book_id", Uuid, nullable=False),
    Column("barcode", String(64), nullable=False),
    Column("barcode_key", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("home_branch", String(40), nullable=False),
    Column("item_type", String(40), nullable=False),
    Column("shelf_mark", String(200), nullable=False, server_default=""),
    Column("shelf_mark_key", _FILED, nullable=False, server_default=""),
    Column("location", _FILED, nullable=False, server_default=""),
    Column("status", words(CirculationStatus), nullable=False),
    Column("branch", String(40), nullable=False),
    Column("hold_id", Uuid),
    Column("since", UtcDateTime, nullable=False),
    Column("from_branch", String(40)),
    Column("stands_since", UtcDateTime),
    comment="The copies that are neither on loan nor simply at home: to be pulled, on a hold shelf, or on their way.",
)
Index("ix_circulation_records_barcode", circulation_records.c.barcode_key)
Index(
    "ix_circulation_records_since",
    circulation_records.c.status,
    circulation_records.c.since,
    circulation_records.c.copy_id,
)
_in_branch = (func.upper(circulation_records.c.branch), circulation_records.c.since, circulation_records.c.copy_id)
Index("ix_circulation_records_status", circulation_records.c.status, *_in_branch)
Index("ix_circulation_records_book", circulation_records.c.book_id)
_requested = circulation_records.c.status == CirculationStatus.REQUESTED
Index(
    "ix_circulation_records_pull_list",
    func.upper(circulation_records.c.branch),
    circulation_records.c.location,
    circulation_records.c.shelf_mark_key,
    circulation_records.c.copy_id,
    postgresql_where=_requested,
    sqlite_where=_requested,
)

copy_scans = Table(
    "copy_scans",
    metadata,
    Column("copy_id", Uuid, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    comment="When each copy was last taken in at a desk, and since when it stands where it was put then.",
    postgresql_with={"fillfactor": 80},  # each return changes a row, and no index
)

reported_copies = Table(
    "reported_copies",
    metadata,
    Column("copy_id", Uuid, primary_key=True),
    Column("book_id", Uuid, nullable=False),
    Column("branch", String(40), nullable=False),
    Column("item_type", String(40), nullable=False),
    Column("status", String(40), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("price_amount", Integer),
    Column("price_currency", String(3)),
    Column("volume_key", Text),
    Column("staff_note", Text),
    Column("location", Text),
    comment="What books last told of each copy, by the number of its event.",
)
Index("ix_reported_copies_book", reported_copies.c.book_id)

merged_books = Table(
    "merged_books",
    metadata,
    Column("book_id", Uuid, primary_key=True),
    Column("into", Uuid, nullable=False, index=True),
    comment="To which book everything of a merged one belongs now.",
)

retarget_requests = Table(
    "retarget_requests",
    metadata,
    Column("request_id", BigNumber, primary_key=True, autoincrement=True),
    Column("book_id", Uuid, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
    sqlite_autoincrement=True,
    comment="The books whose holds are to be looked at again, and from when on.",
)
Index("ix_retarget_requests_book", retarget_requests.c.book_id, retarget_requests.c.request_id)
