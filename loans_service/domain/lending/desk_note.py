"""What a desk tells its staff beside what it has done: notes that stop nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from loans_service.domain.borrower import StandingNote


class NoteOf(StrEnum):
    """Whom or what a note is about."""

    COPY = "copy"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class DeskNote:
    """What staff have written for one another of a copy or of a member. Machines, which others read, are not told."""

    of: NoteOf
    text: str

    @classmethod
    def of_copy(cls, staff_note: str | None) -> tuple[Self, ...]:
        """Return the note of a copy, if there is one."""
        return () if staff_note is None else (cls(NoteOf.COPY, staff_note),)

    @classmethod
    def of_member(cls, notes: Iterable[StandingNote], *, branch: str) -> tuple[Self, ...]:
        """Return the notes that a desk of the branch shows of a member."""
        return tuple(cls(NoteOf.MEMBER, note.text) for note in notes if note.is_shown_at(branch))
