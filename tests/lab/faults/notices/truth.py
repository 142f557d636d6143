"""What really happened in a play: to whom, what of it has ended, and when."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from members_service.domain.notices.kinds import NoticeKind

Key = tuple[UUID, NoticeKind, UUID, int, str]
STAYS_TRUE = frozenset({NoticeKind.RECEIPT, NoticeKind.HOLD_ENDED})
"""What happened once stays true, whatever comes after it."""

TITLE = re.compile(r"Occurrence [0-9]{6}")


@dataclass(slots=True)
class Subject:
    """A loan, a hold or a charge as lending has it."""

    id: UUID
    status: str
    branch: str | None = None
    due_at: str | None = None
    owed: int = 0


@dataclass(slots=True)
class PlayedOccurrence:
    """Something that one member is to be told of. `ended_at` is the second from which it was not true any more."""

    number: int
    member_id: UUID
    kind: NoticeKind
    subject_id: UUID
    at: datetime
    occasion: str = ""
    stage: int = 0
    has_title: bool = False
    to: str | None = None
    ended_at: float | None = None

    @property
    def key(self) -> Key:
        """That of its notice."""
        return self.member_id, self.kind, self.subject_id, self.stage, self.occasion

    @property
    def title(self) -> str:
        """The title of the book that it is about: no other occurrence has it."""
        return f"Occurrence {self.number:06d}"


@dataclass(slots=True)
class Truth:
    """All of it."""

    began: datetime
    subjects: dict[UUID, Subject] = field(default_factory=dict)
    titles: dict[UUID, str] = field(default_factory=dict)
    occurrences: list[PlayedOccurrence] = field(default_factory=list)
    about: dict[UUID, list[PlayedOccurrence]] = field(default_factory=dict)

    def add(self, occurrence: PlayedOccurrence) -> None:
        """Note what happened."""
        self.occurrences.append(occurrence)
        self.about.setdefault(occurrence.subject_id, []).append(occurrence)

    def end(self, subject_id: UUID, second: float) -> None:
        """Note that nothing is true any more that was said of this so far, but that it once ended."""
        for one in self.about.get(subject_id, ()):
            if one.ended_at is None and one.kind not in STAYS_TRUE:
                one.ended_at = second
