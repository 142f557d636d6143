"""Subscribe to a periodical, and end that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from books_service.application.serials.today import Today
from books_service.application.serials.views import SubscriptionView
from books_service.application.stock.copy_facts import checked_place
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.notation import volume_key
from books_service.domain.serials.issue import Issue
from books_service.domain.serials.pattern import (
    Expected,
    Frequency,
    InvalidNumbering,
    InvalidPattern,
    NumberingRepeats,
    Pattern,
)
from books_service.domain.serials.subscription import (
    InvalidSubscription,
    IssueCopy,
    Subscription,
    SubscriptionNotFound,
)
from books_service.domain.stock.branch import BranchClosed, UnknownBranch, UnknownLocation
from books_service.domain.stock.copy_facts import item_type
from books_service.domain.stock.copy_refusals import InvalidItemType
from books_service.persistence.unit_of_work import BooksWorkFactory, UnitOfWork
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses
from shared.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class SubscriptionChange:
    """What the library gets from now on. `version` is the one that the caller has seen; 0: it is new; None: any."""

    book_id: UUID
    version: int | None
    frequency: str
    pattern: Mapping[str, Any]
    starts: date
    ends: date | None
    copies: Sequence[Mapping[str, Any]]
    late_after_days: int
    supplier: str | None


@refuses(
    BookNotFound,
    InvalidPattern,
    InvalidNumbering,
    NumberingRepeats,
    InvalidSubscription,
    UnknownBranch,
    BranchClosed,
    UnknownLocation,
    InvalidItemType,
    OutOfDate,
)
@dataclass(frozen=True, slots=True)
class Subscribe:
    """Say how a periodical comes out, and what copies the library gets of each issue.

    - The issues from the first day on are expected, up to the next one that is to come; the further ones in their time.
      What is left out by the pattern is never expected, nor is anything of a periodical that is irregular.
    - Another pattern or first day makes expected anew what has not come in. What has been received stays.
    """

    unit_of_work: BooksWorkFactory
    today: Today

    async def __call__(self, command: SubscriptionChange) -> SubscriptionView:
        async with self.unit_of_work() as uow:
            book = await uow.books.get(command.book_id)
            await uow.books.lock({book.id})
            present = await uow.subscriptions.find(book.id)
            version = 0 if present is None else present.version
            refuse_if_stale(command.version, version, thing="subscription")
            wanted = Subscription(
                book.id,
                Pattern.of(Frequency(command.frequency), starts=command.starts, **command.pattern),
                command.starts,
                [await _copy(each, uow) for each in command.copies],
                command.ends,
                command.late_after_days,
                command.supplier,
                version + 1,
            )
            subscription, found = wanted.begin(today=self.today())
            await expect_anew(subscription, found, uow)
            await uow.subscriptions.put(subscription)
            await uow.commit()
        return SubscriptionView.of(subscription, book.record.title)


@dataclass(frozen=True, slots=True)
class SubscriptionEnd:
    """`version` is the one that the caller has seen; None: any version."""

    book_id: UUID
    version: int | None = None


@refuses(SubscriptionNotFound, OutOfDate)
@dataclass(frozen=True, slots=True)
class EndSubscription:
    """End a subscription: nothing more is expected. What has been received stays, and so do its copies."""

    unit_of_work: BooksWorkFactory

    async def __call__(self, command: SubscriptionEnd) -> None:
        async with self.unit_of_work() as uow:
            await uow.books.lock({command.book_id})
            subscription = await uow.subscriptions.get(command.book_id)
            refuse_if_stale(command.version, subscription.version, thing="subscription")
            await uow.issues.remove([issue.id for issue in await uow.issues.expected(command.book_id)])
            await uow.subscriptions.remove(command.book_id)
            await uow.commit()


async def expect_anew(subscription: Subscription, found: Sequence[Expected], uow: UnitOfWork) -> None:
    """Expect these issues and no others; one that was expected before keeps that it was claimed."""
    due = {volume_key(subscription.label(each)): each for each in found}
    before = {issue.key: issue for issue in await uow.issues.expected(subscription.book_id)}
    await uow.issues.remove([issue.id for key, issue in before.items() if key not in due])
    for key in before.keys() & due.keys():
        on = due[key].on
        issue = before[key].expect(on, late_on=subscription.late_on(on))
        if issue != before[key]:
            await uow.issues.put(issue)
    await expect_more(subscription, found, uow)


async def expect_more(subscription: Subscription, found: Sequence[Expected], uow: UnitOfWork) -> None:
    """Expect these issues, too, but for those of which something is known already."""
    added = {
        volume_key(volume): Issue(new_id(), subscription.book_id, volume, each.on, subscription.late_on(each.on))
        for each in found
        for volume in [subscription.label(each)]
    }
    known = await uow.issues.keys(subscription.book_id, added.keys())
    await uow.issues.add([issue for key, issue in added.items() if key not in known])


async def _copy(raw: Mapping[str, Any], uow: UnitOfWork) -> IssueCopy:
    place = await checked_place(raw, uow)
    of_copy = item_type(raw["item_type"]), raw["shelf_mark"], tuple(raw.get("route", ()))
    return IssueCopy(place["branch"], place.get("location"), *of_copy)
