"""Asks about few people as somebody who may not see persons, as often as wanted, and looks what all answers tell."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import combinations
from typing import Any

from sqlalchemy import select

from loans_service.domain.rights import SEE_CONTACTS, STATISTICS
from loans_service.domain.statistics.atoms import ATOMS
from loans_service.persistence.tables import plumbing
from shared.kernel.cube import FEWEST, Count, Kind, Span
from shared.kernel.ids import new_id
from shared.kernel.rights import Held, RightMissing, acting
from shared.persistence.cube.answering import AnswerFigures, Figures, Question
from shared.persistence.cube.closing import CloseSpans
from shared.persistence.cube.rolling_up import RollUp
from shared.persistence.database import Database
from tests.clocks import SteppingClock

ATTACKED = ("loans", "active_borrowers")
MONTHS = [date(2026, month, 1) for month in range(1, 13)]
NEXT_YEAR = datetime(2027, 1, 9, tzinfo=UTC)

_ALONG = ("branch", "category", "age_band")
_BRANCHES, _CATEGORIES = ("MAIN", "EAST", "WEST"), ("adult", "child", "student")
_BANDS, _TYPES, _CHANNELS = ("0-5", "6-11", "12-17", "18-64", "65+", "unknown"), ("book", "dvd"), ("desk", "machine")
_VALUES = {"branch": _BRANCHES, "category": _CATEGORIES, "age_band": _BANDS}
_WITHOUT_PERSONS = Held(((1 << STATISTICS.number, None, None),))
_ATOMS = {atom.name: atom for atom in ATOMS}

Period = tuple[date, date]
CellOfMany = frozenset[tuple[str, str]]
"""Some cells, by the dimensions along which they are all alike."""


def some_counts(dice: random.Random) -> Iterator[Count]:
    """Yield a year in which most cells are small."""
    people = [new_id() for _ in range(300)]
    for month in MONTHS:
        for _ in range(dice.choice((2, 9, 60, 200))):
            day = month.replace(day=dice.randint(1, 28))
            who = {"category": dice.choice(_CATEGORIES), "age_band": dice.choice(_BANDS)}
            where = {"branch": dice.choices(_BRANCHES, (9, 4, 1))[0]}
            what = {"item_type": dice.choice(_TYPES), "location": "unknown", "channel": dice.choice(_CHANNELS)}
            yield Count("loans", day, who | where | what)
            yield Count("active_borrowers", day, who | where, person=dice.choice(people))


async def counted(database: Database, counts: Iterable[Count]) -> None:
    """Let this come into the cube."""
    async with database.begin() as transaction:
        await RollUp(plumbing.cube)(transaction.run, counts)
        await transaction.commit()


async def closed(database: Database, clock: SteppingClock) -> None:
    """Publish what is over."""
    await CloseSpans(database, plumbing.outbox, plumbing.cube, ATOMS, clock)()


def answers_of(database: Database, clock: SteppingClock) -> AnswerFigures:
    """Return what answers questions."""
    return AnswerFigures(database, plumbing.cube, _ATOMS, clock, STATISTICS, SEE_CONTACTS)


async def asked(answer: AnswerFigures, question: Question) -> Figures | None:
    """Ask as somebody who may not see persons."""
    with acting(_WITHOUT_PERSONS):
        try:
            return await answer(question)
        except RightMissing:
            return None


def end_of(month: int) -> date:
    """Return the last day of a month, the first of which is 0."""
    return date.fromordinal(Span.MONTH.next(MONTHS[month]).toordinal() - 1)


@dataclass
class Attack:
    """What so many answers told, and what of it they should not have."""

    questions: int = 0
    answers: int = 0
    figures: int = 0
    differences: int = 0
    wrong: list[str] = field(default_factory=list[str])
    told: dict[CellOfMany, dict[Period, int]] = field(default_factory=dict[CellOfMany, dict[Period, int]])


async def attacked(database: Database, atom: str, *, answers: int) -> Attack:
    """Ask different questions about a year in which most cells are small, until so many answers tell something.

    That no combination of them tells of one to four follows from two things, and both are looked at: that published
    cells, no two of which share anything, are of five at least or told as nothing; and that each answer is the sum of
    whole published cells, so that whoever adds and subtracts answers never comes below a published cell. Beside that
    all pairs of which one lies in the other are subtracted.
    """
    dice, clock, attack = random.Random(atom), SteppingClock(NEXT_YEAR), Attack()
    await counted(database, some_counts(dice))
    await closed(database, clock)
    cells = [row._asdict() for row in await database.rows(select(plumbing.cube.published).where(_is_of(atom)))]
    attack.wrong += [f"published: {cell}" for cell in cells if cell["value"] != 0 and cell["value"] < FEWEST]
    answer = answers_of(database, clock)
    questions = [*_every_question(atom)]
    dice.shuffle(questions)
    while questions and attack.answers < answers:
        question = questions.pop()
        attack.questions += 1
        found = await asked(answer, question)
        if found is None:
            attack.wrong.append(f"not answered: {question}")
            continue
        attack.answers += bool(found.rows)
        attack.figures += len(found.rows)
        if _as_counter(found.rows, question.by) != _summed(cells, question):
            attack.wrong.append(f"no sum of published cells: {question}")
        attack.wrong += [f"{question}: {row}" for row in found.rows if int(row["value"] or 0) < FEWEST]
        _note(attack.told, question, found)
    _subtract(attack)
    return attack


def _is_of(atom: str) -> Any:
    return plumbing.cube.published.c.atom == atom


def _every_question(atom: str) -> Iterator[Question]:
    """Yield questions about people along all sets of dimensions, with all filters, of all periods of whole months."""
    of_people = _ATOMS[atom].of_people
    spans: list[tuple[str, ...]] = [("month",), ("year",)] if of_people else [(), ("month",), ("year",)]
    periods = [(MONTHS[first], end_of(last)) for first in range(12) for last in range(first, 12)]
    for span in spans:
        for some in (some for size in range(len(_ALONG) + 1) for some in combinations(_ALONG, size)):
            for where in _every_filter(_ALONG):
                if of_people or {"category", "age_band"} & {*some, *where}:
                    yield from (Question(atom, (*span, *some), *period, where) for period in periods)


def _every_filter(along: Sequence[str]) -> Iterator[dict[str, str]]:
    if not along:
        yield {}
        return
    for rest in _every_filter(along[1:]):
        yield rest
        yield from ({along[0]: value} | rest for value in _VALUES[along[0]])


def _as_counter(rows: Iterable[dict[str, Any]], by: Sequence[str]) -> Counter[tuple[Any, ...]]:
    return Counter({tuple(row[word] for word in by): int(row["value"]) for row in rows})


def _summed(cells: Iterable[dict[str, Any]], question: Question) -> Counter[tuple[Any, ...]]:
    """Return what a question comes to, if its answer is made of whole published cells."""
    of_people_of_year = _ATOMS[question.atom].kind is Kind.PEOPLE and "year" in question.by
    span = Span.YEAR if of_people_of_year else Span.MONTH
    sums, first, last = Counter[tuple[Any, ...]](), question.first or MONTHS[0], question.last or end_of(11)
    for cell in cells:
        is_asked = all(cell[name] == value for name, value in question.where.items())
        if is_asked and cell["span"] == span and cell["value"] and _lies_in(span, cell["starts_on"], first, last):
            named = {str(each): each.name_of(cell["starts_on"]) for each in Span}
            sums[tuple(named.get(word) or cell.get(word) or None for word in question.by)] += cell["value"]
    return sums


def _lies_in(span: Span, starts_on: date, first: date, last: date) -> bool:
    return first <= starts_on and span.next(starts_on).toordinal() - 1 <= last.toordinal()


def _note(told: dict[CellOfMany, dict[Period, int]], question: Question, found: Figures) -> None:
    """Note what each row says of which cells and period."""
    if "year" in question.by:
        return
    for row in found.rows:
        if "month" in question.by:
            month = date.fromisoformat(f"{row['month']}-01")
            period = (month, end_of(month.month - 1))
        else:
            period = (found.first, found.last)
        values = {name: str(value) for name, value in row.items() if name not in ("month", "value") and value}
        if None not in row.values():
            told.setdefault(frozenset((dict(question.where) | values).items()), {})[period] = int(row["value"] or 0)


def _subtract(attack: Attack) -> None:
    """Subtract whatever lies in something else: of the same cells in time, of the same period among cells."""

    def compare(what: object, difference: int) -> None:
        attack.differences += 1
        if 0 < abs(difference) < FEWEST:
            attack.wrong.append(f"{difference} by difference: {what}")

    for cell, sums in attack.told.items():
        for one, other in combinations(sums, 2):
            if _is_within(one, other) or _is_within(other, one):
                compare((cell, one, other), sums[one] - sums[other])
    for one_cell, other_cell in combinations(attack.told, 2):
        if one_cell < other_cell or other_cell < one_cell:
            for period in attack.told[one_cell].keys() & attack.told[other_cell].keys():
                difference = attack.told[one_cell][period] - attack.told[other_cell][period]
                compare((one_cell, other_cell, period), difference)


def _is_within(one: Period, other: Period) -> bool:
    return other[0] <= one[0] and one[1] <= other[1]
