"""What is shown of imports."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import add, attrgetter
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RecordError:
    """One record of a file with which something is wrong. Records count from 1; 0 is the file as a whole.

    `identifier` is what the file itself calls the record: its ISBN as written there, else its title or a number.
    """

    record: int
    identifier: str | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records were read, and what became of each: `read` is the sum of the next four.

    What became of the copies that came inside of books is counted apart.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0
    copies_created: int = 0
    copies_updated: int = 0
    copies_skipped: int = 0
    copies_failed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(add, _FIGURES(self), _FIGURES(other)))  # many thousand times in an import


_FIGURES = attrgetter(*(each.name for each in fields(Counts)))
NOTHING_YET = Counts()


ImportState = Literal["queued", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import as it stands. `errors` is one page of them; behind the last one, there are more if `more_errors`."""

    import_id: UUID
    state: ImportState
    format: str
    dry_run: bool
    counts: Counts
    errors: tuple[RecordError, ...]
    more_errors: bool
    created_at: datetime
    finished_at: datetime | None
    version: int
    what: str = "books"
    left_out: Mapping[str, int] = field(default_factory=dict)
