"""Whether one order of the acts explains every answer: on small histories whose verdict is plain."""

from collections.abc import Hashable

import pytest

from tests.lab.faults.nemesis.judging.linearizability import NEVER, Op, Step, first_misfit


def becomes(before: str, after: str) -> Step:
    return lambda state: after if state == before else None


def sees(expected: str) -> Step:
    def look(state: Hashable) -> Hashable | None:
        return state if state == expected else None

    return look


LENT, BACK = becomes("in", "a"), becomes("a", "in")


@pytest.mark.parametrize(
    "ops",
    [
        [],
        [Op(0, 1, LENT), Op(2, 3, BACK), Op(4, 5, LENT)],
        [Op(0, 9, LENT), Op(1, 2, sees("in")), Op(3, 4, sees("a"))],  # in the middle of the first
        [Op(0, 5, BACK), Op(1, 4, LENT)],  # at the same time: the second came first
        [Op(0, NEVER, LENT), Op(10, 11, sees("in")), Op(20, 21, sees("a"))],  # its answer was lost, and it came late
    ],
)
def test_a_history_that_some_order_explains(ops: list[Op]) -> None:
    assert first_misfit(ops, "in") is None


@pytest.mark.parametrize(
    "ops",
    [
        [Op(0, 1, LENT), Op(2, 3, LENT)],  # twice, and never back
        [Op(0, 1, LENT), Op(0, 1, LENT)],  # at the same time
        [Op(0, 1, LENT), Op(2, 3, sees("in"))],  # forgotten
        [Op(0, 1, BACK)],  # what was never lent
        [Op(0, 9, LENT), Op(1, 2, sees("a")), Op(3, 4, sees("in"))],  # seen, and then not any more
        [Op(2, NEVER, LENT), Op(0, 1, sees("a"))],  # before anybody asked
    ],
)
def test_a_history_that_no_order_explains(ops: list[Op]) -> None:
    assert first_misfit(ops, "in") is not None


def test_a_long_history_is_decided_quickly() -> None:
    ops = [Op(number, number + 8.5, LENT if number % 2 == 0 else BACK) for number in range(600)]

    assert first_misfit(ops, "in") is None
