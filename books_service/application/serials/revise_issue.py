"""Claim an issue from the supplier, give it up, or take back that it was received."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from books_service.application.serials.today import Today
from books_service.application.serials.views import IssueView
from books_service.domain.serials.issue import (
    DayInFuture,
    IssueAlreadyReceived,
    IssueHasCopies,
    IssueNotFound,
    IssueState,
    expect_not_in_future,
)
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses


@dataclass(frozen=True, slots=True)
class IssueRevision:
    """What changes of an issue: `claimed_on`, a day or None, and `state`. `version` None: any version."""

    issue_id: UUID
    version: int | None
    changes: Mapping[str, Any]


@refuses(IssueNotFound, IssueAlreadyReceived, IssueHasCopies, DayInFuture, OutOfDate)
@dataclass(frozen=True, slots=True)
class ReviseIssue:
    """Note that an issue was claimed from the supplier, that it was never published, or that it has not come in.

    - `not_published` takes it off the list of what is late; `expected` puts it back.
    - One that was received by mistake is `expected` again when its copies are removed.
    """

    unit_of_work: BooksWorkFactory
    today: Today

    async def __call__(self, command: IssueRevision) -> IssueView:
        changes, today = command.changes, self.today()
        expect_not_in_future(changes.get("claimed_on"), today=today, field="claimed_on")
        async with self.unit_of_work() as uow:
            found = await uow.issues.get(command.issue_id)
            book = await uow.books.get(found.book_id)
            await uow.books.lock({book.id})
            before = issue = await uow.issues.get(command.issue_id)
            refuse_if_stale(command.version, issue.version, thing="issue")
            if "state" in changes:
                has_copies = await uow.issues.has_copies(issue)
                issue = issue.await_or_give_up(IssueState(changes["state"]), has_copies=has_copies)
            if "claimed_on" in changes:
                issue = issue.claim(changes["claimed_on"])
            if issue != before:
                issue = await uow.issues.put(issue)
            subscription = await uow.subscriptions.find(issue.book_id)
            await uow.commit()
        supplier = None if subscription is None else subscription.supplier
        return IssueView.of(issue, title=book.record.title, supplier=supplier, today=today)
