"""Open an account for somebody who works with the library's software."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from members_service.application.account_views import AccountView
from members_service.application.activate_account import PASSWORD_REFUSALS
from members_service.application.ports import Passwords, UnitOfWork
from members_service.domain.account import Account
from members_service.domain.audit import AuditRecord, Deed
from members_service.domain.email import Email, EmailTaken, InvalidEmail
from members_service.domain.member import MemberNotFound
from members_service.domain.password import PasswordRules
from members_service.domain.roles import NoRole, Role, some_roles
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id

REFUSALS = (EmailTaken, MemberNotFound, InvalidEmail, NoRole, *PASSWORD_REFUSALS)


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """An account with its first password. `member_id` is the member whose account it is to be, if any.

    `by` is the account that opens it, None for the command line.
    """

    email: str
    password: str
    roles: Sequence[str]
    member_id: UUID | None = None
    by: str | None = None


async def create_account(
    wish: CreateAccount, *, uow: UnitOfWork, passwords: Passwords, rules: PasswordRules, clock: Clock
) -> AccountView:
    """Open an account that can sign in at once.

    - The e-mail address is unique among accounts, whatever its case.
    - The password obeys the same rules as every other one.
    - There is at least one role. An account may belong to a member, who must exist.
    """
    email = Email.parse(wish.email)
    roles = some_roles(Role(role) for role in wish.roles)
    rules.check(wish.password, email=email.address)
    password_hash = await passwords.hash(wish.password)
    now = clock.now()
    async with uow:
        if wish.member_id is not None:
            await uow.members.get(wish.member_id)
        if await uow.accounts.has_email(email):
            raise EmailTaken
        account = Account.with_password(
            id=new_id(), email=email, roles=roles, member_id=wish.member_id, password_hash=password_hash, now=now
        )
        uow.accounts.add(account)
        answer = AccountView.of(account)
        facts = {"roles": " ".join(answer.roles)}
        uow.audit.add(
            AuditRecord(
                Deed.ACCOUNT_OPENED, now, by=wish.by, account_id=account.id, member_id=wish.member_id, facts=facts
            )
        )
        await uow.commit(answer=answer)
    return answer
