"""The sweep: what becomes due without a request."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

from loans_service.application.each_of import each_of
from loans_service.application.holds.change_hold import expire_hold
from loans_service.application.holds.choose_targets import ReportFailure
from loans_service.application.holds.commands import OfHold
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.amendments.amend_loan import lose
from loans_service.application.lending.amendments.charge_borrower import charge_loss, charge_reminder
from loans_service.application.lending.queries.sweep import LostSince, SweepQueries
from loans_service.application.lending.renewals.renew_loan import Renew, RenewLoan
from loans_service.application.lending.views import DueItem
from loans_service.domain.lending.giving_up import is_to_be_given_up
from loans_service.domain.privacy.retention import Retention
from loans_service.domain.rules.lost_terms import longest_refund_days, rules_by_days_until_lost
from loans_service.domain.rules.policy import Policy, PolicyNotFound
from loans_service.persistence.lending.forgetting import Forgetting
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, NeighbourUnavailable, Refusals

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Swept:
    """How many loans a sweep renewed, reminded of, declared lost, billed and anonymised, and holds that expired.

    `anonymised` includes ended holds and charges; `failed` counts records of all kinds.
    """

    renewed: int = 0
    reminded: int = 0
    expired: int = 0
    lost: int = 0
    billed: int = 0
    anonymised: int = 0
    failed: int = 0


class _Finds(Protocol):
    async def __call__(self, *, beyond: UUID | None, limit: int) -> list[DueItem]: ...


@dataclass(slots=True)
class _Tally:
    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Sweep:
    """Do what is due at this moment.

    Renew loans, send reminders, expire holds, declare long overdue copies lost and bill them, and anonymise old loans.

    - Each record is looked at again in a transaction of its own, so that any number of sweeps may run at once, an
      interrupted one is taken up by the next, and one bad record (which is logged) never stops the others.
    - A sweep after a long pause makes up for the missed ones: of several reminders only the last is sent, and charged.
    - A loan renews itself when it would be announced as due soon; if that is refused, the reminder is sent. A loan too
      short for that does so in its second half. While members does not answer, neither happens.
    - If no sweep ran before the loan was late, it is renewed as of its due date.
    """

    due: SweepQueries
    forget: Forgetting
    unit_of_work: LoansWorkFactory
    holds: HoldQueries
    clock: Clock
    report_failure: ReportFailure
    retention: Retention = field(default_factory=Retention)
    renew_loan: RenewLoan | None = None

    async def __call__(self) -> Swept:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            policy = await uow.rulebook.policy((await uow.rulebook.policy_in_force()).version)
        overdue_since = await self._overdue_since(now)
        lost = await self._each(partial(self.due.to_give_up, overdue_since=overdue_since), self._give_up)
        billed = await self._each(partial(self.due.to_bill, now=now), self._bill)
        expired = await self._each(partial(self.due.to_expire, now=now), self._expire)
        renewed, undecided, refused = _Tally(), set[UUID](), dict[UUID, tuple[str, ...]]()
        if any(rule.auto_renew for rule in policy.rules):
            renew = partial(self._renew, undecided, refused)
            with_lead, short = [
                await self._each(partial(find, now=now), renew) for find in (self.due.to_remind, self.due.to_renew)
            ]
            renewed = _Tally(with_lead.done + short.done, with_lead.failed + short.failed)
        reminded = await self._each(partial(self.due.to_remind, now=now), partial(self._remind, undecided, refused))
        failed = lost.failed + billed.failed + expired.failed + renewed.failed + reminded.failed
        return Swept(
            renewed.done, reminded.done, expired.done, lost.done, billed.done, await self._forget(policy, now), failed
        )

    async def _overdue_since(self, now: datetime) -> list[LostSince]:
        """Return for each policy version the moments before which loans must have been due to be declared lost now."""
        found: list[LostSince] = []
        versions = await self.due.policies_of_overdue(now=now)
        async with self.unit_of_work() as uow:
            for version in versions:
                try:
                    policy = await uow.rulebook.policy(version)
                except PolicyNotFound:  # its loans are tried one by one, and reported as failures
                    found.append(LostSince(version, now))
                    continue
                by_days = rules_by_days_until_lost(policy.rules, policy.lost)
                found += [
                    LostSince(version, now - timedelta(days=days), names if len(by_days) > 1 else None)
                    for days, names in by_days.items()
                ]
        return found

    async def _forget(self, policy: Policy, now: datetime) -> int:
        anonymised = 0
        while forgotten := await self.forget(
            ended_before=self.retention.ended_before(now, usual_days=policy.keep_history_days),
            lost_before=now - timedelta(days=longest_refund_days(policy.rules, policy.lost)),
            now=now,
            limit=_AT_ONCE,
        ):
            anonymised += forgotten
        return anonymised

    async def _renew(self, undecided: set[UUID], refused: dict[UUID, tuple[str, ...]], item: DueItem) -> bool:
        async with self.unit_of_work() as uow:
            loan = await uow.loans.get(item.id)
            if loan is None or not loan.renews_itself_now(self.clock.now()):
                return False
            rules = await uow.rulebook.in_force(branch=loan.branch)
            rule = rules.policy.rule_for(
                category=loan.terms.category, item_type=loan.copy.item_type, branch=loan.branch, known=loan.known
            )
            if not rule.auto_renew:
                return False
        if self.renew_loan is None:
            undecided.add(item.id)  # left to a process that can ask members
            return False
        try:
            await self.renew_loan(Renew(item.id, by_itself=True))
        except NeighbourUnavailable:
            undecided.add(item.id)  # the next sweep tries again
            return False
        except LibraryError as error:
            refused[item.id] = _codes_of(error)  # the borrower is reminded instead, and told why
            return False
        return True

    async def _remind(self, undecided: set[UUID], refused: dict[UUID, tuple[str, ...]], item: DueItem) -> bool:
        if item.id in undecided:
            return False
        async with self.unit_of_work() as uow:
            await uow.lock(book_id=item.book_id)
            loan = await uow.loans.get(item.id)
            now = self.clock.now()
            if loan is None or not loan.remind(now=now, not_renewed=refused.get(item.id, ())):
                return False
            charge_reminder(loan, uow=uow, now=now)
            await uow.commit()
        return True

    async def _expire(self, item: DueItem) -> bool:
        command = OfHold(item.id)
        return await expire_hold(command, unit_of_work=self.unit_of_work, queries=self.holds, clock=self.clock)

    async def _give_up(self, item: DueItem) -> bool:
        async with self.unit_of_work() as uow:
            await uow.lock(book_id=item.book_id)
            loan = await uow.loans.get(item.id)
            if loan is None:
                return False
            terms = (await uow.rulebook.policy(loan.terms.policy_version)).lost_terms(loan.terms.rule)
            days, now = terms.after_days_overdue, self.clock.now()
            counted_from = await uow.loans.counted_from(loan.id)
            if not is_to_be_given_up(loan, after_days=days, counted_from=counted_from, now=now):
                return False
            bill_at = now + timedelta(days=terms.bill_after_days) if terms.bill_after_days else None
            await lose(loan, why=f"{days} days overdue", uow=uow, now=now, bill_at=bill_at)
            await uow.commit()
        return True

    async def _bill(self, item: DueItem) -> bool:
        async with self.unit_of_work() as uow:
            await uow.lock(book_id=item.book_id)
            loan, now = await uow.loans.get(item.id), self.clock.now()
            if loan is None or loan.bill_at is None or loan.bill_at > now or not loan.bill():
                return False
            await charge_loss(loan, uow=uow, now=now)
            await uow.commit()
        return True

    async def _each(self, find: _Finds, act: Callable[[DueItem], Awaitable[bool]]) -> _Tally:
        """Call `act` for each item found; count how often it did something, and how often it failed."""
        tally = _Tally()
        found = each_of(lambda beyond: find(beyond=beyond, limit=_AT_ONCE), lambda item: item.id)
        async for item in found:
            try:
                tally.done += await act(item)
            except Exception as error:  # noqa: BLE001 - one bad record must not stop the rest
                tally.failed += 1
                self.report_failure(item.id, error)
        return tally


def _codes_of(error: LibraryError) -> tuple[str, ...]:
    return tuple(one.code for one in (error.refusals if isinstance(error, Refusals) else (error,)))
