"""What borrowers are told of who did something to their loans and fines, and why."""

from dataclasses import replace
from typing import Protocol, TypeVar
from uuid import UUID

STAFF = "staff"
"""Stands for whoever acted for the library: which account that was is not the borrower's to know."""

_VISIBLE = frozenset({"borrower", "system", ""})


class Entry(Protocol):
    """A line that says who did something, and why."""

    @property
    def by(self) -> str: ...

    @property
    def why(self) -> str: ...


AnEntry = TypeVar("AnEntry", bound=Entry)


def visible_entries(entries: list[AnEntry], *, only_of: UUID | None) -> list[AnEntry]:
    """Return the lines as the caller may read them: all of it, or with `only_of` without what staff wrote.

    Staff write for one another, and about people. What the library does by itself gives its reason to everybody.
    """
    if only_of is None:
        return entries
    return [entry if entry.by in _VISIBLE else replace(entry, by=STAFF, why="") for entry in entries]  # type: ignore[type-var] # each is a dataclass
