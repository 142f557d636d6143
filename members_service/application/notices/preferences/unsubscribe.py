"""End notices of a kind by a link in a mail, without signing in (RFC 8058)."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from members_service.application.membership.work import MembershipWorkFactory
from members_service.application.notices.preferences.queries import PreferenceQueries
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.preferences import NoticePreferences
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import InvalidValue, refuses


class InvalidUnsubscribeToken(InvalidValue):
    """Nobody signed that."""

    code = "invalid-unsubscribe-token"
    detail = "This link is not whole. Take it from the mail once more, or choose in your account what you get."
    field = "token"


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """Notices of which kinds end for whom."""

    member_id: UUID
    kinds: tuple[NoticeKind, ...]


class ReadsTokens(Protocol):
    """Reads what a link says."""

    def read(self, token: str) -> Unsubscription:
        """Return what a token ends. Raises InvalidUnsubscribeToken."""
        ...


@refuses(InvalidUnsubscribeToken)
@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """End notices of the kinds in a mail, by the token of its link: once or many times, it is the same.

    The token does nothing else, and tells nothing. Whoever was erased meanwhile gets the same answer.
    """

    unit_of_work: MembershipWorkFactory
    queries: PreferenceQueries
    tokens: ReadsTokens
    clock: Clock

    def look(self, token: str) -> tuple[NoticeKind, ...]:
        """Return the kinds that a token ends, and change nothing. Raises InvalidUnsubscribeToken."""
        return self.tokens.read(token).kinds

    async def __call__(self, token: str) -> tuple[NoticeKind, ...]:
        """Return the kinds that have ended. Raises InvalidUnsubscribeToken."""
        unsubscription = self.tokens.read(token)
        async with self.unit_of_work() as uow:
            try:
                member = await uow.members.get(unsubscription.member_id)
            except MemberNotFound:
                return unsubscription.kinds
            held = await self.queries.held_by([member.id])
            version, own = await uow.preferences.get(member.id)
            present = own or held[member.id].preferences
            chosen: NoticePreferences = present.without(unsubscription.kinds)
            if chosen != present:
                await uow.preferences.put(member.id, chosen, version=version + 1, now=self.clock.now())
                await uow.commit()
        return unsubscription.kinds
