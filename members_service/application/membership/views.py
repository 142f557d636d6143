"""What membership can show, and who fetches it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Protocol, Self
from uuid import UUID

from members_service.domain.membership.block import Block
from members_service.domain.membership.history_entry import MembershipEventType
from members_service.domain.membership.member import Member
from members_service.domain.membership.named_member import NamedMember
from members_service.domain.membership.standing import Action, Membership, Refusal, Status
from shared.kernel.errors import LibraryError

STAFF = "staff"
"""Stands, where members read, for whoever acted for the library: which account that was is not theirs to know."""

_REASON_IS_TOLD = frozenset({MembershipEventType.SUSPENDED, MembershipEventType.BLOCKED})


@dataclass(frozen=True, slots=True)
class SuspensionView:
    """Why and until when a membership is stopped."""

    reason: str
    until: date | None


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member as staff and the member see it. `status` is that of the day on which it was asked for."""

    member_id: UUID
    card_number: str
    name: str
    email: str
    category: str
    status: Status
    joined_at: datetime
    expires_on: date
    suspension: SuspensionView | None
    language: str | None
    phone: str | None
    address: str | None
    date_of_birth: date | None
    version: int

    @classmethod
    def of(cls, member: Member, *, today: date) -> Self:
        """Show `member` as it stands `today`."""
        suspended = member.suspension
        return cls(
            member_id=member.id,
            card_number=member.card.number,
            name=member.name,
            email=member.email.address,
            category=str(member.category),
            status=member.status(today),
            joined_at=member.joined_at,
            expires_on=member.expires_on,
            suspension=SuspensionView(suspended.reason, suspended.until)
            if suspended and suspended.holds_on(today)
            else None,
            language=member.language,
            phone=member.details.phone,
            address=member.details.address,
            date_of_birth=member.details.date_of_birth,
            version=member.version,
        )


@dataclass(frozen=True, slots=True)
class EnrolledMember(MemberView):
    """A new member, with the one-time token that the member activates the account with. It is shown this once."""

    activation_token: str
    activation_expires_at: datetime

    @classmethod
    def with_token(cls, member: Member, token: str, *, expires_at: datetime, today: date) -> Self:
        """Show `member` as it stands `today`, and the token beside it."""
        view = MemberView.of(member, today=today)
        shown = {one.name: getattr(view, one.name) for one in fields(view)}
        return cls(**shown, activation_token=token, activation_expires_at=expires_at)


@dataclass(frozen=True, slots=True)
class BlockView:
    """One action that staff have barred by hand."""

    block_id: UUID
    member_id: UUID
    action: Action
    reason: str
    until: date | None
    placed_at: datetime

    @classmethod
    def of(cls, block: Block, *, member_id: UUID) -> Self:
        """Show `block` as it stands."""
        effect = block.effect
        return cls(block.id, member_id, effect.action, block.reason, effect.until, block.placed_at)


@dataclass(frozen=True, slots=True)
class StandingView:
    """May this member borrow, renew and hold today, and if not, why."""

    member_id: UUID
    category: str
    expires_on: date
    may_borrow: bool
    may_renew: bool
    may_hold: bool
    refusals: tuple[Refusal, ...]

    @classmethod
    def of(cls, membership: Membership, *, today: date) -> Self:
        """Judge `membership` as it stands `today`."""
        refusals = membership.refusals(today)
        refused = {action for refusal in refusals for action in refusal.actions}
        return cls(
            member_id=membership.member_id,
            category=str(membership.category),
            expires_on=membership.expires_on,
            may_borrow=Action.BORROW not in refused,
            may_renew=Action.RENEW not in refused,
            may_hold=Action.HOLD not in refused,
            refusals=refusals,
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


def or_staff(by: str | None, *, account: str) -> str | None:
    """Return who did something as the owner of `account` is told."""
    return by if by in (None, account) else STAFF


@dataclass(frozen=True, slots=True)
class HistoryEntryView:
    """One entry of a member's history. `by` is the account or client that did it, None for the library itself."""

    happening_id: UUID
    member_id: UUID
    what: MembershipEventType
    at: datetime
    by: str | None
    reason: str | None
    facts: Mapping[str, str]

    def told_to_the_member(self, *, account: str) -> "HistoryEntryView":
        """Return it without what staff write for one another, and without their names; `account` is the member's own.

        Why somebody was suspended or blocked is told: it is written for the member to read.
        """
        reason = self.reason if self.what in _REASON_IS_TOLD else None
        return replace(self, by=or_staff(self.by, account=account), reason=reason)


@dataclass(frozen=True, slots=True)
class CardView:
    """A card that somebody was given; one that was replaced works no longer."""

    card_number: str
    issued_at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members to list; None asks for no restriction.

    `q` is a whole card number or e-mail address, or beginnings of words of the name, whatever their case and accents.
    """

    q: str | None = None
    card_number: str | None = None
    category: str | None = None
    status: str | None = None


class MemberViews(Protocol):
    """Fetches members to show and to judge, one statement a question."""

    async def member(self, member_id: UUID, *, today: date) -> MemberView:
        """Raise MemberNotFound when there is none."""
        ...

    async def members(self, wanted: MemberFilter, *, today: date, limit: int, after: UUID | None) -> list[MemberView]:
        """Return up to `limit` members that joined after the one with that id, in the order in which they joined.

        Raises CardReplaced when the wanted card number is that of an old card.
        """
        ...

    async def membership(self, named: NamedMember) -> Membership:
        """Return what the standing of one member depends on. Raises MemberNotFound, or CardReplaced for an old card."""
        ...

    async def memberships(self, named: Sequence[NamedMember]) -> list[Membership | LibraryError]:
        """Return for each of those named what `membership` returns or raises, in the same order."""
        ...

    async def blocks(self, member_id: UUID, *, limit: int | None, after: UUID | None) -> list[BlockView]:
        """Return up to `limit` blocks of one member behind that one, oldest first. Raises MemberNotFound."""
        ...

    async def history(self, member_id: UUID, *, limit: int | None, before: UUID | None) -> list[HistoryEntryView]:
        """Return up to `limit` entries of a member's history before that one, newest first. Raises MemberNotFound."""
        ...
