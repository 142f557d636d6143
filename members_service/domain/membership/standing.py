"""A member's standing: may this member borrow, renew and hold today, and if not, why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from members_service.domain.membership.desk_message import DeskNote
from members_service.domain.membership.guardian import Permission
from members_service.domain.membership.membership import age_on
from shared.kernel.errors import NotFound


class Action(StrEnum):
    """What a member does with copies. Returning is always welcome and so is none of these.

    To collect is to borrow what is ready for a hold.
    """

    BORROW = "borrow"
    RENEW = "renew"
    HOLD = "hold"
    COLLECT = "collect"


EVERYTHING = (Action.BORROW, Action.RENEW, Action.HOLD)
"""Who may not borrow may not collect either."""
EXPIRED = "membership-expired"
_NEEDS = {
    Action.BORROW: (Permission.BORROW, Permission.COLLECT),
    Action.RENEW: (Permission.RENEW,),
    Action.HOLD: (Permission.HOLD,),
    Action.COLLECT: (Permission.COLLECT,),
}
_DOING = {Action.BORROW: "Borrowing", Action.RENEW: "Renewing", Action.HOLD: "Placing holds"} | {
    Action.COLLECT: "Fetching what is ready"
}


class Status(StrEnum):
    """A membership in one word. The first that applies counts, in this order."""

    LEAVING = "leaving"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Suspension:
    """Staff stopped the whole membership, up to and including the day `until`, or until somebody reinstates it."""

    reason: str
    until: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the membership is still suspended on `day`."""
        return self.until is None or day <= self.until

    @classmethod
    def longer(cls, *suspensions: Self | None) -> Self | None:
        """Return the one that ends last, or never; None where there is none."""
        found = [one for one in suspensions if one is not None]
        return max(found, key=lambda one: one.until or date.max, default=None)


@dataclass(frozen=True, slots=True)
class ActionBlock:
    """Staff stopped one action, up to and including the day `until`, or until somebody lifts the block.

    It counts in one `branch`, or in all.
    """

    action: Action
    until: date | None
    branch: str | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the action is still blocked on `day`."""
        return self.until is None or day <= self.until


class BlockNotFound(NotFound):
    """The member has no such block."""

    code = "block-not-found"
    detail = "This member has no block with this id."


class Block:
    """What is stopped and until when, with the reason that staff gave."""

    def __init__(self, *, id: UUID, effect: ActionBlock, reason: str, placed_at: datetime) -> None:
        self.id = id
        self.effect = effect
        self.reason = reason
        self.placed_at = placed_at


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against some actions, with the date on which it began or ends, where it has one.

    It counts in one `branch`, or in all.

    Why staff suspended or blocked somebody is not told: standing is shown at every kiosk.
    """

    code: str
    detail: str
    actions: tuple[Action, ...] = EVERYTHING
    expires_on: date | None = None
    until: date | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """Everything that a member's standing depends on. Valid through the whole of `expires_on`.

    `notes`, which desks show to staff today, stop nothing. `pays_for` are those for whom the member may pay today.
    """

    member_id: UUID
    category: str
    expires_on: date
    suspension: Suspension | None = None
    blocks: tuple[ActionBlock, ...] = ()
    leaving: bool = False
    notes: tuple[DeskNote, ...] = ()
    home_branch: str | None = None
    born: date | None = None
    pays_for: tuple[UUID, ...] = ()

    def age(self, today: date) -> int | None:
        """Return the age in full years; None while nobody knows the date of birth."""
        return None if self.born is None else age_on(today, born=self.born)

    def refusals(self, today: date) -> tuple[Refusal, ...]:
        """Return every reason against some action today; none at all is good standing."""
        return tuple(self._reasons(today))

    def may_for_others(self, granted: Iterable[Permission], today: date) -> frozenset[Permission]:
        """Return what is left of what was granted to this member as a guardian.

        Who was stopped by staff, or is leaving, does not go on with the own card in another's name. A membership that
        has merely expired stops no guardian: a parent need not be a reader.
        """
        stopped = {
            permission
            for refusal in self.refusals(today)
            if refusal.code != EXPIRED and refusal.branch is None
            for action in refusal.actions
            for permission in _NEEDS[action]
        }
        return frozenset(granted) - stopped

    def status(self, today: date) -> Status:
        """Return the membership in one word. Blocks do not change it: they stop actions, not the membership."""
        if self.leaving:
            return Status.LEAVING
        if self._suspended(today):
            return Status.SUSPENDED
        return Status.EXPIRED if self.expires_on < today else Status.ACTIVE

    def _suspended(self, today: date) -> bool:
        return self.suspension is not None and self.suspension.holds_on(today)

    def _reasons(self, today: date) -> Iterator[Refusal]:
        if self.expires_on < today:
            yield Refusal(
                EXPIRED,
                f"The membership expired on {self.expires_on}. Renew it first.",
                expires_on=self.expires_on,
            )
        if self.suspension is not None and self.suspension.holds_on(today):
            yield Refusal(
                "member-suspended",
                f"The membership is suspended{_end(self.suspension.until)}.",
                until=self.suspension.until,
            )
        yield from self._blocked(today)
        if self.leaving:
            yield Refusal("member-leaving", "The member is leaving the library: copies can only be returned.")

    def _blocked(self, today: date) -> Iterator[Refusal]:
        """Yield one refusal for each action and branch; of several blocks alike the one that ends last."""
        in_force = [effect for effect in self.blocks if effect.holds_on(today)]
        for action in Action:
            branches = sorted({effect.branch or "" for effect in in_force if effect.action is action})
            for branch in branches:
                alike = [one for one in in_force if one.action is action and (one.branch or "") == branch]
                until = max(alike, key=lambda one: one.until or date.max).until
                where = f" in {branch}" if branch else ""
                detail = f"{_DOING[action]} is blocked{where}{_end(until)}."
                yield Refusal("member-blocked", detail, (action,), until=until, branch=branch or None)


def _end(until: date | None) -> str:
    return " until further notice" if until is None else f" through {until}"
