"""Letters that a branch prints together, once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.kernel.errors import Conflict, NotFound


class LetterBatchNotFound(NotFound):
    """There is no such batch."""

    code = "letter-batch-not-found"
    detail = "There are no letters with this id. Those that wait are listed as messages that are ready."


class NoLettersWaiting(Conflict):
    """Nothing waits to be printed."""

    code = "no-letters-waiting"
    detail = "No letter waits to be printed here."


class Window(StrEnum):
    """Where the address shows through the envelope: DIN 5008 form B, or the American envelope #10."""

    DIN_5008_B = "din-5008-b"
    NUMBER_10 = "number-10"


@dataclass(frozen=True, slots=True)
class LetterBatch:
    """Letters of one branch, or without one those of the whole library, in the order of their postal codes."""

    batch_id: UUID
    branch: str | None
    letters: int
    made_at: datetime
    made_by: str | None
    printed_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it is printed: the lines of the address, and what it says; lines with tabs are rows of a table."""

    message_id: UUID
    address: tuple[str, ...]
    language: str
    subject: str | None
    text: str
