"""The use cases of identity."""

from members_service.adapters.identity.access_tokens import SignedAccessTokens
from members_service.adapters.identity.common_passwords import password_rules
from members_service.adapters.identity.pyotp_authenticator import PyotpAuthenticator
from members_service.adapters.identity.sql_account_views import SqlAccountViews, SqlSessionViews
from members_service.adapters.identity.sql_assertions import SqlAssertions
from members_service.adapters.identity.sql_attempts import SqlSignInThrottle
from members_service.adapters.identity.sql_revocations import SqlRevocations
from members_service.adapters.identity.tagged_refresh_tokens import TaggedRefreshTokens
from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.application.ports import Ports
from members_service.wiring.resources import Resources


def ports_of(resources: Resources) -> Ports:
    """Return everything that the use cases need."""
    settings, database, data_keys = resources.settings, resources.database, resources.data_keys
    return Ports(
        unit_of_work=resources.unit_of_work,
        accounts=SqlAccountViews(database, data_keys),
        revocations=SqlRevocations(database),
        sessions=SqlSessionViews(database),
        second_factor=SecondFactorPorts(
            PyotpAuthenticator(), settings.require_second_factor, lambda: data_keys.secret("sign-in steps")
        ),
        throttle=SqlSignInThrottle(database, data_keys),
        passwords=resources.passwords,
        password_rules=password_rules(),
        tokens=SignedAccessTokens(resources.signing_keys, issuer=settings.auth_issuer),
        refresh_tokens=TaggedRefreshTokens(data_keys),
        clients=settings.service_clients,
        public_clients=settings.public_clients,
        assertions=SqlAssertions(database, {name: one.jwk for name, one in settings.clients.items() if one.jwk}),
        password_grant=settings.password_grant_is_offered,
        secret_generator=resources.secret_generator,
        clock=resources.clock,
    )
