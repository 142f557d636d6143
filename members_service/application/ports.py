"""What the use cases of identity are given. The ports themselves stand beside their concept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from members_service.application.identity.accounts.account_views import AccountViews
from members_service.application.identity.accounts.ports import Passwords
from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.application.identity.sessions.ports import AccessTokens, RefreshTokens
from members_service.application.identity.sessions.session_views import RevocationViews, SessionViews
from members_service.application.identity.sign_in.ports import Assertions, SignInThrottle
from members_service.application.privacy.ports import PrivacyWork
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.identity.client import PublicClient, ServiceClient
from members_service.domain.identity.password import PasswordRules
from shared.kernel.clock import Clock
from shared.kernel.receipts import Receipt


class UnitOfWork(PrivacyWork, Protocol):
    """One transaction of any concept; privacy's has all of them in it."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that the use cases of identity are given; chosen in wiring/identity.py."""

    unit_of_work: Callable[[Receipt | None], UnitOfWork]
    accounts: AccountViews
    revocations: RevocationViews
    sessions: SessionViews
    second_factor: SecondFactorPorts
    throttle: SignInThrottle
    passwords: Passwords
    password_rules: PasswordRules
    tokens: AccessTokens
    refresh_tokens: RefreshTokens
    clients: Mapping[str, ServiceClient]
    public_clients: Mapping[str, PublicClient]
    assertions: Assertions
    password_grant: bool
    secret_generator: SecretGenerator
    clock: Clock
