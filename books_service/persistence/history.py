"""The history of books and copies: one row for each event, written with it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.domain.attributes import Attribute
from books_service.domain.catalogue.book import BookAdded, BookEvent, BookMerged, BookRemoved, BookRestored, BookRevised
from books_service.domain.catalogue.past import PastEntry
from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.copy import Copy, CopyAdded, CopyEvent, CopyRemoved, CopyRevised, CopyStatusChanged
from books_service.domain.stock.copy_facts import CopyFacts
from books_service.domain.stock.money import Money
from books_service.domain.stock.place import TemporaryPlace
from books_service.persistence.catalogue.book_json import as_json
from books_service.persistence.past_tables import changes
from shared.kernel.cube import Count
from shared.kernel.import_undo import ImportedChange
from shared.persistence.statements import Runs


async def keep_history(
    session: AsyncSession, events: Sequence[BookEvent | CopyEvent], counts: Sequence[Sequence[Count]]
) -> None:
    """Add a row for each of `events` to the history, with what it counts for."""
    if events:
        rows = [_change(event, counted) for event, counted in zip(events, counts, strict=True)]
        await session.execute(insert(changes), rows)


async def was_counted(run: Runs, thing_id: UUID) -> bool:
    """Return whether something was counted when it was added."""
    added = select(changes.c.sequence).where(changes.c.thing_id == thing_id, changes.c.act == "added")
    return bool(await run(added.where(changes.c.counted.is_not(None)).limit(1)))


async def past_of(session: AsyncSession, book_id: UUID) -> list[PastEntry]:
    """Return all entries of the history of a book, newest first."""
    query = select(changes).where(changes.c.thing_id == book_id).order_by(changes.c.sequence.desc())
    return [
        PastEntry(row.sequence, row.at, {each["field"]: each["before"] for each in row.changed})
        for row in await session.execute(query)
    ]


def _change(event: BookEvent | CopyEvent, counted: Sequence[Count]) -> dict[str, Any]:
    act, changed = _act_and_changes(event)
    thing = event.book if isinstance(event, BookEvent) else event.copy
    numbers = [count.as_json() for count in counted] or None
    return {
        "thing_id": thing.id,
        "at": event.at,
        "by": event.by,
        "act": act,
        "changed": changed,
        "counted": numbers,
    }


def _act_and_changes(event: BookEvent | CopyEvent) -> tuple[str, list[dict[str, Any]]]:
    match event:
        case BookRestored(book=book):
            after = as_json(book.record)
            nothing: dict[str, Any] = {name: [] if isinstance(value, list) else None for name, value in after.items()}
            return "restored", _differences(nothing, after)
        case BookAdded() | CopyAdded():
            return "added", []
        case BookRemoved(book=book):
            return "removed", _differences(as_json(book.record), {})
        case BookMerged(book=book, into=into):
            merged_into = {"field": "merged_into", "before": None, "after": str(into)}
            return "merged", [merged_into, *_differences(as_json(book.record), {})]
        case CopyRemoved(copy=copy):
            return "removed", [{"field": "barcode", "before": str(copy.barcode), "after": None}]
        case BookRevised(book=book, before=before, marc=marc):
            of_marc = [] if marc is None else [{"field": "marc", "before": list(marc[0]), "after": list(marc[1])}]
            return "revised", [*_differences(as_json(before), as_json(book.record)), *of_marc]
        case CopyRevised(copy=copy, before=facts):
            return "revised", [
                {"field": name, "before": _plain(old), "after": _plain(copy.fact(name))} for name, old in facts.items()
            ]
        case CopyStatusChanged(copy=copy, before=status):
            reported = {"status": str(copy.status), "reason": copy.status_reason}
            return "status_changed", _differences({"status": str(status), "reason": None}, reported)


def changes_of(events: Sequence[BookEvent | CopyEvent]) -> list[ImportedChange]:
    """Return what these events made and changed, each with the version that it left behind."""
    things = [event.book if isinstance(event, BookEvent) else event.copy for event in events]
    to_come, found = Counter(thing.id for thing in things), list[ImportedChange]()
    for event, thing in zip(events, things, strict=True):
        to_come[thing.id] -= 1
        version = thing.version - to_come[thing.id]
        _, changed = _act_and_changes(event)
        kind, fields = "book" if isinstance(event, BookEvent) else "copy", {each["field"]: each for each in changed}
        made = isinstance(event, BookAdded | CopyAdded)
        pairs = {name: (each["before"], each["after"]) for name, each in fields.items()}
        found.append(ImportedChange(kind, str(thing.id), version, made, pairs))
    return found


def copy_json(copy: Copy) -> dict[str, Any]:
    """Return the facts of a copy, of its place the permanent one as in its history, and its status as JSON values."""
    facts = {name: _plain(copy.fact(name)) for name in CopyFacts.__annotations__}
    return facts | {"status": str(copy.status), "reason": copy.status_reason}


def _plain(value: object) -> object:
    if isinstance(value, Money):
        return asdict(value)
    if isinstance(value, TemporaryPlace):
        return {name: str(each) for name, each in asdict(value).items() if each is not None}
    if isinstance(value, tuple):
        return [asdict(each) if isinstance(each, Attribute) else _plain(each) for each in value]
    return str(value) if isinstance(value, UUID | Barcode) else value


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    pairs = [(name, value, after.get(name, [] if value == [] else None)) for name, value in before.items()]
    return [{"field": name, "before": old, "after": new} for name, old, new in pairs if old != new]
