"""Plays a year, and compares its figures with what its events come to, until everybody in them is forgotten."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from loans_service.application.privacy.clear_borrower import LeavingNews
from loans_service.domain.rights import SEE_CONTACTS, STATISTICS
from loans_service.domain.statistics.atoms import ATOMS
from loans_service.persistence.statistics.records import HistoryRecords, HoldRecords, LedgerRecords
from loans_service.persistence.tables import holds, loans, plumbing
from shared.kernel.cube import Kind
from shared.kernel.ids import new_id
from shared.persistence.cube.answering import AnswerFigures, Question
from shared.persistence.cube.closing import CloseSpans
from shared.persistence.cube.recounting import Recount, Recounted
from shared.persistence.cube.tables import TOTALS
from shared.persistence.database import Database
from tests.loans.makers import UTC_ZONE
from tests.loans.year.year import Year

FIRST, LAST = date(2025, 1, 1), date(2027, 3, 31)
RECORDS = (HistoryRecords(UTC_ZONE), LedgerRecords(), HoldRecords())
SPANS = ("day", "month", *TOTALS.values())
WAYS = ("one too many", "less than nothing", "removed", "invented", "moved to another branch")
PLANTED = len(SPANS) * len(WAYS)  # twenty kinds
_AT_ONCE = 500  # acts before relays have their turn

Figures = dict[tuple[str, ...], dict[tuple[str, ...], int]]
"""The figures of a question, by what was asked by."""
Wrong = Mapping[Any, tuple[Any, Any]]
"""Which figures are wrong: what is, and what should be."""


@dataclass(frozen=True)
class Finding:
    """What was looked at, how many figures that were, and which are wrong."""

    what: str
    looked_at: int
    wrong: Wrong


async def judged(database: Database, *, seed: int, acts: int) -> AsyncIterator[Finding]:
    """Live through a year, falsify its figures and have them repaired, and forget everybody."""
    year = await _lived(database, seed=seed, acts=acts)
    expected = {question: year.oracle.by(*question) for question in _questions()}
    found = await _figures_of(year)
    missing = {atom.name: (0, "some") for atom in ATOMS if not found[atom.name, "month"]}
    yield Finding(
        f"figures of {year.number} acts, with {year.relays.killed} relays killed",
        *_compared(found, expected, missing),
    )
    yield _recount_finding("a recount finds nothing", await _recounted(year), {})

    planted = await _falsified(year)
    done = await _recounted(year, repair=True)
    yield _recount_finding(f"a recount finds {PLANTED} planted falsifications", done, planted)
    yield Finding("figures after that repair", *_compared(await _figures_of(year), expected))

    await _forgotten(year)
    left = {what: (number, 0) for what, number in (await _left_of_people(year)).items() if number}
    yield Finding("what is left of people", len(year.people), left)
    yield Finding("figures when everybody is forgotten", *_compared(await _figures_of(year), expected))
    yield _recount_finding("a recount finds nothing then", await _recounted(year), {})


async def _lived(database: Database, *, seed: int, acts: int) -> Year:
    year = Year(database, seed, acts=acts)
    await year.open()
    some = min(_AT_ONCE, acts // 20)
    for begun in range(0, acts, some):
        await year.run(min(some, acts - begun))
        await year.drain()
    await year.settle()
    await year.drain()
    return year


def _questions() -> Iterator[tuple[str, ...]]:
    """Yield every atom by month and each dimension, and by day, year and all dimensions at once."""
    for atom in ATOMS:
        spans = ("month", "year") if atom.kind is Kind.PEOPLE else ("month", "year", "day")
        yield from ((atom.name, "month", word) for word in atom.dimensions)
        yield from ((atom.name, span) for span in spans)
        yield atom.name, "month", *atom.dimensions


async def _figures_of(year: Year) -> Figures:
    answer = AnswerFigures(
        year.branch.database, plumbing.cube, {atom.name: atom for atom in ATOMS}, year.clock, STATISTICS, SEE_CONTACTS
    )
    found: Figures = {}
    for atom, *by in _questions():
        cells = found[atom, *by] = {}
        for first, last in (
            _quarters() if len(by) > len(("month", "word")) else ((FIRST, LAST),)
        ):  # more rows than one answer may have
            told = await answer(Question(atom, tuple(by), first, last))
            cells |= {tuple(str(row[word]) for word in by): int(row["value"] or 0) for row in told.rows}
    return found


def _quarters() -> Iterator[tuple[date, date]]:
    first = FIRST
    while first <= LAST:
        after = (first + timedelta(days=92)).replace(day=1)
        yield first, after - timedelta(days=1)
        first = after


def _compared(found: Figures, expected: Figures, missing: Wrong | None = None) -> tuple[int, Wrong]:
    """Return how many figures there are, and where they differ."""
    keys = [(question, key) for question, figures in expected.items() for key in sorted({*figures, *found[question]})]
    both = {(*question, *key): (found[question].get(key, 0), expected[question].get(key, 0)) for question, key in keys}
    return len(keys), {**{key: pair for key, pair in both.items() if pair[0] != pair[1]}, **(missing or {})}


async def _recounted(year: Year, *, repair: bool = False) -> Recounted:
    recount = Recount(year.branch.database, plumbing.outbox, plumbing.cube, ATOMS, year.clock, RECORDS)
    return await recount(repair=repair)


def _recount_finding(what: str, done: Recounted, planted: Mapping[tuple[str, str, date], int]) -> Finding:
    """Judge a recount that should find what was planted, and nothing else, and leave nothing unrepaired."""
    wrong: dict[Any, tuple[Any, Any]] = {}
    seen = {(one.atom, one.span, one.starts_on) for one in done.differences}
    wrong |= dict.fromkeys(seen - planted.keys(), ("found", "not planted"))
    wrong |= dict.fromkeys(planted.keys() - seen, ("not found", "planted"))
    if done.differing != sum(planted.values()) or not done.is_clean:
        wrong["differing", "repaired"] = (done.differing, done.repaired)
    return Finding(what, done.compared, wrong)


async def _falsified(year: Year) -> dict[tuple[str, str, date], int]:
    """Falsify cells of what was counted from records, in each way in each span; return which, and how many of each."""
    cells, known = plumbing.cube.cells, sorted(atom for each in RECORDS for atom in each.atoms)
    query = select(cells).where(cells.c.atom.in_(known), cells.c.value > 1).order_by(*cells.primary_key.columns)
    rows = await year.branch.database.rows(query)
    planted = dict[tuple[str, str, date], int]()
    async with year.branch.database.begin() as transaction:
        for span in SPANS:
            some = year.dice.sample([row for row in rows if row.span == span], len(WAYS))
            for way, row in zip(WAYS, some, strict=True):
                this = [column == getattr(row, column.name) for column in cells.primary_key.columns]
                match way:
                    case "one too many":
                        await transaction.run(update(cells).where(*this).values(value=row.value + 1))
                    case "less than nothing":
                        await transaction.run(update(cells).where(*this).values(value=-row.value))
                    case "removed":
                        await transaction.run(delete(cells).where(*this))
                    case "invented":
                        await transaction.run(insert(cells).values(row._asdict() | {"channel": "carrier pigeon"}))
                    case _:
                        await transaction.run(update(cells).where(*this).values(branch="NOWHERE"))
                key = (row.atom, row.span, row.starts_on)
                planted[key] = planted.get(key, 0) + (2 if way == "moved to another branch" else 1)
        await transaction.commit()
    return planted


async def _forgotten(year: Year) -> None:
    """Let years pass, everything be anonymised, half of all members be erased, and the keys of people be gone."""
    year.clock.pass_by(timedelta(days=900))
    while (await _left_of_people(year))["loans"]:
        before = (await _left_of_people(year))["loans"]
        await year.sweep()
        if (await _left_of_people(year))["loans"] == before:
            break
    half = sorted(year.people)[::2]
    for number, member_id in enumerate(half):
        news = LeavingNews(str(new_id()), UUID(member_id), new_id(), 10_000_000 + number)
        await year.privacy.note_leaving(news, listener="loans.members")
    await year.privacy.clear_borrowers()
    await year.drain()
    await CloseSpans(year.branch.database, plumbing.outbox, plumbing.cube, ATOMS, year.clock)()


async def _left_of_people(year: Year) -> dict[str, int]:
    """Return how many loans are not anonymous, holds there are, and digests and keys of people."""
    keys, digests = plumbing.cube.keys, plumbing.cube.digests
    left = {
        "loans": select(func.count()).select_from(loans).where(loans.c.anonymised_at.is_(None)),
        "holds": select(func.count()).select_from(holds),
        "digests": select(func.count()).select_from(digests),
        "keys": select(func.count()).select_from(keys).where(keys.c.key.is_not(None)),
    }
    return {what: int((await year.branch.database.first(query))[0]) for what, query in left.items()}
