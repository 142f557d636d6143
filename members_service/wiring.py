"""Makes what the use cases are given, out of settings, a database and keys."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from members_service.adapters.data_keys import DataKeys
from members_service.adapters.identity.access_tokens import SignedAccessTokens
from members_service.adapters.identity.argon2_passwords import Argon2Passwords
from members_service.adapters.identity.common_passwords import password_rules
from members_service.adapters.identity.pyotp_authenticator import PyotpAuthenticator
from members_service.adapters.identity.signing_keys import SigningKeys
from members_service.adapters.identity.sql_account_views import SqlAccountViews, SqlSessionViews
from members_service.adapters.identity.sql_assertions import SqlAssertions
from members_service.adapters.identity.sql_attempts import SqlSignInThrottle
from members_service.adapters.identity.sql_revocations import SqlRevocations
from members_service.adapters.identity.tagged_refresh_tokens import TaggedRefreshTokens
from members_service.adapters.membership.json_categories import read_categories
from members_service.adapters.membership.sql_views import SqlMemberViews
from members_service.adapters.os_secret_generator import OsSecretGenerator
from members_service.adapters.privacy.sql_audit import SqlAuditViews
from members_service.adapters.privacy.sql_personal_records import SqlPersonalRecords
from members_service.adapters.sql_unit_of_work import SqlUnitOfWork
from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.application.ports import Ports, UnitOfWork
from members_service.settings import BackgroundSettings, Settings
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.tasks import WakeUp


def signing_keys_of(settings: Settings) -> SigningKeys:
    """Return the service's own keys, not yet read."""
    return SigningKeys(settings.signing_keys_file, make_missing=settings.make_signing_key, lead=settings.key_lead)


def data_keys_of(settings: BackgroundSettings) -> DataKeys:
    """Return the keys for personal data, not yet read."""
    return DataKeys(settings.data_keys_file, make_missing=settings.make_data_keys)


def units_of_work(
    database: Database, data_keys: DataKeys, clock: Clock, wake_up: WakeUp
) -> Callable[[Receipt | None], UnitOfWork]:
    """Return what opens a transaction; each rings `wake_up` when it is committed."""

    def unit_of_work(receipt: Receipt | None) -> UnitOfWork:
        return SqlUnitOfWork(database, keys=data_keys, clock=clock, receipt=receipt, on_commit=wake_up.notify)

    return unit_of_work


def ports_of(
    settings: Settings,
    database: Database,
    *,
    keys: SigningKeys,
    data_keys: DataKeys,
    passwords: Argon2Passwords,
    wake_up: WakeUp,
) -> Ports:
    """Return everything that the use cases need."""
    clock = SystemClock()
    return Ports(
        unit_of_work=units_of_work(database, data_keys, clock, wake_up),
        members=SqlMemberViews(database, data_keys),
        accounts=SqlAccountViews(database, data_keys),
        audit=SqlAuditViews(database),
        revocations=SqlRevocations(database),
        sessions=SqlSessionViews(database),
        second_factor=SecondFactorPorts(
            PyotpAuthenticator(), settings.require_second_factor, lambda: data_keys.secret("sign-in steps")
        ),
        throttle=SqlSignInThrottle(database, data_keys),
        passwords=passwords,
        password_rules=password_rules(),
        tokens=SignedAccessTokens(keys, issuer=settings.auth_issuer),
        refresh_tokens=TaggedRefreshTokens(data_keys),
        clients=settings.service_clients,
        public_clients=settings.public_clients,
        assertions=SqlAssertions(database, {name: one.jwk for name, one in settings.clients.items() if one.jwk}),
        password_grant=settings.password_grant_is_offered,
        categories=read_categories(),
        records=SqlPersonalRecords(database, data_keys),
        secret_generator=OsSecretGenerator(),
        clock=clock,
        zone=ZoneInfo(settings.library_timezone),
    )
