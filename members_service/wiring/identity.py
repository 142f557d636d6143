"""What identity reaches the outside by."""

from members_service.adapters.identity.access_tokens import SignedAccessTokens
from members_service.adapters.identity.common_passwords import password_rules
from members_service.adapters.identity.pyotp_authenticator import PyotpAuthenticator
from members_service.adapters.identity.sealed_recovery_tokens import SealedRecoveryTokens
from members_service.adapters.identity.signed_assertions import SignedAssertions
from members_service.adapters.identity.tagged_refresh_tokens import TaggedRefreshTokens
from members_service.application.identity.accounts.queries import AccountQueries
from members_service.application.identity.ports import IdentityPorts
from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.application.identity.sessions.queries import RevocationQueries, SessionQueries
from members_service.application.membership.queries import MemberQueries
from members_service.persistence.identity.attempts import SignInThrottle
from members_service.wiring.resources import Resources


def identity_ports_of(resources: Resources) -> IdentityPorts:
    """Return what identity reaches the outside by."""
    settings, database, data_keys = resources.settings, resources.database, resources.data_keys
    return IdentityPorts(
        unit_of_work=resources.unit_of_work,
        accounts=AccountQueries(database, data_keys),
        revocations=RevocationQueries(database),
        sessions=SessionQueries(database, data_keys),
        second_factor=SecondFactorPorts(
            PyotpAuthenticator(), settings.require_second_factor, lambda: data_keys.secret("sign-in steps")
        ),
        throttle=SignInThrottle(database, data_keys),
        cards=MemberQueries(database, data_keys),
        passwords=resources.passwords,
        pins=resources.pins,
        password_rules=password_rules(),
        tokens=SignedAccessTokens(resources.signing_keys, issuer=settings.auth_issuer),
        refresh_tokens=TaggedRefreshTokens(data_keys),
        recovery_tokens=SealedRecoveryTokens(data_keys),
        clients=settings.service_clients,
        public_clients=settings.public_clients,
        assertions=SignedAssertions(database, {name: one.jwk for name, one in settings.clients.items() if one.jwk}),
        password_grant=settings.password_grant_is_offered,
        secret_generator=resources.secret_generator,
        clock=resources.clock,
    )
