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
from members_service.domain.membership.guardian import GuardianNotFound
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
    - `notes` are the desk messages that are not done, for staff to see at their branch, or at every one.
    """

    standings: StandingQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self, reference: MemberReference) -> StandingView:
        """Raise MemberNotFound, or CardReplaced or CardStopped for a card that works no longer."""
        membership = await self.standings.membership(reference)
        return StandingView.of(membership, today=day_in(self.zone, at=self.clock.now()))


@dataclass(frozen=True, slots=True)
class AssessStandings:
    """Say of up to a hundred members whether they may borrow, renew and place holds today.

    The answers come in the order asked, one for each: `found`, as for one member, or `problem` with the code and
    sentence that one member would be refused with. With `acting_for` it is the standing of that member, for whom the
    one who is named acts: `acted_by` says what that one may do; who stands in for nobody is `guardian-not-found`.
    """

    standings: StandingQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self, references: Sequence[MemberReference]) -> StandingsView:
        """Return one answer for each reference."""
        today = day_in(self.zone, at=self.clock.now())
        acting = [one for one in references if one.acting_for is not None]
        wards = [MemberReference(one.acting_for) for one in acting]
        found = await self.standings.memberships([*references, *wards])
        ward_of = dict(zip(acting, found[len(references) :], strict=True))
        pairs = [
            (one.member_id, ward.member_id)
            for reference, one in zip(references, found, strict=False)
            if isinstance(one, Membership) and isinstance(ward := ward_of.get(reference), Membership)
        ]
        acts = await self.standings.acting(pairs, today=today) if pairs else {}
        return StandingsView(
            [
                _answer(membership, ward_of.get(one), acts, today=today)
                for one, membership in zip(references, found, strict=False)
            ]
        )


def _answer(
    membership: Membership | LibraryError,
    ward: Membership | LibraryError | None,
    acts: Mapping[tuple[UUID, UUID], ActingView],
    *,
    today: date,
) -> StandingOrProblem:
    """Return the standing of a member, or of the ward for whom that member acts."""
    acted_by: ActingView | None = None
    if ward is not None and not isinstance(membership, LibraryError):
        guardian_id, membership = membership.member_id, ward
        if isinstance(membership, Membership):
            acted_by = acts.get((guardian_id, membership.member_id))
            membership = membership if acted_by else GuardianNotFound()
    if isinstance(membership, LibraryError):
        return StandingOrProblem(problem=ProblemView(membership.code, membership.detail))
    return StandingOrProblem(found=StandingView.of(membership, acted_by=acted_by, today=today))
