"""What staff want to say to a member, or to one another, when the member comes to a desk."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.kernel.errors import Conflict, NotFound


class DeskMessageNotFound(NotFound):
    """The member has no such message."""

    code = "desk-message-not-found"
    detail = "This member has no desk message with this id. The member's list shows those there are."


class DeskMessageDone(Conflict):
    """Somebody has done it already."""

    code = "desk-message-done"
    detail = "This desk message is done already. Write another one if something is left to do."


@dataclass(frozen=True, slots=True)
class DeskNote:
    """What a desk shows, at one branch or at every one, through the day `until`, if there is one."""

    text: str
    branch: str | None = None
    until: date | None = None

    def is_shown_on(self, day: date) -> bool:
        """Whether desks still show it on `day`."""
        return self.until is None or day <= self.until


class DeskMessage:
    """A message for the desk: shown through the day `until`, at one branch or all, until somebody says it is done.

    Reading is noted once, with the first who read it; it goes on being shown until it is done.
    """

    def __init__(
        self,
        *,
        id: UUID,
        member_id: UUID,
        text: str,
        branch: str | None = None,
        until: date | None = None,
        by: str | None = None,
        now: datetime,
    ) -> None:
        self.id = id
        self.member_id = member_id
        self.text = text
        self.branch = branch
        self.until = until
        self.written_by = by
        self.written_at = now
        self.read_by: str | None = None
        self.read_at: datetime | None = None
        self.done_by: str | None = None
        self.done_at: datetime | None = None

    @property
    def note(self) -> DeskNote:
        """What desks show as long as it is not done."""
        return DeskNote(self.text, self.branch, self.until)

    def read(self, *, by: str | None, now: datetime) -> None:
        """Note who read it first. Raises DeskMessageDone."""
        self._expect_open()
        if self.read_at is None:
            self.read_by, self.read_at = by, now

    def finish(self, *, by: str | None, now: datetime) -> None:
        """Note who did what it asks for: no desk shows it any more. Raises DeskMessageDone."""
        self._expect_open()
        self.done_by, self.done_at = by, now

    def _expect_open(self) -> None:
        if self.done_at is not None:
            raise DeskMessageDone
