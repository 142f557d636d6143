"""Ask the neighbours about the item, the member and the pickup branch of a hold."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from loans_service.application.holds.try_editions import lent_edition
from loans_service.application.neighbours import Catalogue, MemberDirectory, MemberKey, Stock, unless_unknown
from loans_service.application.with_override import WithOverride
from loans_service.domain.borrower import Standing
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.holds.hold import HoldKind
from loans_service.domain.holds.placing import MemberNotNamed, RequestedItem, against_transport
from loans_service.domain.lendable_copy import BookNotFound, BoundCopy, CopyNotFound, StockOfBook, UnknownBranch
from loans_service.domain.rules.policy import Policy
from loans_service.persistence.unit_of_work import SYSTEM
from shared.kernel.errors import LibraryError, NotFound, together
from shared.kernel.from_attributes import from_attributes


@dataclass(frozen=True, slots=True)
class NewHold(WithOverride):
    """A hold for any copy of `book_id`, or for the copy `copy_id` alone: exactly one of the two is set.

    With `any_edition`, which goes with `book_id`, other editions of the work will do, too.
    With `volume`, which goes with `book_id`, only copies of that volume will do.
    `member` is None if none is named and the account has none. `pickup_branch` defaults to the home branch of the
    member, or else of the copy.
    The member waits from the beginning of `not_before` to the end of `expires_on`, if given. `by_member` is the member
    id of who asks.
    """

    member: MemberKey | None
    book_id: UUID | None = None
    copy_id: UUID | None = None
    pickup_branch: str | None = None
    expires_on: date | None = None
    not_before: date | None = None
    comment: str | None = None
    kind: HoldKind = HoldKind.HOLD
    by: str = SYSTEM
    by_member: UUID | None = None
    volume: str | None = None
    any_edition: bool = False


@dataclass(frozen=True, slots=True)
class HoldAnswers:
    """The answers of the neighbours: the item and its copies, the member's standing, and the pickup branch.

    `home` is the member's home branch if no pickup branch is named, None if the library does not have it.
    """

    item: RequestedItem
    stock: StockOfBook
    standing: Standing
    pickup: str | UnknownBranch | None
    home: str | None = None

    @property
    def pickup_branch(self) -> str | None:
        """The pickup branch as the library writes its code."""
        return self.pickup if isinstance(self.pickup, str) else None

    def against_sending(self, policy: Policy, *, to: str) -> Iterator[LibraryError]:
        """Yield NotSentThere if the policy sends none of the copies that would do to a pickup branch."""
        copies = [copy for copy in self.stock.copies if self.item.takes(copy)] if self.stock.complete else []
        yield from against_transport(policy.holds.transport, copies, to=to)


@dataclass(frozen=True, slots=True)
class AskAll:
    """Ask books and members at the same time."""

    catalogue: Catalogue
    stock: Stock
    members: MemberDirectory

    async def __call__(self, command: NewHold) -> HoldAnswers:
        """Return all answers; to all but staff, what the public is not shown is not there.

        Raises MemberNotNamed, or all of BookNotFound, CopyNotFound, MemberNotFound and UnknownBranch that apply.
        """
        if command.member is None:
            raise MemberNotNamed
        item, standing, pickup = await asyncio.gather(
            unless_unknown(self._item(command)),
            unless_unknown(self.members.standing(command.member)),
            unless_unknown(self._pickup(command)),
        )
        if isinstance(item, LibraryError) or isinstance(standing, LibraryError):
            raise together(answer for answer in (item, standing, pickup) if isinstance(answer, LibraryError))
        if isinstance(pickup, NotFound):
            raise pickup
        home = await self._home(standing) if pickup is None else None
        return HoldAnswers(item[0], item[1], standing, pickup, home)

    async def _item(self, command: NewHold) -> tuple[RequestedItem, StockOfBook]:
        if command.book_id is not None:
            stock = await self.stock.copies_of(command.book_id, volume=command.volume)
            if stock.hidden and not command.by_staff:
                raise BookNotFound
            if command.any_edition and stock.holdable == 0:
                stock = await lent_edition(stock, self.stock) or stock
            if stock.bound and command.volume is None:
                return await self._bound(stock, stock.bound[0])
            item = from_attributes(
                stock,
                RequestedItem,
                holdable=stock.holdable > 0,
                copy_id=None,
                branch="",
                location=None,
                asked_volume=command.volume,
                any_edition=command.any_edition,
                bound_book_id=None,
            )
            return item, stock
        copy = await self.catalogue.lendable_copy(CopyKey(copy_id=command.copy_id))
        if copy.hidden and not command.by_staff:
            raise CopyNotFound
        stock = await self.stock.copies_of(copy.book_id)
        item = RequestedItem(
            copy.book_id,
            copy.title,
            copy.is_holdable,
            copy.copy_id,
            (copy.item_type,),
            copy.branch,
            location=copy.location,
        )
        return item, stock

    async def _bound(self, asked: StockOfBook, copy: BoundCopy) -> tuple[RequestedItem, StockOfBook]:
        """Return the item of a hold for a copy of another book, which holds the one that was asked for."""
        item = RequestedItem(
            copy.book_id,
            asked.title,
            holdable=True,
            copy_id=copy.copy_id,
            item_types=(copy.item_type,),
            branch=copy.branch,
            location=copy.location,
            bound_book_id=asked.book_id,
        )
        return item, await self.stock.copies_of(copy.book_id)

    async def _home(self, standing: Standing) -> str | None:
        if standing.home_branch is None:
            return None
        try:
            return await self.catalogue.branch(standing.home_branch)
        except UnknownBranch:  # it has closed for good
            return None

    async def _pickup(self, command: NewHold) -> str | None:
        return None if command.pickup_branch is None else await self.catalogue.branch(command.pickup_branch)
