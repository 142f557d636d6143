"""Limits on the depth and size of a record that is a tree of lists and objects."""

from typing import Any

from shared.record_files.texts import RecordUnreadable

DEEPEST = 20
"""The most levels of lists and objects of a record."""
MOST_VALUES = 50_000
"""The most values of a record, counting each name of an object."""


class RecordTooDeep(RecordUnreadable):
    detail = "This record is nested too deeply."


class RecordTooWide(RecordUnreadable):
    detail = f"This record holds more than {MOST_VALUES} values. Is it one record?"


def check_tree(value: Any, *, at_most: int) -> None:
    """Raise RecordTooDeep or RecordTooWide where `value` passes a limit.

    It has at most `at_most` + 1 levels, and twice as many values and names, so that mostly no check is needed.
    """
    if at_most < DEEPEST:
        return
    level, values = [value], 0
    for depth in range(DEEPEST + 1):
        values += sum(1 + len(one) if isinstance(one, dict) else 1 for one in level)
        if values > MOST_VALUES:
            raise RecordTooWide
        branches = [one for one in level if isinstance(one, dict | list)]
        if branches and depth == DEEPEST:
            raise RecordTooDeep
        level = [part for one in branches for part in (one.values() if isinstance(one, dict) else one)]
