"""Revise a hold: where and when it is to be served, and until when its copy waits."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from loans_service.application.holds.change_hold import locked_hold
from loans_service.application.holds.commands import OfHold
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.holds.show_holds import show_hold
from loans_service.application.neighbours import Catalogue, Stock
from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from loans_service.domain.holds.hold import WITH_COPY, Hold
from loans_service.domain.holds.hold_change import HoldChange
from loans_service.domain.holds.hold_refusals import (
    HoldNotActive,
    HoldNotFound,
    HoldNotReady,
    HoldNotWaiting,
    InvalidPickupDeadline,
)
from loans_service.domain.holds.hold_shelf import expect_deadline
from loans_service.domain.holds.placing import (
    HoldNotAllowedByPolicy,
    InvalidHoldExpiry,
    InvalidHoldStart,
    NotSentThere,
    against_days,
    against_fetching,
    against_transport,
)
from loans_service.domain.lendable_copy import BookNotFound, BookWasMerged, StockOfBook, UnknownBranch
from loans_service.domain.lending.staff_only import StaffOnly
from loans_service.domain.rights import PLACE_HOLDS
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import (
    LibraryError,
    NeighbourUnavailable,
    OutOfDate,
    refuse_if_any,
    refuse_if_stale,
    refuses,
)
from shared.kernel.rights import authorise

_DAYS = ("not_before", "expires_on")


@dataclass(frozen=True, slots=True)
class Revise:
    """What changes in a hold, by field names, and the version that is changed; None: any version.

    `pickup_until` is until when its copy waits on the hold shelf, None if that stays; it is for staff only
    (`by_staff`), and nobody sets it for themselves (`by_member`).
    """

    hold: OfHold
    version: int | None
    fields: dict[str, Any] = field(default_factory=dict)
    pickup_until: datetime | None = None
    by_staff: bool = False
    by_member: UUID | None = None


@refuses(
    HoldNotFound,
    HoldNotActive,
    HoldNotWaiting,
    HoldNotReady,
    InvalidPickupDeadline,
    StaffOnly,
    FourEyes,
    BookNotFound,
    BookWasMerged,
    HoldNotAllowedByPolicy,
    NotSentThere,
    UnknownBranch,
    InvalidHoldExpiry,
    InvalidHoldStart,
    OutOfDate,
    NeighbourUnavailable,
)
@dataclass(frozen=True, slots=True)
class ReviseHold:
    """Change where and when a hold is to be served, without losing its place.

    - The days can be changed while the member waits; the pickup branch and the comment until the hold ends. null takes
      a day, a comment or the branch away: then the copy is fetched where it is at home.
    - A copy that is on the hold shelf, or on its way there, goes on to the new pickup branch: it is in transit until it
      is scanned there.
    - In a branch where the policy takes no holds for this, or to which it sends no copy, it cannot be fetched.
    - Staff let a copy wait for longer on the hold shelf, or not so long (`pickup_until`); nobody does so for a hold of
      their own.
    - What is to be pulled is chosen anew.
    """

    unit_of_work: LoansWorkFactory
    queries: HoldQueries
    catalogue: Catalogue
    stock: Stock
    clock: Clock

    async def __call__(self, command: Revise) -> HoldView:
        if command.pickup_until is not None and not command.by_staff:
            raise StaffOnly("pickup_until")
        fields, stock = dict(command.fields), None
        if fields.get("pickup_branch") is not None:
            fields["pickup_branch"] = await self.catalogue.branch(fields["pickup_branch"])
            present = await show_hold(command.hold.hold_id, only_of=command.hold.only_of, queries=self.queries)
            stock = await self.stock.copies_of(present.book_id, volume=present.volume)
        async with locked_hold(command.hold, self.unit_of_work, self.queries) as (hold, uow):
            refuse_if_stale(command.version, hold.version, thing="hold")
            if fields.get("pickup_branch") is not None:
                authorise(PLACE_HOLDS, fields["pickup_branch"], unless_own=hold.member_id)
            now = self.clock.now()
            if hold.status in WITH_COPY and "pickup_branch" in fields:
                await _redirect(hold, fields["pickup_branch"], uow=uow, now=now)
                fields["pickup_branch"] = hold.pickup_branch
            await _revise(hold, fields, stock, uow=uow, now=now)
            if command.pickup_until is not None:
                expect_four_eyes(hold.member_id, by_member=command.by_member)
                expect_deadline(command.pickup_until, now=now)
                hold.keep_until(command.pickup_until, now=now)
            view = HoldView.of(hold, now=now, position=await uow.holds.position_of(hold))
            await uow.commit(answer=view)
        return view


async def _redirect(hold: Hold, branch: str | None, *, uow: UnitOfWork, now: datetime) -> None:
    record = None if hold.copy_id is None else await uow.copies.away(hold.copy_id)
    if record is not None and branch is not None:
        rules = await uow.rulebook.in_force(branch=record.branch)
        ways = rules.policy.holds.transport
        refuse_if_any(against_transport(ways, [record.copy], to=branch, origin=record.branch))
    if record is not None:
        record.redirect(hold, to=branch, now=now)


async def _revise(
    hold: Hold, fields: dict[str, Any], stock: StockOfBook | None, *, uow: UnitOfWork, now: datetime
) -> None:
    """Change the hold, and let its target be chosen anew. `stock` is given if the pickup branch was named."""
    had, was = hold.copy_id, hold.version
    before = {name: getattr(hold, name) for name in HoldChange.__dataclass_fields__}
    change = HoldChange(**(before | fields))
    rules = await uow.rulebook.in_force(branch=change.pickup_branch or hold.target_branch or "")
    refusals: list[LibraryError] = []
    if fields.keys() & _DAYS:
        days = {name: getattr(change, name) for name in _DAYS}
        refusals += against_days(**days, today=rules.calendar.day_of(now))
    if stock is not None:
        to, copies = fields["pickup_branch"], stock.copies if stock.complete and hold.status not in WITH_COPY else ()
        refusals += against_fetching(rules.policy, hold.category, stock.item_types, branch=to, known=hold.known(now))
        would_do = [copy for copy in copies if hold.wanted_copy_id in (None, copy.copy_id)]
        refusals += against_transport(rules.policy.holds.transport, would_do, to=to)
    refuse_if_any(refusals)
    hold.revise(change, calendar=rules.calendar)
    if hold.version != was and hold.has_target and had is not None:
        hold.lose_copy(now=now)
        await release_copy(had, uow=uow, now=now)
    if hold.recalled_loan_id is not None and hold.starts_at is not None and hold.starts_at > now:
        hold.release_loan()  # a hold that begins later recalls nothing now
    for moment in (now, hold.starts_at, hold.expires_at):
        if moment is not None and hold.version != was:
            uow.retarget_requests.add(hold.book_id, at=moment)
