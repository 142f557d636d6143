"""A random year: every figure is what the events come to, and stays so when everybody is forgotten."""

from datetime import date

from loans_service.domain.rights import SEE_CONTACTS, STATISTICS
from loans_service.domain.statistics.atoms import ATOMS
from loans_service.persistence.statistics.records import HistoryRecords, HoldRecords, LedgerRecords
from loans_service.persistence.tables import plumbing
from shared.kernel.cube import Kind
from shared.persistence.cube.answering import AnswerFigures, Question
from shared.persistence.cube.recounting import Recount, Recounted
from shared.persistence.database import Database
from tests.loans.makers import UTC_ZONE
from tests.loans.random_year import Year

FIRST, LAST = date(2025, 12, 1), date(2027, 3, 31)
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


async def recounted(year: Year, *, repair: bool = False) -> Recounted:
    records = (HistoryRecords(UTC_ZONE), LedgerRecords(), HoldRecords())
    recount = Recount(year.branch.database, plumbing.outbox, plumbing.cube, ATOMS, year.clock, records)
    return await recount(repair=repair)


async def lived(database: Database, *, seed: int, acts: int) -> Year:
    year = Year(database, seed)
    await year.open()
    for _ in range(10):
        await year.run(acts // 10)
        await year.drain()
    await year.settle()
    await year.drain()
    return year


async def test_every_figure_is_what_the_events_come_to(database: Database) -> None:
    acts = 200

    year = await lived(database, seed=acts, acts=acts)

    expected, found = expected_of(year), await figures_of(year)
    assert {key: value for key, value in found.items() if value != expected[key]} == {
        key: value for key, value in expected.items() if value != found[key]
    }
    assert all(found[atom.name, "month"] for atom in ATOMS)
    assert Recounted(differences=()) == _without_counts(await recounted(year))


def _without_counts(done: Recounted) -> Recounted:
    return Recounted(0, done.differing, done.repaired, done.differences)
