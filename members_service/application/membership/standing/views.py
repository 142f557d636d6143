"""Views of standing and blocks."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from uuid import UUID

from members_service.domain.membership.desk_message import DeskNote
from members_service.domain.membership.guardian import Permission
from members_service.domain.membership.standing import Action, Block, Membership, Refusal


@dataclass(frozen=True, slots=True)
class BlockView:
    """One action that staff have barred by hand, in one branch or, with null, in all."""

    block_id: UUID
    member_id: UUID
    action: Action
    reason: str
    until: date | None
    placed_at: datetime
    branch: str | None

    @classmethod
    def of(cls, block: Block, *, member_id: UUID) -> Self:
        """Show `block` as it stands."""
        effect = block.effect
        return cls(block.id, member_id, effect.action, block.reason, effect.until, block.placed_at, effect.branch)


@dataclass(frozen=True, slots=True)
class ActingView:
    """Who acts for the member whose standing this is, and what that one may do."""

    member_id: UUID
    may: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class StandingView:
    """May this member borrow, renew and hold today, and if not, why.

    What is refused in one branch alone (`branch` of a refusal) does not count for `may_borrow` and the like: who asks
    knows where it is done. `notes` are what a desk shows to staff alone. `acted_by` is there if it was asked about
    somebody who acts for this member. `pays_for` are those for whom this member may pay as a guardian. `age` is in full
    years, null while the date of birth is not known.
    """

    member_id: UUID
    category: str
    expires_on: date
    may_borrow: bool
    may_renew: bool
    may_hold: bool
    refusals: tuple[Refusal, ...]
    notes: tuple[DeskNote, ...] = ()
    home_branch: str | None = None
    age: int | None = None
    acted_by: ActingView | None = None
    pays_for: tuple[UUID, ...] = ()

    @classmethod
    def of(cls, membership: Membership, *, acted_by: ActingView | None = None, today: date) -> Self:
        """Judge `membership` as it stands `today`."""
        refusals = membership.refusals(today)
        refused = {action for refusal in refusals if refusal.branch is None for action in refusal.actions}
        return cls(
            member_id=membership.member_id,
            category=str(membership.category),
            expires_on=membership.expires_on,
            may_borrow=Action.BORROW not in refused,
            may_renew=Action.RENEW not in refused,
            may_hold=Action.HOLD not in refused,
            refusals=refusals,
            notes=membership.notes,
            home_branch=membership.home_branch,
            age=membership.age(today),
            acted_by=acted_by,
            pays_for=membership.pays_for,
        )


@dataclass(frozen=True, slots=True)
class ProblemView:
    """Why one of several questions has no answer."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class StandingOrProblem:
    """The answer for one of several members: its standing, or why there is none."""

    found: StandingView | None = None
    problem: ProblemView | None = None


@dataclass(frozen=True, slots=True)
class StandingsView:
    """The answers for several members, in the order asked."""

    items: list[StandingOrProblem]
