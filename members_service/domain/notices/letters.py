"""Letters that a branch prints together, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.kernel.errors import Conflict, NotFound, NotReady

LEASE = timedelta(minutes=6)
"""How long a batch belongs to whoever writes its letters: longer than each of the letters does."""


class LetterBatchNotFound(NotFound):
    """There is no such batch."""

    code = "letter-batch-not-found"
    detail = "There are no letters with this id. Those that wait are listed as messages that are ready."


class NoLettersWaiting(Conflict):
    """Nothing waited to be printed."""

    code = "no-letters-waiting"
    detail = "No letter waited to be printed here."


class LettersNotReady(NotReady):
    """The letters are still being written."""

    code = "letters-not-ready"

    def __init__(self) -> None:
        sentence = "These letters are still being written. Ask again in a moment."
        super().__init__(sentence, retry_after=timedelta(seconds=2))


class Window(StrEnum):
    """Where the address shows through the envelope: DIN 5008 form B, or the American envelope #10."""

    DIN_5008_B = "din-5008-b"
    NUMBER_10 = "number-10"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a letter: the one line above the address, and what else stands at the side."""

    line: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterBatch:
    """Letters of one branch, or without one those that are of none, in the order of their postal codes.

    They are written in the background, and ready from `prepared_at` on. From `printed_at` on each print is a copy.
    """

    batch_id: UUID
    branch: str | None
    letters: int
    made_at: datetime
    made_by: str | None
    prepared_at: datetime | None = None
    printed_at: datetime | None = None
    version: int = 1
    sender: Sender | None = None

    def expect_letters(self) -> None:
        """Raise LettersNotReady or NoLettersWaiting unless there is something to print."""
        if self.prepared_at is None:
            raise LettersNotReady
        if not self.letters:
            raise NoLettersWaiting


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it is printed: the lines of the address, and what it says; lines with tabs are rows of a table."""

    message_id: UUID
    address: tuple[str, ...]
    language: str
    subject: str | None
    text: str
