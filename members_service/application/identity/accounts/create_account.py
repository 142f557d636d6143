"""Open an account for somebody who works with the library's software."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from members_service.application.identity.accounts.account_views import AccountView, OpenedAccount
from members_service.application.identity.accounts.activate_account import PASSWORD_REFUSALS
from members_service.application.identity.accounts.change_account import granted_roles
from members_service.application.identity.grants.follow_up import GrantsBefore
from members_service.application.identity.work import IdentityWorkFactory
from members_service.application.passwords_and_pins import Passwords
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.email import Email, EmailTaken, InvalidEmail
from members_service.domain.identity.account import Account, Activation
from members_service.domain.identity.password import PasswordRules
from members_service.domain.identity.roles import NoRole, TooManyRoles, UnknownRole, some_roles
from members_service.domain.one_time_token import digest
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.kernel.rights import RightMissing


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account; its owner chooses the password where none is given. `member_id` is the member whose it is, if any.

    `by` is the account that opens it, None for the command line.
    """

    email: str
    password: str | None
    roles: Sequence[str]
    member_id: UUID | None = None
    by: str | None = None


@refuses(
    *(EmailTaken, MemberNotFound, InvalidEmail, NoRole, RightMissing, TooManyRoles, UnknownRole), *PASSWORD_REFUSALS
)
@dataclass(frozen=True, slots=True)
class CreateAccount:
    """Open an account whose owner chooses the password.

    - The answer carries a one-time activation token, shown this once, for the owner: it works once and for 14 days, and
      is void when the account comes to do more.
    - Leave the password out: whoever opens the account should not know it. It is taken for accounts of software that
      cannot activate them, and such an account can sign in at once.
    - The e-mail address is unique among accounts, whatever its case.
    - The password obeys the same rules as every other one.
    - There is at least one role, which counts in all branches; whoever opens the account has its rights there,
      for good.
    - An account may belong to a member, who must exist.
    """

    unit_of_work: IdentityWorkFactory
    passwords: Passwords
    rules: PasswordRules
    secret_generator: SecretGenerator
    clock: Clock

    async def __call__(self, command: NewAccount, receipt: Receipt | None = None) -> OpenedAccount:
        email = Email.parse(command.email)
        roles = some_roles(command.roles)
        password_hash = None
        if command.password is not None:
            self.rules.check(command.password, email=email.address)
            password_hash = await self.passwords.hash(command.password)
        now = self.clock.now()
        async with self.unit_of_work(receipt) as uow:
            owner = None if command.member_id is None else (await uow.members.get(command.member_id)).id
            await granted_roles(roles, (), uow=uow)
            if await uow.accounts.has_email(email):
                raise EmailTaken
            opened = partial(Account, id=new_id(), email=email, roles=roles, member_id=owner, now=now)
            if password_hash is not None:
                account = opened(password_hash=password_hash)
                answer = OpenedAccount(AccountView.of(account))
            else:
                token = self.secret_generator.secret()
                activation = Activation.begin(digest(token), from_desk=False, now=now)
                account = opened(activation=activation)
                answer = OpenedAccount(AccountView.of(account), token, activation.expires_at)
            uow.accounts.add(account)
            GrantsBefore().announce(account, uow=uow, now=now, on_record=False)
            uow.audit.add(
                AuditRecord(
                    AuditAction.ACCOUNT_OPENED,
                    now,
                    by=command.by,
                    account_id=account.id,
                    member_id=owner,
                    facts={"roles": " ".join(answer.account.roles)},
                )
            )
            await uow.commit(answer=answer)
        return answer
