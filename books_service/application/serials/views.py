"""What is shown of subscriptions and issues."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self, cast
from uuid import UUID

from books_service.application.stock.views import CopyView
from books_service.domain.serials.issue import Issue, IssueState
from books_service.domain.serials.pattern import Pattern
from books_service.domain.serials.subscription import IssueCopy, Subscription
from shared.kernel.from_attributes import from_attributes


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """A periodical that comes in. `from` is the day on which its first issue was due, `next_on` that of the next one.

    `copies` are those that the library gets of each issue, which is late when it is not there `late_after_days` after
    its day. `supplier` is whom it is claimed from.
    """

    book_id: UUID
    title: str
    pattern: Pattern
    starts: date
    ends: date | None
    copies: Sequence[IssueCopy]
    late_after_days: int
    supplier: str | None
    next_volume: str | None
    next_on: date | None
    version: int

    @classmethod
    def of(cls, subscription: Subscription, title: str) -> Self:
        """Return the view of a subscription of the book with this title."""
        upto = subscription.upto
        volume, on = (None, None) if upto is None else (subscription.label(upto), upto.on)
        return from_attributes(subscription, cls, title=title, next_volume=volume, next_on=on)

    @property
    def mark(self) -> str:
        """Return the part of the entity tag that changes without a new version."""
        return _digest(self.title, self.next_volume, self.next_on)


@dataclass(frozen=True, slots=True)
class IssueView:
    """An issue of a periodical. `expected_on` is null for one that nobody expected.

    It is `late` when it did not come in until `late_on`, and was perhaps claimed from the `supplier`.
    """

    issue_id: UUID
    book_id: UUID
    title: str
    volume: str
    state: IssueState
    expected_on: date | None
    late_on: date | None
    late: bool
    received_on: date | None
    claimed_on: date | None
    supplier: str | None
    version: int

    @classmethod
    def of(cls, issue: Issue, *, title: str, supplier: str | None, today: date) -> Self:
        """Return the view of an issue of the book with this title, as it is today."""
        late = issue.is_late(today)
        return from_attributes(issue, cls, issue_id=issue.id, title=title, supplier=supplier, late=late)

    @property
    def mark(self) -> str:
        """Return the part of the entity tag that changes without a new version."""
        return _digest(self.title, self.supplier, self.late)

    @property
    def place(self) -> tuple[date, UUID]:
        """Its place in a list: by the day on which it was due, or else came in."""
        return cast("date", self.expected_on or self.received_on), self.issue_id


@dataclass(frozen=True, slots=True)
class IssueReceived:
    """An issue that came in, and the copies of it."""

    issue: IssueView
    copies: Sequence[CopyView]

    @property
    def version(self) -> int:
        """That of the issue."""
        return self.issue.version

    @property
    def mark(self) -> str:
        """That of the issue."""
        return self.issue.mark


@dataclass(frozen=True, slots=True)
class IssueQuery:
    """Which issues to list, by the day on which they were due or came in. None: any."""

    book_id: UUID | None = None
    state: IssueState | None = None
    late: bool | None = None
    claimed: bool | None = None


def _digest(*values: object) -> str:
    return hashlib.blake2b(repr(values).encode(), digest_size=6).hexdigest()
