"""What a desk tells its staff beside what it has done: notes that stop nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

from loans_service.domain.borrower import StandingNote
from shared.kernel.errors import Refused


class NotesNotConfirmed(Refused):
    """Staff have not confirmed what is noted of the copy: that all its parts are there."""

    code = "notes-not-confirmed"
    example: ClassVar = {"notes": ["3 discs."]}

    def __init__(self, notes: Iterable[str]) -> None:
        super().__init__(
            "Something is noted of this copy that must be confirmed. Look at it, and send `notes_confirmed`.",
            notes=list(notes),
        )


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
