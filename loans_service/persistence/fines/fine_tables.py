"""The tables of fines: what each comes to, the ledger, payments that came with a reference; and of suspensions."""

from sqlalchemy import JSON, CheckConstraint, Column, Date, Index, Integer, String, Table, Text, Uuid, and_

from loans_service.domain.fines.fine import Booked, FineStatus, Posting
from loans_service.persistence.metadata import metadata, words
from shared.persistence.types import BigNumber, UtcDateTime

fines = Table(
    "fines",
    metadata,
    Column("fine_id", Uuid, primary_key=True),
    Column("loan_id", Uuid),
    Column("member_id", Uuid, nullable=False),
    Column("reason", String(20), nullable=False),
    Column("amount", Integer, nullable=False),
    Column("paid", Integer, nullable=False),
    Column("waived", Integer, nullable=False),
    Column("refunded", Integer, nullable=False),
    Column("owed", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("status", words(FineStatus), nullable=False),
    Column("branch", String(40), comment="Where the copy was lent."),
    Column("charged_at", UtcDateTime, nullable=False),
    Column("anonymised_at", UtcDateTime),
    Column("sent_to_collection_at", UtcDateTime),
    Column("sent_to_collection_by", String(100)),
    Column("why_collected", Text),
    Column("version", Integer, nullable=False),
    CheckConstraint("owed = amount - paid - waived + refunded AND owed >= 0", name="ck_fines_balance"),
    comment="What the ledger comes to for each fine; the ledger itself is fine_entries.",
)
_owed = fines.c.status == FineStatus.OWED
Index("ix_fines_owed", fines.c.member_id, fines.c.currency, fines.c.owed, postgresql_where=_owed, sqlite_where=_owed)
Index("ix_fines_member", fines.c.member_id, fines.c.charged_at, fines.c.fine_id)
Index("ix_fines_loan", fines.c.loan_id)
Index("ix_fines_status", fines.c.status, fines.c.charged_at, fines.c.fine_id)
Index("ix_fines_newest", fines.c.charged_at, fines.c.fine_id)

fine_entries = Table(
    "fine_entries",
    metadata,
    Column("entry_id", BigNumber, primary_key=True, autoincrement=True),
    Column("fine_id", Uuid, nullable=False),
    Column("posting", words(Posting), nullable=False),
    Column("amount", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(100), nullable=False),
    Column("why", Text, nullable=False),
    Column("booked", words(Booked)),
    Column("day", Date, comment="On which it was counted, and how it came in."),
    Column("channel", String(10)),
    sqlite_autoincrement=True,
    comment="The ledger: every charge, payment, waiver and refund; rows are only ever added.",
)
Index("ix_fine_entries_fine", fine_entries.c.fine_id, fine_entries.c.entry_id)

_by_hand = and_(fines.c.loan_id.is_(None), fines.c.anonymised_at.is_(None))
Index("ix_fines_by_hand", fines.c.charged_at, postgresql_where=_by_hand, sqlite_where=_by_hand)

payments = Table(
    "payments",
    metadata,
    Column("reference", String(100), primary_key=True),
    Column("member_id", Uuid),
    Column("amount", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("parts", JSON, nullable=False),
    Column("owed", Integer, nullable=False),
    Column("paid_at", UtcDateTime, nullable=False),
    Column("number", String(60)),
    comment="Payments over several fines that came with a reference, so that each counts once.",
)
_with_member = payments.c.member_id.is_not(None)
Index("ix_payments_member", payments.c.member_id)
Index("ix_payments_paid", payments.c.paid_at, postgresql_where=_with_member, sqlite_where=_with_member)

lateness_suspensions = Table(
    "lateness_suspensions",
    metadata,
    Column("suspension_id", Uuid, primary_key=True),
    Column("member_id", Uuid, nullable=False),
    Column("loan_id", Uuid),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("days", Integer, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("lifted_at", UtcDateTime),
    Column("lifted_by", String(100)),
    Column("why_lifted", Text),
    CheckConstraint("days > 0 AND ends_on > starts_on", name="ck_lateness_suspensions_days"),
    comment="Days on which a member may borrow nothing because a copy came back late; the last one is ends_on.",
)
Index("ix_lateness_suspensions_member", lateness_suspensions.c.member_id, lateness_suspensions.c.ends_on)
Index("ix_lateness_suspensions_loan", lateness_suspensions.c.loan_id)
Index("ix_lateness_suspensions_ended", lateness_suspensions.c.ends_on)
