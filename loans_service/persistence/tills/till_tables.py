"""The tables of tills: sessions, receipts with their numbers, what moved, and what is due to members."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, Text, UniqueConstraint, Uuid

from loans_service.domain.tills.payout import PayoutReason
from loans_service.domain.tills.till import Method, MovementKind, TillKind
from loans_service.domain.tills.till_receipt import ReceiptKind
from loans_service.persistence.metadata import metadata, words
from shared.persistence.types import UtcDateTime

tills = Table(
    "tills",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("kind", words(TillKind), nullable=False),
    Column("branch", String(40)),
    Column("name", String(100), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("drawer", Integer, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    comment="Where money is taken; a row's lock makes the acts at one till follow each other.",
)

till_years = Table(
    "till_years",
    metadata,
    Column("till", String(40), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
    comment="The last serial of a receipt, counted up in the transaction that keeps the receipt.",
)

till_sessions = Table(
    "till_sessions",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("till", String(40), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("opened_by", String(100), nullable=False),
    Column("opening", Integer, nullable=False),
    Column("left_before", Integer, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("closed_by", String(100)),
    Column("counted", Integer),
    comment="From one count of a drawer to the next; left_before is what had to be in it when it was opened.",
)
_open = till_sessions.c.closed_at.is_(None)
Index("uq_till_sessions_open", till_sessions.c.till, unique=True, postgresql_where=_open, sqlite_where=_open)
Index("ix_till_sessions_till", till_sessions.c.till, till_sessions.c.opened_at)

till_movements = Table(
    "till_movements",
    metadata,
    Column("movement_id", Uuid, primary_key=True),
    Column("session_id", Uuid, nullable=False),
    Column("till", String(40), nullable=False),
    Column("kind", words(MovementKind), nullable=False),
    Column("amount", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(100), nullable=False),
    comment="Cash put in, taken out, or found to differ, by which the drawer changed.",
)
Index("ix_till_movements_session", till_movements.c.session_id)

till_receipts = Table(
    "till_receipts",
    metadata,
    Column("number", String(60), primary_key=True),
    Column("till", String(40), nullable=False),
    Column("year", Integer, nullable=False),
    Column("serial", Integer, nullable=False),
    Column("kind", words(ReceiptKind), nullable=False),
    Column("session_id", Uuid, nullable=False),
    Column("branch", String(40)),
    Column("method", words(Method), nullable=False),
    Column("amount", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("member_id", Uuid),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(100), nullable=False),
    Column("reverses", String(60)),
    Column("why", Text, nullable=False),
    Column("paid_by", Uuid, comment="The member who paid for the one whose debt it was."),
    UniqueConstraint("till", "year", "serial"),
    CheckConstraint("amount > 0", name="amount"),
    comment="Every payment, and all that was given back; without the person once that is forgotten.",
)
Index("ix_till_receipts_newest", till_receipts.c.at, till_receipts.c.number)
Index("ix_till_receipts_till", till_receipts.c.till, till_receipts.c.at, till_receipts.c.number)
Index("ix_till_receipts_branch", till_receipts.c.branch, till_receipts.c.at, till_receipts.c.number)
Index("ix_till_receipts_session", till_receipts.c.session_id)
_known = till_receipts.c.member_id.is_not(None)
Index("ix_till_receipts_member", till_receipts.c.member_id, postgresql_where=_known, sqlite_where=_known)
_for_another = till_receipts.c.paid_by.is_not(None)
Index("ix_till_receipts_paid_by", till_receipts.c.paid_by, postgresql_where=_for_another, sqlite_where=_for_another)
Index("ix_till_receipts_known", till_receipts.c.at, postgresql_where=_known, sqlite_where=_known)

till_receipt_lines = Table(
    "till_receipt_lines",
    metadata,
    Column("number", String(60), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("fine_id", Uuid),
    Column("reason", String(20), nullable=False),
    Column("amount", Integer, nullable=False),
    Column("given_back", Integer, nullable=False),
    CheckConstraint("amount > 0 AND given_back >= 0 AND given_back <= amount", name="given_back"),
    comment="What a receipt is for; the fine is emptied when it is forgotten whose it was.",
)
_of_fine = till_receipt_lines.c.fine_id.is_not(None)
Index("ix_till_receipt_lines_fine", till_receipt_lines.c.fine_id, postgresql_where=_of_fine, sqlite_where=_of_fine)

payouts = Table(
    "payouts",
    metadata,
    Column("payout_id", Uuid, primary_key=True),
    Column("member_id", Uuid),
    Column("amount", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("paid", Integer, nullable=False),
    Column("due", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("reason", words(PayoutReason), nullable=False),
    Column("fine_id", Uuid),
    Column("number", String(60)),
    Column("made_at", UtcDateTime, nullable=False),
    CheckConstraint("due = amount - used - paid AND due >= 0 AND used >= 0 AND paid >= 0", name="due"),
    comment="What the library owes members; number is that of the payment that was too much.",
)
_due = payouts.c.due > 0
Index("ix_payouts_due", payouts.c.made_at, payouts.c.payout_id, postgresql_where=_due, sqlite_where=_due)
Index(
    "ix_payouts_member",
    payouts.c.member_id,
    payouts.c.currency,
    payouts.c.due,
    postgresql_where=_due,
    sqlite_where=_due,
)
Index("ix_payouts_newest", payouts.c.made_at, payouts.c.payout_id)
Index("ix_payouts_number", payouts.c.number)
_for_fine = payouts.c.fine_id.is_not(None)
Index("ix_payouts_fine", payouts.c.fine_id, postgresql_where=_for_fine, sqlite_where=_for_fine)
