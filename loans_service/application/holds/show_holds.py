"""Look up holds."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from loans_service.application.find_owner import of_owner
from loans_service.application.holds.hold_views import (
    ANY_ACTIVE,
    CopyOnHoldShelf,
    HoldFilter,
    HoldView,
    QueuePlace,
    QueueView,
    TransitView,
    as_of,
)
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.neighbours import MemberDirectory
from loans_service.domain.borrower import CardReplaced, CardStopped
from loans_service.domain.holds.circulation_record import CirculationStatus
from loans_service.domain.holds.hold import ACTIVE
from loans_service.domain.holds.hold_refusals import HoldNotFound
from loans_service.domain.rights import SEE_HISTORY
from loans_service.persistence.merged_records import MergedRecords
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refuses
from shared.kernel.from_attributes import from_attributes
from shared.kernel.rights import RightMissing, authorise, is_authorised


async def show_hold(hold_id: UUID, *, only_of: UUID | None, queries: HoldQueries) -> HoldView:
    """Show one hold. With `only_of`, a hold of anybody else is as unknown as one that does not exist."""
    hold = await queries.hold(hold_id)
    if hold is None or only_of not in (None, hold.member_id):
        raise HoldNotFound
    return hold


@refuses(HoldNotFound)
@dataclass(frozen=True, slots=True)
class ShowHold:
    """Show one hold. With `only_of`, a hold of anybody else is as unknown as one that does not exist."""

    queries: HoldQueries
    clock: Clock

    async def __call__(self, hold_id: UUID, *, only_of: UUID | None) -> HoldView:
        hold = await show_hold(hold_id, only_of=only_of, queries=self.queries)
        if hold.status not in ACTIVE:
            authorise(SEE_HISTORY, unless_own=hold.member_id)
        return as_of(hold, self.clock.now())


@dataclass(frozen=True, slots=True)
class ShowQueue:
    """Show who waits for a book, the next one first."""

    queries: HoldQueries
    clock: Clock

    async def __call__(self, book_id: UUID, *, limit: int, after: QueuePlace | None) -> QueueView:
        queue, now = await self.queries.queue(book_id, limit=limit, after=after), self.clock.now()
        return replace(queue, holds=tuple(as_of(hold, now) for hold in queue.holds))


@dataclass(frozen=True, slots=True)
class ListTransits:
    """List copies that left one branch and have not arrived in another: from where, to where, since when.

    The longest on their way come first. With `branch`, only those that left it or that it waits for.
    """

    queries: HoldQueries
    clock: Clock

    async def __call__(
        self, *, older_than_days: int, branch: str | None, limit: int, after: tuple[datetime, UUID] | None
    ) -> list[TransitView]:
        since = self.clock.now() - timedelta(days=older_than_days)
        return await self.queries.transits(since=since, branch=branch, limit=limit, after=after)


@dataclass(frozen=True, slots=True)
class ListHoldShelf:
    """List copies that have lain on a hold shelf for so many days at least, the longest first."""

    queries: HoldQueries
    clock: Clock

    async def __call__(
        self, *, older_than_days: int, branch: str | None, limit: int, after: tuple[datetime, UUID] | None
    ) -> list[CopyOnHoldShelf]:
        since, status = self.clock.now() - timedelta(days=older_than_days), CirculationStatus.HOLD_SHELF
        found = await self.queries.away(status, branch, limit=limit, after=after, since=since)
        return [from_attributes(each, CopyOnHoldShelf) for each in found]


@refuses(CardReplaced, CardStopped, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class ListHolds:
    """List holds, newest first. A card number that nobody has finds nothing; members is asked whose it is.

    Without the right `see_history` only active ones are listed, and others are not asked for.
    """

    queries: HoldQueries
    members: MemberDirectory
    merged: MergedRecords
    clock: Clock

    async def __call__(
        self, filters: HoldFilter, *, card_number: str | None = None, limit: int, before: tuple[datetime, UUID] | None
    ) -> list[HoldView]:
        if filters.status not in (ANY_ACTIVE, *ACTIVE) and not is_authorised(SEE_HISTORY):
            if filters.status is not None:
                raise RightMissing(SEE_HISTORY.name)
            filters = replace(filters, status=ANY_ACTIVE)
        narrowed = await of_owner(filters, card_number, self.members, self.merged)
        found = [] if narrowed is None else await self.queries.holds(narrowed, limit=limit, before=before)
        return [as_of(hold, self.clock.now()) for hold in found]
