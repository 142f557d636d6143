"""What who may not see persons can find out by asking: nothing about one to four people, however much is asked."""

import random
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from loans_service.persistence.tables import plumbing
from shared.kernel.cube import FEWEST, Count, Span
from shared.kernel.ids import new_id
from shared.persistence.cube.answering import Question
from shared.persistence.database import Database
from tests.clocks import SteppingClock
from tests.loans.year.attack import (
    ATTACKED,
    MONTHS,
    NEXT_YEAR,
    answers_of,
    asked,
    attacked,
    closed,
    counted,
    end_of,
    some_counts,
)


@pytest.mark.parametrize("atom", ATTACKED)
async def test_no_combination_of_answers_tells_of_one_to_four(sqlite_database: Database, atom: str) -> None:
    attack = await attacked(sqlite_database, atom, answers=500)  # `make year` asks ten thousand

    assert [] == attack.wrong
    assert (500, True) == (attack.answers, attack.differences > 100)


async def test_published_cells_come_to_what_there_is_but_for_what_is_too_little_at_all(
    sqlite_database: Database,
) -> None:
    dice, clock = random.Random(5), SteppingClock(NEXT_YEAR)
    counts = [each for each in some_counts(dice) if each.atom == "loans"]
    await counted(sqlite_database, counts)
    await closed(sqlite_database, clock)

    found = await asked(
        answers_of(sqlite_database, clock), Question("loans", ("month", "category"), MONTHS[0], end_of(11))
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
    question = Question("loans", ("month", "category"), MONTHS[0], end_of(11))
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
    by_month = await answers_of(database, clock)(Question("active_borrowers", ("month",), MONTHS[0], end_of(11)))
    assert [{"month": "2026-03", "value": 1}] == by_month.rows
