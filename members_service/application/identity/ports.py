"""The ports of identity; each use case gets the few that it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from members_service.application.identity.accounts.ports import RecoveryTokens
from members_service.application.identity.accounts.queries import AccountQueries
from members_service.application.identity.accounts.show_desk_key import DeskKeys
from members_service.application.identity.grants.grant_role import BranchCodes
from members_service.application.identity.grants.queries import GrantQueries
from members_service.application.identity.passkeys.ports import PasskeyPorts
from members_service.application.identity.providers.ports import Providers, SealedNotes
from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.application.identity.sessions.ports import AccessTokens, RefreshTokens
from members_service.application.identity.sessions.queries import RevocationQueries, SessionQueries
from members_service.application.identity.sign_in.ports import Assertions, Cards
from members_service.application.identity.work import IdentityWorkFactory
from members_service.application.passwords_and_pins import Passwords
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.identity.client import PublicClient, ServiceClient
from members_service.domain.identity.password import PasswordRules
from members_service.persistence.identity.attempts import SignInThrottle
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class IdentityPorts:
    """`password_grant`: whether clients may hand a password in themselves.

    `allows_provider`: whether an identity provider on this host may be asked without https, or in our own network.
    """

    unit_of_work: IdentityWorkFactory
    accounts: AccountQueries
    grants: GrantQueries
    branches: BranchCodes
    revocations: RevocationQueries
    sessions: SessionQueries
    second_factor: SecondFactorPorts
    passkeys: PasskeyPorts
    throttle: SignInThrottle
    passwords: Passwords
    pins: Passwords
    password_rules: PasswordRules
    tokens: AccessTokens
    refresh_tokens: RefreshTokens
    recovery_tokens: RecoveryTokens
    desk_keys: DeskKeys
    clients: Mapping[str, ServiceClient]
    public_clients: Mapping[str, PublicClient]
    assertions: Assertions
    cards: Cards
    password_grant: bool
    providers: Providers
    notes: SealedNotes
    allows_provider: Callable[[str], bool]
    secret_generator: SecretGenerator
    clock: Clock
