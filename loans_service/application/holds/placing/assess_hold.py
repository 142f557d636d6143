"""Assess a hold by the answers of the neighbours and what is on record."""

from loans_service.application.holds.placing.ask_all import HoldAnswers, NewHold
from loans_service.domain.borrower import Standing
from loans_service.domain.four_eyes import expect_four_eyes
from loans_service.domain.holds.placing import against_days, against_placing
from loans_service.domain.lendable_copy import UnknownBranch
from loans_service.domain.lending.override import apply_override
from loans_service.domain.rules.circulation_rules import CirculationRules
from loans_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError


async def rules_for(answers: HoldAnswers, uow: UnitOfWork) -> CirculationRules:
    """Return the rules that apply in the pickup branch."""
    return await uow.rulebook.in_force(branch=answers.pickup_branch or answers.item.branch)


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
    today = rules.calendar.day_of(clock.now())
    found += against_days(not_before=command.not_before, expires_on=command.expires_on, today=today)
    found += [answers.pickup] if isinstance(answers.pickup, UnknownBranch) else ()
    return apply_override(found, command.override, by_staff=command.by_staff)
