"""How a copy that is known to circulation is found by its id or barcode."""

from typing import Any

from sqlalchemy import Select, bindparam, func, literal_column, select, union_all

from loans_service.persistence.locks import book_locks
from loans_service.persistence.tables import circulation_records, loans, reported_copies
from shared.persistence.statements import Prepared

FACTS = ("copy_id", "book_id", "barcode", "title", "home_branch", "item_type")
"""The columns that say what a copy is."""


def _find_by(column: str) -> Select[Any]:
    """Return a query for a copy by its record or its latest loan, with what books has reported since."""

    def facts_from(table: Any, place: int) -> Any:
        present = {
            "home_branch": func.coalesce(reported_copies.c.branch, table.c.home_branch),
            "item_type": func.coalesce(reported_copies.c.item_type, table.c.item_type),
        }
        facts = (present.get(name, table.c[name]).label(name) for name in FACTS)
        joined = table.outerjoin(reported_copies, reported_copies.c.copy_id == table.c.copy_id)
        reported = (reported_copies.c.volume_key, reported_copies.c.location)
        columns = (*facts, *reported, literal_column(str(place)).label("place"))
        return select(*columns).select_from(joined)

    key = bindparam("key", type_=loans.c[column].type)
    from_record = facts_from(circulation_records, 1).where(circulation_records.c[column] == key)
    latest = select(loans).where(loans.c[column] == key).order_by(loans.c.checked_out_at.desc()).limit(1)
    either = union_all(from_record, facts_from(latest.subquery("latest"), 2)).subquery("either")
    found = (*FACTS, "volume_key", "location")
    first = select(*(either.c[name] for name in found)).order_by(either.c.place).limit(1).subquery("first")
    return select(*(first.c[name] for name in found))


def _locked_with(query: Select[Any]) -> Prepared:
    """Return the query with the lock of the copy's book added, on databases with locks."""
    (found,) = query.get_final_froms()
    return Prepared({"postgresql": query.add_columns(*book_locks(found.c.book_id)), "sqlite": query})


FIND_BY = {column: Prepared(_find_by(column)) for column in ("copy_id", "barcode_key")}
LOCKED_BY = {column: _locked_with(_find_by(column)) for column in FIND_BY}
"""As `FIND_BY`, and the book is locked in the same statement."""
