"""An issue of a periodical: expected by a day, received, claimed from the supplier, or never published."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from books_service.domain.notation import volume_key
from shared.kernel.errors import Conflict, InvalidValue, NotFound, Refused

LONGEST_ISSUE_VOLUME = 60
LONGEST_ISSUE_KEY = 18 * LONGEST_ISSUE_VOLUME  # one character may stand for eighteen


class IssueState(StrEnum):
    """What is known of an issue."""

    EXPECTED = "expected"
    RECEIVED = "received"
    NOT_PUBLISHED = "not_published"


class IssueNotFound(NotFound):
    """There is no such issue."""

    code = "issue-not-found"
    detail = "There is no issue with this id."


class IssueAlreadyReceived(Conflict):
    """The issue came in before, perhaps at another desk."""

    code = "issue-already-received"
    example: ClassVar = {
        "issue_id": UUID("01a20f56-0b5a-72ae-b315-6757a5c0edd1"),
        "volume": "2026/11",
        "on": date(2026, 11, 2),
    }

    def __init__(self, *, issue_id: UUID, volume: str, on: date) -> None:
        received_on = on.isoformat()
        detail = f"Issue {volume} was received on {received_on}. Add another copy of it to its book."
        super().__init__(detail, issue_id=str(issue_id), volume=volume, received_on=received_on)


class IssueHasCopies(Conflict):
    """What was received is still there."""

    code = "issue-has-copies"
    detail = "The library has copies of this issue. Remove those that were entered by mistake first."


class DayInFuture(InvalidValue):
    """Nothing was done on a day that is to come."""

    code = "day-in-future"
    detail = "This day has not come yet. Name today or an earlier one."


class NoRoute(Refused):
    """The copies of the issue go to nobody before they are put on the shelf."""

    code = "no-route"
    detail = "No copy of this periodical goes round. Name in its subscription to whom, and in which order."


@dataclass(frozen=True, slots=True)
class RoutingSlip:
    """What lies in a copy of an issue that goes round: to which stations in which order, and where it ends."""

    title: str
    volume: str
    received_on: date | None
    route: Sequence[str]
    place: str


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of the periodical `book_id`; `version` is the one that is stored.

    `late_on` is the last day on which it is not late. One that nobody expected has no `expected_on`.
    """

    id: UUID
    book_id: UUID
    volume: str
    expected_on: date | None = None
    late_on: date | None = None
    state: IssueState = IssueState.EXPECTED
    received_on: date | None = None
    claimed_on: date | None = None
    version: int = 1

    @property
    def key(self) -> str:
        """The same for all spellings of its volume; each issue of a book has another one."""
        return volume_key(self.volume)

    def is_late(self, today: date) -> bool:
        """Return whether it should have come in before today, and has not."""
        return self.state is IssueState.EXPECTED and self.late_on is not None and self.late_on < today

    def receive(self, on: date) -> "Issue":
        """Return it as it is when it has come in. Raises IssueAlreadyReceived."""
        self._expect_not_received()
        return replace(self, state=IssueState.RECEIVED, received_on=on)

    def claim(self, on: date | None) -> "Issue":
        """Return it as claimed from the supplier on a day, or not claimed. Raises IssueAlreadyReceived."""
        self._expect_not_received()
        return replace(self, claimed_on=on)

    def expect(self, on: date, *, late_on: date) -> "Issue":
        """Return it as it is expected by another day."""
        return replace(self, expected_on=on, late_on=late_on)

    def await_or_give_up(self, state: IssueState, *, has_copies: bool) -> "Issue":
        """Return it as expected, even if it was received by mistake, or as one that was never published.

        Raises IssueAlreadyReceived or IssueHasCopies.
        """
        if state is self.state:
            return self
        if state is not IssueState.EXPECTED:
            self._expect_not_received()
        if has_copies:
            raise IssueHasCopies
        return replace(self, state=state, expected_on=self.expected_on or self.received_on, received_on=None)

    def _expect_not_received(self) -> None:
        if self.received_on is not None:
            raise IssueAlreadyReceived(issue_id=self.id, volume=self.volume, on=self.received_on)


def expect_not_in_future(day: date | None, *, today: date, field: str) -> None:
    """Raise DayInFuture if a day has not come yet."""
    if day is not None and day > today:
        raise DayInFuture(field=field)
