"""The accounts of members, changed in the transaction of membership."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from members_service.application.identity.work import IdentityWork
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.email import Email
from members_service.domain.identity.account import Account, Activation
from members_service.domain.one_time_token import digest
from shared.kernel.ids import new_id


class MembersAccounts:
    """Opens and moves the accounts that members sign in with; `AccountsOfMembers` for membership."""

    def __init__(self, uow: IdentityWork) -> None:
        self._uow = uow

    async def has_email(self, email: Email) -> bool:
        """Return whether any account has this e-mail address already."""
        return await self._uow.accounts.has_email(email)

    async def emails_taken(self, emails: Collection[Email]) -> set[str]:
        """Return the keys of those among these e-mail addresses that an account has already."""
        return await self._uow.accounts.emails_taken(emails)

    def open_for(
        self, member_id: UUID, email: Email, *, token: str | None, from_desk: bool, by: str | None, now: datetime
    ) -> datetime | None:
        """Open an account whose owner chooses a password with `token`. Return when it expires.

        Without a token the owner asks the desk for one later.
        """
        activation = None if token is None else Activation.begin(digest(token), from_desk=from_desk, now=now)
        account = Account.for_member(id=new_id(), email=email, member_id=member_id, activation=activation, now=now)
        self._uow.accounts.add(account)
        self._uow.audit.add(
            AuditRecord(AuditAction.ACCOUNT_OPENED, now, by=by, account_id=account.id, member_id=member_id)
        )
        return None if activation is None else activation.expires_at

    async def do_more(self, member_id: UUID, email: Email) -> bool:
        """Return whether an account of this member that signs in with `email` may do more than a member's."""
        return any(account.does_more for account in await self._signing_in_with(email, member_id))

    async def some_do_more(self, member_ids: Sequence[UUID]) -> bool:
        """Return whether any account of these members may do more than a member's."""
        theirs = [account for one in member_ids for account in await self._uow.accounts.of_member(one)]
        return any(account.does_more for account in theirs)

    async def signs_in(self, member_id: UUID, email: Email) -> bool:
        """Return whether an account of this member signs in with `email`."""
        return bool(await self._signing_in_with(email, member_id))

    async def hand_over(self, member_id: UUID, *, to: UUID, by: str | None, now: datetime) -> None:
        """Let the accounts of one member belong to another; their sessions end."""
        for account in await self._uow.accounts.of_member(member_id):
            account.belong_to(to)
            await self._uow.sessions.end_all(account.id, now=now)
        self._uow.audit.add(AuditRecord(AuditAction.MERGED, now, by=by, member_id=to, facts={"merged": str(member_id)}))

    async def move(self, member_id: UUID, *, old: Email, new: Email, by: str | None, now: datetime) -> None:
        """Let the accounts of this member that sign in with `old` sign in with `new`; tries of before are forgotten."""
        await self._uow.attempts.forget(old.key)
        for account in await self._signing_in_with(old, member_id):
            account.move(new)
            self._uow.audit.add(
                AuditRecord(AuditAction.EMAIL_CHANGED, now, by=by, account_id=account.id, member_id=member_id)
            )

    async def forget_pins(self, member_id: UUID) -> None:
        """Forget how many wrong PINs were typed for the cards of this member, and where right ones were."""
        await self._uow.attempts.forget_pins(member_id)

    async def signed_in_just_now(self, session: str, *, now: datetime) -> bool:
        """Return whether the session that an access token names has only just begun."""
        found = await self._uow.sessions.named(session)
        return found is not None and found.is_fresh(now)

    async def _signing_in_with(self, email: Email, member_id: UUID) -> list[Account]:
        return [one for one in await self._uow.accounts.of_member(member_id) if one.email.key == email.key]
