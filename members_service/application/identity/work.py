"""One transaction of identity."""

from typing import Protocol

from members_service.application.identity.accounts.ports import Accounts, Owners
from members_service.application.identity.second_factor.ports import SecondFactors
from members_service.application.identity.sessions.ports import Sessions
from members_service.application.identity.sign_in.ports import Attempts, Codes
from members_service.application.work import Work
from shared.kernel.receipts import Opens


class IdentityWork(Work, Protocol):
    """One transaction in which somebody signs in, or an account changes."""

    @property
    def members(self) -> Owners: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def second_factors(self) -> SecondFactors: ...

    @property
    def codes(self) -> Codes: ...

    @property
    def attempts(self) -> Attempts: ...


OpensIdentityWork = Opens[IdentityWork]
