"""A random year: every figure is what the events come to, and stays so when everybody is forgotten."""

from datetime import date, timedelta
from uuid import UUID

import pytest
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
from shared.persistence.cube.recounting import Difference, Recount, Recounted
from shared.persistence.database import Database
from tests.loans.makers import UTC_ZONE
from tests.loans.random_year import Year

FIRST, LAST = date(2025, 12, 1), date(2027, 3, 31)
RECORDS = (HistoryRecords(UTC_ZONE), LedgerRecords(), HoldRecords())
Figures = dict[tuple[str, ...], dict[tuple[str, ...], int]]


def questions() -> list[tuple[str, tuple[str, ...]]]:
    """Return every atom by month and each dimension, and by day, year and all dimensions at once."""
    asked = list[tuple[str, tuple[str, ...]]]()
    for atom in ATOMS:
        spans = ("month", "year") if atom.kind is Kind.PEOPLE else ("month", "year", "day")
        asked += [(atom.name, ("month", word)) for word in atom.dimensions]
        asked += [(atom.name, (span,)) for span in spans]
        asked.append((atom.name, ("month", *atom.dimensions)))
    return asked


async def figures_of(year: Year) -> Figures:
    answer = AnswerFigures(
        year.branch.database, plumbing.cube, {atom.name: atom for atom in ATOMS}, year.clock, STATISTICS, SEE_CONTACTS
    )
    found: Figures = {}
    for atom, by in questions():
        told = await answer(Question(atom, by, FIRST, LAST))
        found[atom, *by] = {tuple(str(row[word]) for word in by): int(row["value"] or 0) for row in told.rows}
    return found


def expected_of(year: Year) -> Figures:
    return {(atom, *by): year.oracle.by(atom, *by) for atom, by in questions()}


def differing(found: Figures, expected: Figures) -> dict[tuple[str, ...], object]:
    """Return where figures differ: what was found, and what was expected."""
    return {
        (*question, *key): (found[question].get(key, 0), figures.get(key, 0))
        for question, figures in expected.items()
        for key in {*figures, *found[question]}
        if found[question].get(key, 0) != figures.get(key, 0)
    }


async def recounted(year: Year, *, repair: bool = False) -> Recounted:
    recount = Recount(year.branch.database, plumbing.outbox, plumbing.cube, ATOMS, year.clock, RECORDS)
    return await recount(repair=repair)


async def lived(database: Database, *, seed: int, acts: int) -> Year:
    year = Year(database, seed)
    await year.open()
    for _ in range(10):
        await year.run(acts // 10, of=acts)
        await year.drain()
    await year.settle()
    await year.drain()
    return year


async def forgotten(year: Year) -> None:
    """Let years pass, everything be anonymised, half of all members be erased, and the keys of people be gone."""
    year.clock.pass_by(timedelta(days=900))
    await year.sweep()
    half = sorted(year.people)[::2]
    for number, member_id in enumerate(half):
        news = LeavingNews(str(new_id()), UUID(member_id), new_id(), 10_000 + number)
        await year.branch.privacy.note_leaving(news, listener="loans.members")
    await year.branch.privacy.clear_borrowers()
    await year.drain()
    await CloseSpans(year.branch.database, plumbing.outbox, plumbing.cube, ATOMS, year.clock)()


async def left_of_people(year: Year) -> list[int]:
    """Return how many loans are not anonymous, holds there are, and digests and keys of people."""
    keys, digests = plumbing.cube.keys, plumbing.cube.digests
    left = [
        select(func.count()).select_from(loans).where(loans.c.anonymised_at.is_(None)),
        select(func.count()).select_from(holds),
        select(func.count()).select_from(digests),
        select(func.count()).select_from(keys).where(keys.c.key.is_not(None)),
    ]
    return [int((await year.branch.database.first(query))[0]) for query in left]


async def falsified(year: Year) -> set[tuple[str, str, date]]:
    """Change, remove and invent twenty cells of what was counted from records; return which."""
    cells, known = plumbing.cube.cells, sorted(atom for each in RECORDS for atom in each.atoms)
    query = select(cells).where(cells.c.atom.in_(known), cells.c.value > 1).order_by(*cells.primary_key.columns)
    rows = await year.branch.database.rows(query)
    chosen = year.dice.sample(rows, 20)
    async with year.branch.database.begin() as transaction:
        for number, row in enumerate(chosen):
            this = [column == getattr(row, column.name) for column in cells.primary_key.columns]
            match number % 4:
                case 0:
                    await transaction.run(update(cells).where(*this).values(value=row.value + 1))
                case 1:
                    await transaction.run(update(cells).where(*this).values(value=-row.value))
                case 2:
                    await transaction.run(delete(cells).where(*this))
                case _:
                    await transaction.run(insert(cells).values(row._asdict() | {"channel": "carrier pigeon"}))
        await transaction.commit()
    return {(row.atom, row.span, row.starts_on) for row in chosen}


@pytest.mark.timeout(1_800)  # a minute on a machine with nothing else to do
async def test_a_year_is_counted_as_its_events_say_and_stays_so_when_everybody_is_forgotten(
    database: Database,
) -> None:
    acts = 2_000 if database.dialect == "sqlite" else 300
    year = await lived(database, seed=acts, acts=acts)

    expected, found = expected_of(year), await figures_of(year)
    assert {} == differing(found, expected)
    assert all(found[atom.name, "month"] for atom in ATOMS)
    assert (0, ()) == differences_of(await recounted(year))

    planted = await falsified(year)
    done = await recounted(year, repair=True)
    assert (20, planted) == (done.differing, {(one.atom, one.span, one.starts_on) for one in done.differences})
    assert done.is_clean
    assert {} == differing(await figures_of(year), expected)

    await forgotten(year)
    assert [0, 0, 0, 0] == await left_of_people(year)
    assert {} == differing(await figures_of(year), expected)
    assert (0, ()) == differences_of(await recounted(year))


def differences_of(done: Recounted) -> tuple[int, tuple[Difference, ...]]:
    return done.differing, done.differences
