"""Decide where a scanned copy goes, and which hold it fills."""

from datetime import datetime
from functools import partial

from loans_service.application.holds.pass_copy_on import next_for, release_copy
from loans_service.domain.circulating_copy import CopyStatus, same_branch
from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.hold_queue import HoldQueue
from loans_service.domain.holds.hold_shelf import shelf_until
from loans_service.domain.lending.return_facts import ReturnFacts
from loans_service.domain.rules.conditions import NOTHING_KNOWN
from loans_service.domain.rules.policy import Policy
from loans_service.persistence.unit_of_work import UnitOfWork


async def receive_copy(
    facts: ReturnFacts, *, branch: str, uow: UnitOfWork, scanned_at: datetime | None = None
) -> tuple[Hold | None, Policy | None]:
    """Move the copy that was scanned in `branch`, and return the hold that it fills, and the policy if it was asked.

    The book must be locked. `scanned_at` is when a machine scanned it offline; None: just now.
    """
    record, now = facts.record, facts.now
    served = None if record.hold_id is None else await uow.holds.get(record.hold_id)
    may_serve = facts.may_be_lent and (served is not None or facts.has_waiting_holds)
    elsewhere = not same_branch(branch, facts.copy.home_branch)
    hold, policy, until, stays = None, None, now, False
    if may_serve or elsewhere:
        rules = await uow.rulebook.in_force(branch=branch)
        policy = rules.policy
        days = policy.shelf_days(facts.copy.item_type, branch=branch)
        until = shelf_until(now, days=days, calendar=rules.calendar)
        stays = elsewhere and _stays(facts, branch, policy)
        if may_serve:
            hold = await _whom_it_serves(facts, served, branch=branch, policy=policy, uow=uow)
    if served is not None and served is not hold:
        served.lose_copy(now=now)
        uow.retarget_requests.add(facts.copy.book_id, at=now)
    if facts.was_missed:
        await uow.copies.note_status(facts.copy, CopyStatus.IN_SERVICE)
    record.receive(
        branch,
        hold=hold,
        shelf_until=until,
        now=now,
        scanned_at=scanned_at,
        was_out=facts.loan is not None,
        was_missed=facts.was_missed,
        stays=stays,
    )
    return hold, policy


async def _whom_it_serves(
    facts: ReturnFacts, served: Hold | None, *, branch: str, policy: Policy, uow: UnitOfWork
) -> Hold | None:
    """Return the hold that the copy was captured or requested for, if it still wants it; else the next one.

    A captured copy stays captured. One that was only to be pulled is not captured for a category to which it is not
    lent.
    """
    copy, now, captured = facts.copy, facts.now, facts.record.is_captured
    lends = policy.lends(copy.item_type, branch=copy.home_branch, location=copy.location)
    sends = partial(policy.holds.transport.sends, copy.item_type, branch)
    if served is not None and captured and not served.has_passed(now):
        return served
    if served is not None and captured:
        served.expire(now=now)
    elif (
        served is not None
        and served.wants(copy, now=now)
        and lends(served.category, served.known(now))
        and sends(served.pickup_branch)
    ):
        return served
    first = await next_for(copy, policy, branch=branch, uow=uow, now=now)
    if first is not None:
        return first
    queue = HoldQueue(await uow.holds.served_elsewhere(copy, now=now))
    sooner = queue.first_scanned(copy, branch=branch, lends=lends, now=now, sends=sends)
    if sooner is not None and sooner.copy_id is not None:
        await release_copy(sooner.copy_id, uow=uow, now=now)
    return sooner


def _stays(facts: ReturnFacts, branch: str, policy: Policy) -> bool:
    """Return whether a copy that fills no hold stays in a branch that is not its own."""
    record = facts.record
    if facts.loan is None and record.is_sent:
        return same_branch(record.branch, branch)
    if record.is_free and facts.loan is None and same_branch(record.branch, branch):
        return True  # it stands here
    category, known = ("", NOTHING_KNOWN) if facts.loan is None else (facts.loan.terms.category, facts.loan.known)
    rule = policy.rule_for(category=category, item_type=facts.copy.item_type, branch=branch, known=known)
    return rule.keeps(home=facts.copy.home_branch, branch=branch)
