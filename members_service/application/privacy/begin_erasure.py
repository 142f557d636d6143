"""Begin to erase a person."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from members_service.application.identity.accounts.change_account import others_administer
from members_service.application.identity.sessions.fresh_sign_in import expect_fresh_sign_in
from members_service.application.privacy.work import PrivacyWork, PrivacyWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.account import LastAdmin
from members_service.domain.membership.member import Member
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class LeavingView:
    """A member who is to be erased as soon as nothing is open."""

    member_id: UUID
    leaving_since: datetime
    status: Literal["leaving"] = "leaving"


@dataclass(frozen=True, slots=True)
class Leave:
    """Who is to be erased. `by` is the account that asks, `address` where the request comes from.

    `own_session` is the `sid` of members who ask for themselves, None when an admin does. With `if_expired_before`,
    whoever is a member on that day or later stays.
    """

    member_id: UUID
    by: str | None = None
    address: str | None = None
    own_session: str | None = None
    if_expired_before: date | None = None


class StillMember(Exception):
    """The membership was renewed meanwhile."""


@refuses(MemberNotFound, LastAdmin)
@dataclass(frozen=True, slots=True)
class BeginErasure:
    """Let a member leave the library; everything about the person is erased as soon as nothing is open any more.

    - From now on the member can only return copies and pay; every session of the member's accounts ends.
    - Lending is asked whether a loan, hold or fine is open. It answers at once or when the last one is closed, and has
      then forgotten who borrowed what; upon that name, addresses, cards, history and accounts are erased here.
    - Until then the member can be reinstated. Asking again changes nothing, and asks lending once more.
    - Members who ask for themselves have signed in within the last five minutes.
    - The last account that administers the library is not erased.
    """

    unit_of_work: PrivacyWorkFactory
    clock: Clock

    async def __call__(self, command: Leave, receipt: Receipt | None = None) -> LeavingView:
        """Raise MemberNotFound, LastAdmin or SignInTooOld; StillMember only where that was asked."""
        now = self.clock.now()
        async with self.unit_of_work(receipt) as uow:
            member = await uow.members.get(command.member_id)
            if command.if_expired_before is not None and member.expires_on >= command.if_expired_before:
                raise StillMember
            if member.leave(new_id(), by=command.by, now=now):
                await _sign_out(member, command, uow=uow, now=now)
                action = AuditAction.ERASURE_ASKED
                uow.audit.add(AuditRecord(action, now, by=command.by, member_id=member.id, address=command.address))
            answer = LeavingView(member.id, member.leaving_since or now)
            await uow.commit(answer=answer)
        return answer


async def _sign_out(member: Member, command: Leave, *, uow: PrivacyWork, now: datetime) -> None:
    accounts = await uow.accounts.of_member(member.id)
    if command.own_session is not None:
        await expect_fresh_sign_in(command.own_session, uow=uow, now=now)
    ids = [account.id for account in accounts]
    if any(account.administers for account in accounts) and not await others_administer(*ids, uow=uow):
        raise LastAdmin
    for account_id in ids:
        await uow.sessions.end_all(account_id, now=now)
