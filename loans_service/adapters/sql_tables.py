"""The tables of circulation, and the one place that maps the model onto them."""

from enum import StrEnum

from sqlalchemy import JSON, Column, Enum, Index, Integer, String, Table, Text, Uuid, event
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import composite, configure_mappers, registry

from loans_service.domain.circulating_copy import CirculatingCopy, NextStop
from loans_service.domain.loan import Loan, LoanTerms
from shared.persistence.types import UtcDateTime, named_metadata
from shared.persistence.work import PlumbingTables


def _words(kind: type[StrEnum]) -> Enum:
    """Return a column type that stores the words of `kind` as plain text."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda words: [word.value for word in words])


def _key_of_barcode(context: DefaultExecutionContext) -> str:
    """Return what is the same for every way to write the barcode of this row."""
    barcode: str = context.get_current_parameters()["barcode"]  # type: ignore[no-untyped-call] # SQLAlchemy types it not
    return barcode.upper()


metadata = named_metadata()
plumbing = PlumbingTables.declare(metadata)

borrowers = Table(
    "borrowers",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    Column("served", Integer, nullable=False),
    comment="One row per member who ever borrowed; its lock makes desks serve one member one after the other.",
)

loans = Table(
    "loans",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    Column("copy_id", Uuid, nullable=False),
    Column("book_id", Uuid, nullable=False),
    Column("barcode", String(64), nullable=False),
    Column("barcode_key", String(64), nullable=False, default=_key_of_barcode),
    Column("title", Text, nullable=False),
    Column("home_branch", String(40), nullable=False),
    Column("item_type", String(40), nullable=False),
    Column("member_id", Uuid, nullable=False),
    Column("branch", String(40), nullable=False),
    Column("checked_out_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("returned_at", UtcDateTime),
    Column("next_stop", _words(NextStop)),
    Column("renewals", Integer, nullable=False),
    Column("rule", String(100), nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("renewals_allowed", Integer, nullable=False),
    Column("category", String(40)),
    Column("override_codes", JSON, nullable=False),
    Column("override_comment", Text),
    Column("version", Integer, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
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

_open = loans.c.returned_at.is_(None)
Index("uq_loans_open_copy", loans.c.copy_id, unique=True, postgresql_where=_open, sqlite_where=_open)
Index("ix_loans_open_member", loans.c.member_id, postgresql_where=_open, sqlite_where=_open)
Index("ix_loans_open_due", loans.c.due_at, postgresql_where=_open, sqlite_where=_open)
Index("ix_loans_member", loans.c.member_id, loans.c.checked_out_at, loans.c.loan_id)
Index("ix_loans_copy", loans.c.copy_id, loans.c.checked_out_at)
Index("ix_loans_barcode", loans.c.barcode_key, loans.c.checked_out_at)
Index("ix_loans_book", loans.c.book_id, loans.c.checked_out_at)
Index("ix_loans_branch", loans.c.branch, loans.c.checked_out_at)
Index("ix_loans_newest", loans.c.checked_out_at, loans.c.loan_id)

_COPY = ("copy_id", "book_id", "barcode", "title", "home_branch", "item_type")
_TERMS = ("rule", "policy_version", "renewals_allowed", "category")
_mappers = registry(metadata=metadata)


def map_model() -> None:
    """Map the model. Call it once per process, before the first session; calling again does nothing."""
    if _mappers.mappers:
        return
    mapped = _mappers.map_imperatively(
        Loan,
        loans,
        version_id_col=loans.c.version,
        version_id_generator=False,
        properties={
            "id": loans.c.loan_id,
            "copy": composite(
                CirculatingCopy,
                *(loans.c[name] for name in _COPY),
            ),
            "terms": composite(LoanTerms, *(loans.c[name] for name in _TERMS)),
            **{f"_{name}": loans.c[name] for name in (*_COPY, *_TERMS)},
        },
    )
    event.listen(mapped.class_, "load", _wake_up)
    configure_mappers()


def _wake_up(loan: Loan, _: object) -> None:
    """Give a loan that comes from the database what the model's constructor gives a new one."""
    loan._events = []  # noqa: SLF001 - loading is a kind of construction
