"""Requests come as their schedule says, and what became of them is summed up rightly."""

import asyncio
import time

import pytest

from tests.lab.benchmarks.load.answers import Answer, Answers, milliseconds, seconds_to_recover
from tests.lab.benchmarks.load.arrivals import Schedule, by_desks, by_the_clock

REFUSED = "503 overloaded"


@pytest.mark.parametrize(("elapsed", "due"), [(0, 0), (1, 30), (2, 60), (2.5, 62), (4, 70), (9, 70)])
def test_requests_are_due_by_one_step_after_the_other(elapsed: float, due: int) -> None:
    assert due == Schedule(((30, 2), (5, 2))).due(elapsed)


async def test_requests_come_by_the_clock_however_slowly_they_are_answered() -> None:
    asked: list[int] = []
    answered = asyncio.Event()

    async def ask(number: int) -> str:
        asked.append(number)
        if len(asked) == 20:
            answered.set()
        await answered.wait()
        return "201"

    answers = await by_the_clock(Schedule(((100, 0.2),)), ask)

    assert list(range(20)) == sorted(asked)
    assert {"201": 20} == answers.told


async def test_a_desk_asks_again_only_when_it_has_its_answer() -> None:
    at_work = most = 0

    async def ask(_: int) -> str:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.001)
        at_work -= 1
        return "200"

    began = time.perf_counter()
    answers = await by_desks(3, seconds=0.05, ask=ask)

    assert 3 == most
    assert len(answers.given) > 3
    assert time.perf_counter() - began >= 0.05


def test_only_what_is_done_within_the_time_counts() -> None:
    answers = Answers([Answer(0.5, 0.1, "201"), Answer(1.9, 0.2, "200"), Answer(1.0, 0.1, REFUSED)], seconds=2)

    assert 0.5 == answers.done_per_second


def test_acts_and_refusals_are_timed_apart_and_what_got_no_answer_is_counted() -> None:
    answers = Answers([Answer(0, 0.1, "201"), Answer(0, 0.002, REFUSED), Answer(0, 15, "no answer")], seconds=1)

    assert (100, 2) == (round(answers.milliseconds(99)), round(answers.milliseconds(99, refusals=True)))
    assert 1 == answers.without


@pytest.mark.parametrize(("seconds", "told"), [([], 0.0), ([0.25], 250.0), ([0.001, 0.003], 2.0)])
def test_a_middle_is_told_of_few_times_and_of_none(seconds: list[float], told: float) -> None:
    assert told == pytest.approx(milliseconds(seconds, 50))


@pytest.mark.parametrize(
    ("seconds", "recovered"),
    [
        ([(10.2, 0.05), (11.2, 0.05)], 0.0),
        ([(10.2, 0.9), (11.2, 0.5), (12.2, 0.05), (13.9, 0.9)], 2.0),
        ([(10.2, 0.05), (10.3, 0.9), (12.2, 0.05)], 2.0),  # nobody asked in the second between
        ([(10.2, 0.9), (11.2, 0.5)], None),
        ([], None),
    ],
)
def test_all_is_well_again_in_the_first_second_that_is_as_quick_as_before(
    seconds: list[tuple[float, float]], recovered: float | None
) -> None:
    earlier = [Answer(3.0, 0.01, "200")]
    answers = Answers([*earlier, *(Answer(begun, took, "201") for begun, took in seconds)], seconds=20)

    assert recovered == seconds_to_recover(answers, begin=10, p99=100)


def test_a_second_in_which_somebody_is_refused_is_not_well() -> None:
    answers = Answers([Answer(0.1, 0.01, "201"), Answer(0.2, 0.01, REFUSED), Answer(1.1, 0.01, "201")], seconds=2)

    assert 1.0 == seconds_to_recover(answers, begin=0, p99=100)
