"""Lift a suspension for lateness."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from loans_service.domain.fines.lateness_suspension import NotSuspended
from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from loans_service.domain.rights import WAIVE
from loans_service.domain.rules.circulation_rules import NO_BRANCH
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class Lift:
    """Whose suspension is lifted and why; `by` is the account, `by_member` the member id of that person."""

    member_id: UUID
    why: str
    by: str = SYSTEM
    by_member: UUID | None = None


@dataclass(frozen=True, slots=True)
class LiftedSuspension:
    """Until when borrowing would have been suspended, and when that was lifted."""

    member_id: UUID
    suspended_until: date
    lifted_at: datetime


@refuses(NotSuspended, FourEyes)
@dataclass(frozen=True, slots=True)
class LiftSuspension:
    """Lift all suspensions for lateness of a member that are not over, so that they may borrow again.

    It needs the right in the branch of each loan that came back late, as far as that is still known. Lateness that is
    still to be returned suspends anew. Nobody of the staff does so for themselves.
    """

    unit_of_work: LoansWorkFactory
    clock: Clock

    async def __call__(self, command: Lift, receipt: Receipt | None = None) -> LiftedSuspension:
        async with self.unit_of_work(receipt, by=command.by) as uow:
            member_id = await uow.erasure_requests.record_that_stays(command.member_id)
            expect_four_eyes(member_id, by_member=command.by_member)
            now, rules = self.clock.now(), await uow.rulebook.in_force(branch=NO_BRANCH)
            today = rules.calendar.day_of(now)
            await uow.suspensions.lock(member_id)
            for branch in await uow.suspensions.branches(member_id, today=today):
                authorise(WAIVE, branch)
            until = await uow.suspensions.lift(member_id, why=command.why, today=today, now=now)
            if until is None:
                raise NotSuspended
            view = LiftedSuspension(member_id, until, now)
            await uow.commit(answer=view)
        return view
