"""Find out what can be said against a check-out: the one way that both the check-out and its explanation take."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from loans_service.application.lending.circumstances import Circumstances
from loans_service.application.neighbours import Catalogue, CopyKey, MemberDirectory, MemberKey
from loans_service.application.ports import UnitOfWork
from loans_service.domain.borrower import Standing
from loans_service.domain.lendable_copy import CopyOnLoan, LendableCopy, UnknownBranch
from loans_service.domain.lending.check_out import AtTheDesk, Decision, OverrideForbidden, OverrideWithoutNeed, decide
from loans_service.domain.lending.loan import Override
from loans_service.domain.lending.staff_only import StaffOnly
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, NotFound


@dataclass(frozen=True, slots=True)
class CheckOutCopy:
    """What the desk asks for. `branch` is where (default: the copy's own), `due_at` a due date asked for.

    `override_codes` names refusals that shall not count, `override_comment` says why. Both, and a due date asked for,
    are for staff only (`by_staff`).
    """

    copy: CopyKey
    member: MemberKey
    branch: str | None = None
    due_at: datetime | None = None
    override_codes: tuple[str, ...] = ()
    override_comment: str = ""
    by_staff: bool = False

    @property
    def override(self) -> Override | None:
        """What is to be overridden, if anything."""
        return Override(self.override_codes, self.override_comment) if self.override_codes else None

    def is_in_no_branch(self, copy: LendableCopy) -> bool:
        """Tell whether a branch is named that books, asked with the copy, does not know."""
        return self.branch is not None and copy.desk is None


@dataclass(frozen=True, slots=True)
class Answers:
    """What books and members said when asked; each is None where the other one's `unknown` says why."""

    copy: LendableCopy | None
    standing: Standing | None
    unknown: tuple[LibraryError, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What stands in the way, everything of it; and what it was decided by, unless copy or member are unknown."""

    refusals: tuple[LibraryError, ...]
    desk: AtTheDesk | None = None
    decision: Decision | None = None
    seen: Circumstances | None = None


async def ask_both(command: CheckOutCopy, *, catalogue: Catalogue, members: MemberDirectory) -> Answers:
    """Ask books and members at once. Raises NeighbourUnavailable when one of them does not answer."""
    copy, standing = await asyncio.gather(
        catalogue.lendable_copy(command.copy, desk=command.branch),
        members.standing(command.member),
        return_exceptions=True,
    )
    for answer in (copy, standing):
        if isinstance(answer, BaseException) and not isinstance(answer, NotFound):
            raise answer
    return Answers(
        None if isinstance(copy, BaseException) else copy,
        None if isinstance(standing, BaseException) else standing,
        tuple(answer for answer in (copy, standing) if isinstance(answer, NotFound)),
    )


async def judge_check_out(
    command: CheckOutCopy, answers: Answers, *, uow: UnitOfWork, clock: Clock, to_lend: bool
) -> Judgement:
    """Judge the command by the rules and facts of this moment; `to_lend` locks them until `uow` ends."""
    copy, standing = answers.copy, answers.standing
    if copy is None or standing is None:
        return Judgement(await _all_the_same(command, answers, uow))
    if to_lend:
        leaving = await uow.lock(member_id=standing.member_id, book_id=copy.book_id)
        standing = standing.with_erasure_refusal(leaving=leaving)
    branch = copy.desk or copy.branch  # as the library writes it, so that lists find it
    # The time counts from when it is our turn: later than whatever was done to this copy while we waited.
    now = clock.now()
    seen = await uow.desk.circumstances(
        branch=branch,
        timezone=copy.timezone,
        copy_id=copy.copy_id,
        book_id=copy.book_id,
        member_id=standing.member_id,
        now=now,
    )
    calendar = seen.rules.calendar
    desk = AtTheDesk(
        copy,
        standing,
        seen.open_loans,
        now,
        branch,
        calendar,
        seen.owed,
        held=seen.held,
        in_no_branch=command.is_in_no_branch(copy),
    )
    decision = decide(desk, seen.rules.policy, requested=command.due_at)
    try:
        refusals = decision.refusals_after(command.override, by_staff=command.by_staff)
    except (OverrideForbidden, OverrideWithoutNeed, StaffOnly) as refusal:
        refusals = (refusal,)
    return Judgement(refusals, desk, decision, seen)


async def _all_the_same(command: CheckOutCopy, answers: Answers, uow: UnitOfWork) -> tuple[LibraryError, ...]:
    """Return all that can be said against a check-out of which one half is unknown."""
    found = list(answers.unknown)
    if answers.copy is not None:
        if await uow.loans.open_of(answers.copy.copy_id):
            found.append(CopyOnLoan())
        found += answers.copy.refusals
        if command.is_in_no_branch(answers.copy):
            found.append(UnknownBranch(field="branch"))
    if answers.standing is not None:
        found += answers.standing.refusals
    return tuple(found)
