"""Assess whether members may borrow: the question that loans asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from uuid import UUID

from members_service.application.membership.standing.queries import StandingQueries
from members_service.application.membership.standing.views import (
    ActingView,
    ProblemView,
    StandingOrProblem,
    StandingsView,
    StandingView,
)
from members_service.domain.membership.card import CardReplaced, CardStopped
from members_service.domain.membership.guardian import GuardianNotFound, Permission
from members_service.domain.membership.member_reference import MemberReference, OneOfTwo
from members_service.domain.membership.membership import day_in
from members_service.domain.membership.standing import Membership
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, refuses


@refuses(MemberNotFound, CardReplaced, CardStopped, OneOfTwo)
@dataclass(frozen=True, slots=True)
class AssessStanding:
    """Say whether a member may borrow, renew and place holds today, and every reason against it.

    - A membership is good through the whole of its last day, as the library's time zone counts days.
    - A suspension or block holds through its last day.
    - Why staff stopped somebody is not told.
    - `notes` are the newest twenty desk messages that are not done, for staff to see at their branch, or at every one.
    """

    standings: StandingQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self, reference: MemberReference) -> StandingView:
        """Raise MemberNotFound, or CardReplaced or CardStopped for a card that works no longer."""
        today = day_in(self.zone, at=self.clock.now())
        membership = await self.standings.membership(reference, today=today)
        return StandingView.of(membership, today=today)


@dataclass(frozen=True, slots=True)
class AssessStandings:
    """Say of up to a hundred members whether they may borrow, renew and place holds today.

    The answers come in the order asked, one for each: `found`, as for one member, or `problem` with the code and
    sentence that one member would be refused with. With `acting_for` it is the standing of that member, for whom the
    one who is named acts: `acted_by` says what that one may do, without what staff have stopped that one from doing
    in person; who stands in for nobody is `guardian-not-found`.
    """

    standings: StandingQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self, references: Sequence[MemberReference]) -> StandingsView:
        """Return one answer for each reference."""
        today = day_in(self.zone, at=self.clock.now())
        wards = [MemberReference(one.acting_for) for one in references if one.acting_for is not None]
        found = await self.standings.memberships([*references, *wards], today=today)
        if not wards:
            return StandingsView([_answer(one, today=today) for one in found])
        of_wards = iter(found[len(references) :])
        both = [
            (one, None if reference.acting_for is None else next(of_wards))
            for reference, one in zip(references, found, strict=False)
        ]
        pairs = [
            (one.member_id, ward.member_id)
            for one, ward in both
            if isinstance(one, Membership) and isinstance(ward, Membership)
        ]
        acts = await self.standings.acting(pairs, today=today) if pairs else {}
        return StandingsView(
            [_answer(one, today=today) if ward is None else _acting(one, ward, acts, today=today) for one, ward in both]
        )


def _answer(
    membership: Membership | LibraryError, *, acted_by: ActingView | None = None, today: date
) -> StandingOrProblem:
    if isinstance(membership, LibraryError):
        return StandingOrProblem(problem=ProblemView(membership.code, membership.detail))
    return StandingOrProblem(found=StandingView.of(membership, acted_by=acted_by, today=today))


def _acting(
    guardian: Membership | LibraryError,
    ward: Membership | LibraryError,
    acts: Mapping[tuple[UUID, UUID], frozenset[Permission]],
    *,
    today: date,
) -> StandingOrProblem:
    """Return the standing of the ward for whom the guardian acts."""
    if isinstance(guardian, LibraryError) or isinstance(ward, LibraryError):
        return _answer(guardian if isinstance(guardian, LibraryError) else ward, today=today)
    granted = acts.get((guardian.member_id, ward.member_id))
    if granted is None:
        return _answer(GuardianNotFound(), today=today)
    may = tuple(sorted(guardian.may_for_others(granted, today)))
    return _answer(ward, acted_by=ActingView(guardian.member_id, may), today=today)
