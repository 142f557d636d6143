"""Assess whether members may borrow: the question that loans asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from members_service.application.membership.standing.queries import StandingQueries
from members_service.application.membership.standing.views import (
    ProblemView,
    StandingOrProblem,
    StandingsView,
    StandingView,
)
from members_service.domain.membership.card import CardReplaced, CardStopped
from members_service.domain.membership.member_reference import MemberReference, OneOfTwo
from members_service.domain.membership.membership import day_in
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
    sentence that one member would be refused with.
    """

    standings: StandingQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self, references: Sequence[MemberReference]) -> StandingsView:
        """Return one answer for each reference."""
        today = day_in(self.zone, at=self.clock.now())
        return StandingsView(
            [
                StandingOrProblem(problem=ProblemView(one.code, one.detail))
                if isinstance(one, LibraryError)
                else StandingOrProblem(found=StandingView.of(one, today=today))
                for one in await self.standings.memberships(references)
            ]
        )
