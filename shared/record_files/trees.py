"""How deep and how wide a record may be that is a tree of lists and objects."""

from typing import Any

from shared.record_files.texts import RecordUnreadable

DEEPEST = 20
"""So many levels of lists and objects a record may have."""
MOST_VALUES = 50_000
"""So many values a record may hold, each name of an object counted as one."""


class RecordTooDeep(RecordUnreadable):
    detail = "This record is nested too deeply."


class RecordTooWide(RecordUnreadable):
    detail = f"This record holds more than {MOST_VALUES} values. Is it one record?"


def check_tree(value: Any, *, at_most: int) -> None:
    """Raise RecordTooDeep or RecordTooWide where `value` passes a limit.

    It has no more levels, and no more than twice as many values and names, as `at_most` and one: then mostly nobody
    needs to look.
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
