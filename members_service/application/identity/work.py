"""One transaction of identity."""

from typing import Protocol

from members_service.application.identity.accounts.ports import Owners
from members_service.application.work import Work
from members_service.domain.identity.account_events import AccountEvent
from members_service.persistence.identity.accounts import Accounts
from members_service.persistence.identity.attempts import Attempts
from members_service.persistence.identity.passkeys import Passkeys
from members_service.persistence.identity.providers import ForeignIdentities, IdentityProviders
from members_service.persistence.identity.roles import Roles
from members_service.persistence.identity.second_factors import SecondFactors
from members_service.persistence.identity.sessions import Codes, Sessions
from shared.kernel.receipts import UnitOfWorkFactory


class IdentityWork(Work, Protocol):
    """One transaction in which somebody signs in, or an account changes."""

    @property
    def members(self) -> Owners: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def roles(self) -> Roles: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def second_factors(self) -> SecondFactors: ...

    @property
    def codes(self) -> Codes: ...

    @property
    def providers(self) -> IdentityProviders: ...

    @property
    def foreign_identities(self) -> ForeignIdentities: ...

    @property
    def passkeys(self) -> Passkeys: ...

    @property
    def attempts(self) -> Attempts: ...

    def announce(self, event: AccountEvent) -> None:
        """Publish an event of an account with this transaction."""


IdentityWorkFactory = UnitOfWorkFactory[IdentityWork]
