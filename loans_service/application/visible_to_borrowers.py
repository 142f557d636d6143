"""What borrowers may see of who acted on their loans and fines, and why."""

from dataclasses import replace
from typing import Protocol, TypeVar
from uuid import UUID

STAFF = "staff"
"""Replaces the accounts of staff, which borrowers may not see."""

GUARDIAN = "guardian"
"""Who acts for a borrower by the own sign-in."""

_VISIBLE = frozenset({"borrower", GUARDIAN, "system", ""})


class SignedEntry(Protocol):
    """An entry that says who acted, and why."""

    @property
    def by(self) -> str: ...

    @property
    def why(self) -> str: ...


AnEntry = TypeVar("AnEntry", bound=SignedEntry)


def visible_entries(entries: list[AnEntry], *, only_of: UUID | None) -> list[AnEntry]:
    """Return the entries as the caller may see them: with `only_of` without the accounts and notes of staff.

    Staff write notes for one another, and about people. The reasons of automatic acts are visible to everybody.
    """
    if only_of is None:
        return entries
    return [entry if entry.by in _VISIBLE else replace(entry, by=STAFF, why="") for entry in entries]  # type: ignore[type-var] # each is a dataclass
