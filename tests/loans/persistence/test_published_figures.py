"""What who may not see persons can find out by asking: nothing about one to four people, however much is asked."""

import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import combinations

import pytest
from sqlalchemy import select

from loans_service.domain.rights import SEE_CONTACTS, STATISTICS
from loans_service.domain.statistics.atoms import ATOMS
from loans_service.persistence.tables import plumbing
from shared.kernel.cube import FEWEST, Count, Span
from shared.kernel.ids import new_id
from shared.kernel.rights import Held, RightMissing, acting
from shared.persistence.cube.answering import AnswerFigures, Figures, Question
from shared.persistence.cube.closing import CloseSpans
from shared.persistence.cube.rolling_up import RollUp
from shared.persistence.database import Database
from tests.clocks import SteppingClock

BRANCHES, CATEGORIES = ("MAIN", "EAST", "WEST"), ("adult", "child", "student")
BANDS, TYPES, CHANNELS = ("0-5", "6-11", "12-17", "18-64", "65+", "unknown"), ("book", "dvd"), ("desk", "machine")
MONTHS = [date(2026, month, 1) for month in range(1, 13)]
NEXT_YEAR = datetime(2027, 1, 9, tzinfo=UTC)
WITHOUT_PERSONS = Held(((1 << STATISTICS.number, None, None),))
ASKED = 2_000


def some_counts(dice: random.Random) -> Iterable[Count]:
    """Yield a year in which most cells are small."""
    people = [new_id() for _ in range(300)]
    for month in MONTHS:
        for _ in range(dice.choice((2, 9, 60, 200))):
            day = month.replace(day=dice.randint(1, 28))
            who = {"category": dice.choice(CATEGORIES), "age_band": dice.choice(BANDS)}
            where = {"branch": dice.choices(BRANCHES, (9, 4, 1))[0]}
            what = {"item_type": dice.choice(TYPES), "location": "unknown", "channel": dice.choice(CHANNELS)}
            yield Count("loans", day, who | where | what)
            yield Count("active_borrowers", day, who | where, person=dice.choice(people))


async def counted(database: Database, counts: Iterable[Count]) -> None:
    async with database.begin() as transaction:
        await RollUp(plumbing.cube)(transaction.run, counts)
        await transaction.commit()


async def closed(database: Database, clock: SteppingClock) -> None:
    await CloseSpans(database, plumbing.outbox, plumbing.cube, ATOMS, clock)()


def answers_of(database: Database, clock: SteppingClock) -> AnswerFigures:
    atoms = {atom.name: atom for atom in ATOMS}
    return AnswerFigures(database, plumbing.cube, atoms, clock, STATISTICS, SEE_CONTACTS)


async def asked(answer: AnswerFigures, question: Question) -> Figures | None:
    """Ask as somebody who may not see persons."""
    with acting(WITHOUT_PERSONS):
        try:
            return await answer(question)
        except RightMissing:
            return None


def every_question(atom: str, spans: tuple[tuple[str, ...], ...]) -> list[Question]:
    """Return questions along all sets of dimensions, with all filters, of all periods of whole months."""
    along = ("branch", "category", "age_band")
    bys = [(*span, *some) for span in spans for some in _subsets(along)]
    wheres = [
        {name: value for name, value in (("branch", branch), ("category", category), ("age_band", band)) if value}
        for branch in (None, *BRANCHES)
        for category in (None, *CATEGORIES)
        for band in (None, *BANDS)
    ]
    periods = [(MONTHS[first], _end(last)) for first in range(12) for last in range(first, 12)]
    return [Question(atom, by, *period, where) for by in bys for where in wheres for period in periods]


def _subsets(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [some for size in range(len(words) + 1) for some in combinations(words, size)]


def _end(month: int) -> date:
    return date.fromordinal(Span.MONTH.next(MONTHS[month]).toordinal() - 1)


@pytest.mark.parametrize("atom", ["loans", "active_borrowers"])
async def test_no_combination_of_answers_tells_of_one_to_four(sqlite_database: Database, atom: str) -> None:
    dice, clock = random.Random(atom), SteppingClock(NEXT_YEAR)
    await counted(sqlite_database, some_counts(dice))
    await closed(sqlite_database, clock)
    answer = answers_of(sqlite_database, clock)
    spans: tuple[tuple[str, ...], ...] = (
        (("month",), ("year",)) if atom == "active_borrowers" else ((), ("month",), ("year",))
    )
    of_people = [each for each in every_question(atom, spans) if atom != "loans" or _is_about_people(each)]

    told: dict[frozenset[tuple[str, str]], dict[tuple[date, date], int]] = {}
    for question in dice.sample(of_people, ASKED // 2):
        found = await asked(answer, question)
        assert found is not None
        assert all(isinstance(row["value"], int) and row["value"] >= FEWEST for row in found.rows), question
        _note(told, question, found)

    assert sum(map(len, told.values())) > 20
    for sums in told.values():  # of the same cells, of periods of which one lies in the other
        for (one, one_sum), (other, other_sum) in combinations(sums.items(), 2):
            if one[0] <= other[0] and other[1] <= one[1]:
                assert one_sum - other_sum == 0 or one_sum - other_sum >= FEWEST, (one, other)
    for narrow, wide in combinations(sorted(told, key=len), 2):  # of the same period, of cells that are among others
        if narrow < wide or wide < narrow:
            for period in told[narrow].keys() & told[wide].keys():
                difference = abs(told[narrow][period] - told[wide][period])
                assert difference == 0 or difference >= FEWEST, (narrow, wide, period)


def _is_about_people(question: Question) -> bool:
    return bool({"category", "age_band"} & {*question.by, *question.where})


def _note(
    told: dict[frozenset[tuple[str, str]], dict[tuple[date, date], int]], question: Question, found: Figures
) -> None:
    """Note what each row says of which cells and period, and what all rows come to."""
    if "year" in question.by:
        return
    for row in found.rows:
        if "month" in question.by:
            month = date.fromisoformat(f"{row['month']}-01")
            period = (month, _end(month.month - 1))
        else:
            period = (found.first, found.last)
        values = {name: str(value) for name, value in row.items() if name not in ("month", "value") and value}
        if None not in row.values():
            cell = frozenset((dict(question.where) | values).items())
            told.setdefault(cell, {})[period] = int(str(row["value"]))


async def test_published_cells_come_to_what_there_is_but_for_what_is_too_little_at_all(
    sqlite_database: Database,
) -> None:
    dice, clock = random.Random(5), SteppingClock(NEXT_YEAR)
    counts = [each for each in some_counts(dice) if each.atom == "loans"]
    await counted(sqlite_database, counts)
    await closed(sqlite_database, clock)

    found = await asked(
        answers_of(sqlite_database, clock), Question("loans", ("month", "category"), MONTHS[0], _end(11))
    )

    assert found is not None
    by_month, there = Counter[str](), Counter(Span.MONTH.name_of(each.day) for each in counts)
    for row in found.rows:
        by_month[str(row["month"])] += int(str(row["value"]))
    assert {month: total for month, total in there.items() if total >= FEWEST} == by_month
    assert found.merged > 0


async def test_what_comes_late_changes_no_published_cell_and_the_month_that_is_not_over_has_none(
    database: Database,
) -> None:
    clock = SteppingClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    one = Count("loans", date(2026, 2, 3), {"branch": "MAIN", "category": "adult", "age_band": "65+"}, 7)
    await counted(database, [one])
    question = Question("loans", ("month", "category"), MONTHS[0], _end(11))
    answer = answers_of(database, clock)

    await closed(database, clock)
    before = await asked(answer, question)
    clock.time = datetime(2026, 3, 2, 12, tzinfo=UTC)
    await closed(database, clock)
    after = await asked(answer, question)
    await counted(database, [one])
    await closed(database, clock)
    late = await asked(answer, question)

    assert before is not None
    assert after is not None
    assert late is not None
    assert [] == before.rows
    assert [{"month": "2026-02", "category": "adult", "value": 7}] == after.rows == late.rows


async def test_when_a_month_is_over_its_key_and_who_was_counted_are_gone_and_the_figure_stays(
    database: Database,
) -> None:
    keys, digests = plumbing.cube.keys, plumbing.cube.digests
    clock = SteppingClock(datetime(2026, 3, 31, 12, tzinfo=UTC))
    person = Count("active_borrowers", date(2026, 3, 3), {"branch": "MAIN"}, person=new_id())
    await counted(database, [person, person])
    await closed(database, clock)
    during = {(row.span, row.key is not None) for row in await database.rows(select(keys))}

    clock.time = datetime(2026, 4, 2, 12, tzinfo=UTC)
    await closed(database, clock)
    await counted(database, [person])  # too late to know whether it was counted

    after = {(row.span, row.key is not None) for row in await database.rows(select(keys))}
    assert ({("month", True), ("year", True)}, {("month", False), ("year", True)}) == (during, after)
    assert ["year"] == [row.span for row in await database.rows(select(digests))]
    by_month = await answers_of(database, clock)(Question("active_borrowers", ("month",), MONTHS[0], _end(11)))
    assert [{"month": "2026-03", "value": 1}] == by_month.rows
