"""Assess a hold by the answers of the neighbours and what is on record."""

from dataclasses import replace
from datetime import datetime, timedelta

from loans_service.application.holds.placing.ask_all import HoldAnswers, NewHold
from loans_service.domain.borrower import Standing
from loans_service.domain.four_eyes import expect_four_eyes
from loans_service.domain.holds.placing import (
    against_days,
    against_debtor,
    against_fetching_at,
    against_one_more_today,
    against_placing,
)
from loans_service.domain.lendable_copy import UnknownBranch
from loans_service.domain.lending.override import apply_override
from loans_service.domain.rights import OVERRIDE, PLACE_HOLDS
from loans_service.domain.rules.circulation_rules import CirculationRules
from loans_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError
from shared.kernel.rights import authorise


async def settle_pickup(answers: HoldAnswers, uow: UnitOfWork) -> tuple[HoldAnswers, CirculationRules]:
    """Return the answers with the pickup branch that counts, and the rules there.

    Where none is named, that is the member's home branch, unless the policy takes no such holds there.
    """
    if answers.home is not None:
        rules = await uow.rulebook.in_force(branch=answers.home)
        against = [
            *against_fetching_at(answers.home, answers.item, answers.standing, rules.policy),
            *answers.against_sending(rules.policy, to=answers.home),
        ]
        if not against:
            return replace(answers, pickup=answers.home), rules
    return answers, await uow.rulebook.in_force(branch=answers.pickup_branch or answers.item.branch)


def expect_rights(command: NewHold, answers: HoldAnswers) -> None:
    """Raise RightMissing for who may not place holds, or not override what speaks against one, where it is fetched.

    Without a pickup branch that is where the one copy is at home that is wanted. Whoever is of the staff places holds
    for themselves as any reader does.
    """
    branch = answers.pickup_branch or answers.item.branch or None
    authorise(PLACE_HOLDS, branch, unless_own=answers.standing.member_id)
    if command.override is not None:
        authorise(OVERRIDE, branch)


async def assess_hold(
    command: NewHold,
    answers: HoldAnswers,
    standing: Standing,
    rules: CirculationRules,
    *,
    uow: UnitOfWork,
    clock: Clock,
) -> tuple[LibraryError, ...]:
    """Return every refusal that is not overridden. Raises OverrideForbidden and FourEyes."""
    if command.override is not None and command.by_staff:
        expect_four_eyes(standing.member_id, by_member=command.by_member)
    found = list(
        against_placing(
            answers.item,
            standing,
            rules.policy,
            pickup_branch=answers.pickup_branch,
            loans=await uow.loans.open_copies_of(standing.member_id),
            holds=await uow.holds.active_of(standing.member_id),
        )
    )
    if answers.pickup_branch is not None:
        found += answers.against_sending(rules.policy, to=answers.pickup_branch)
    now = clock.now()
    found += await _against_terms(standing, rules, uow=uow, now=now)
    today = rules.calendar.day_of(now)
    found += against_days(not_before=command.not_before, expires_on=command.expires_on, today=today)
    found += [answers.pickup] if isinstance(answers.pickup, UnknownBranch) else ()
    return apply_override(found, command.override, by_staff=command.by_staff)


async def _against_terms(
    standing: Standing, rules: CirculationRules, *, uow: UnitOfWork, now: datetime
) -> list[LibraryError]:
    """Return the refusals that only some policies know, whose facts are read only for these."""
    policy, member_id, found = rules.policy, standing.member_id, list[LibraryError]()
    terms = policy.terms_for(standing.category)
    if terms.most_holds_per_day is not None:
        midnight = rules.calendar.end_of_day(rules.calendar.day_of(now) - timedelta(days=1))
        found += against_one_more_today(terms, placed=await uow.holds.placed_since(member_id, midnight))
    if policy.holds.stopped_by:
        borrower = await uow.facts.of_borrower(standing, policy, now=now)
        found += against_debtor(borrower, policy, category=standing.category, now=now)
    return found
