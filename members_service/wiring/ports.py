"""Which adapters are the ports of the use cases."""

from collections.abc import AsyncIterator
from datetime import UTC, timedelta, tzinfo
from zoneinfo import ZoneInfo

from members_service.adapters.identity.access_tokens import SignedAccessTokens
from members_service.adapters.identity.common_passwords import password_rules
from members_service.adapters.identity.desk_keys import derived_desk_keys
from members_service.adapters.identity.openid_providers import OpenIdProviders
from members_service.adapters.identity.pyotp_authenticator import PyotpAuthenticator
from members_service.adapters.identity.sealed_notes import SealedBrowserNotes
from members_service.adapters.identity.sealed_recovery_tokens import SealedRecoveryTokens
from members_service.adapters.identity.signed_assertions import SignedAssertions
from members_service.adapters.identity.signing_keys import SigningKeys
from members_service.adapters.identity.tagged_refresh_tokens import TaggedRefreshTokens
from members_service.adapters.identity.webauthn_passkeys import WebauthnAuthenticators
from members_service.adapters.keyed_pins import KeyedPins
from members_service.adapters.membership import member_files
from members_service.adapters.membership.no_attributes import NoAttributes
from members_service.adapters.membership.printed_cards import draw_cards
from members_service.adapters.membership.sealed_files import SealedFiles
from members_service.adapters.notices.late_letters import draw_letters
from members_service.adapters.notices.late_templates import LateTemplates
from members_service.adapters.notices.shipped_templates import ShippedInToml
from members_service.adapters.notices.unsubscribe_tokens import UnsubscribeTokens
from members_service.adapters.os_secret_generator import OsSecretGenerator
from members_service.application.identity.accounts.members_accounts import MembersAccounts
from members_service.application.identity.accounts.queries import AccountQueries
from members_service.application.identity.grants.queries import GrantQueries
from members_service.application.identity.passkeys.ports import PasskeyPorts
from members_service.application.identity.ports import IdentityPorts
from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.application.identity.sessions.queries import RevocationQueries, SessionQueries
from members_service.application.membership.applications.queries import ApplicationQueries
from members_service.application.membership.cards.queries import PrintedCardQueries
from members_service.application.membership.desk_messages.queries import DeskMessageQueries
from members_service.application.membership.home_branch import LibraryBranches
from members_service.application.membership.moving_in.import_members import MemberRecords
from members_service.application.membership.photos.queries import PhotoQueries
from members_service.application.membership.queries import CategoryQueries, MemberQueries
from members_service.application.membership.standing.queries import StandingQueries
from members_service.application.membership.use_cases import MembershipPorts
from members_service.application.notices.letters.queries import LetterQueries
from members_service.application.notices.letters.use_cases import LetterPorts
from members_service.application.notices.preferences.queries import PreferenceQueries
from members_service.application.notices.queries import MessageQueries, SettingsQueries
from members_service.application.notices.sending import SendingPorts
from members_service.application.notices.templates.queries import TemplateQueries
from members_service.application.notices.words import WordsPorts
from members_service.application.passwords_and_pins import Passwords
from members_service.application.ports import BackgroundPorts, Ports
from members_service.application.privacy.queries import AuditQueries, ExpiredMemberships, PersonalRecordQueries
from members_service.application.privacy.undo_members import Borrowing
from members_service.application.privacy.use_cases import PrivacyPorts
from members_service.domain.membership.personal_details import AttributeRules
from members_service.domain.notices.notice_settings import SILENT, NoticeDefaults
from members_service.domain.statistics import MEMBERS
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.attempts import SignInThrottle
from members_service.persistence.membership.member_levels import MemberLevels
from members_service.persistence.membership.tables import import_profiles, imports
from members_service.persistence.schema import plumbing
from members_service.persistence.unit_of_work import UnitOfWork
from members_service.settings import BackgroundSettings, Settings
from shared.kernel.clock import Clock
from shared.kernel.imports import ImportJob, Start
from shared.kernel.receipts import Receipt, UnitOfWorkFactory
from shared.persistence.cube.levels import Levels, WriteLevels
from shared.persistence.database import Database
from shared.persistence.import_profiles import SqlImportProfiles
from shared.persistence.imports import SqlImportJobs
from shared.tasks import WakeUp


def notice_defaults_of(settings: BackgroundSettings) -> NoticeDefaults:
    """Return what holds of notices until the library has set them up."""
    zone = ZoneInfo(settings.library_timezone)
    return NoticeDefaults(settings.notices, zone, has_mail=settings.mail_from is not None)


class JoinedWork(UnitOfWork):
    """A transaction in which membership reaches the accounts that identity keeps: neither knows of the other."""

    @property
    def accounts_of_members(self) -> MembersAccounts:
        """What membership asks of accounts, done in this transaction."""
        return MembersAccounts(self)


def signing_keys_of(settings: Settings) -> SigningKeys:
    """Return the service's own keys, not yet read."""
    return SigningKeys(settings.signing_keys_file, make_missing=settings.make_signing_key, lead=settings.key_lead)


def data_keys_of(settings: BackgroundSettings) -> DataKeys:
    """Return the keys for personal data, not yet read."""
    return DataKeys(settings.data_keys_file, make_missing=settings.make_data_keys)


def unsubscribe_tokens_of(data_keys: DataKeys) -> UnsubscribeTokens:
    """Return what makes and reads the tokens of links in mails."""
    return UnsubscribeTokens(lambda: data_keys.secret("unsubscribe"))


def unit_of_work_factory(
    database: Database,
    keys: DataKeys,
    clock: Clock,
    wake_up: WakeUp,
    notices: NoticeDefaults = SILENT,
    *,
    zone: tzinfo = UTC,
) -> UnitOfWorkFactory[JoinedWork]:
    """Return what opens a transaction; each notifies `wake_up` when it is committed."""

    def unit_of_work(receipt: Receipt | None = None) -> JoinedWork:
        notify = wake_up.notify
        return JoinedWork(
            database, keys=keys, clock=clock, receipt=receipt, on_commit=notify, notices=notices, zone=zone
        )

    return unit_of_work


def work_of(
    settings: BackgroundSettings, database: Database, keys: DataKeys, clock: Clock, wake_up: WakeUp
) -> UnitOfWorkFactory[JoinedWork]:
    """Return what opens a transaction, with the library's own settings."""
    notices, zone = notice_defaults_of(settings), ZoneInfo(settings.library_timezone)
    return unit_of_work_factory(database, keys, clock, wake_up, notices, zone=zone)


def member_photographs_of(
    settings: BackgroundSettings, database: Database, keys: DataKeys, clock: Clock
) -> WriteLevels:
    """Return what writes down how many members there are: once a day, because days of birth are unsealed for it."""
    zone = ZoneInfo(settings.library_timezone)
    levels = Levels(database, plumbing.cube, MEMBERS.name, MEMBERS.dimensions)
    return WriteLevels(MemberLevels(database, keys, zone), levels, clock, zone, again=False)


def background_ports_of(
    settings: BackgroundSettings,
    database: Database,
    branches: LibraryBranches,
    lending: Borrowing,
    *,
    data_keys: DataKeys,
    clock: Clock,
    wake_up: WakeUp,
) -> BackgroundPorts:
    """Return what the use cases need where nothing is signed."""
    membership = _membership_ports_of(settings, database, branches, data_keys=data_keys, clock=clock, wake_up=wake_up)
    days = settings.expired_kept_days
    unit_of_work = work_of(settings, database, data_keys, clock, wake_up)
    privacy = PrivacyPorts(
        unit_of_work=unit_of_work,
        audit=AuditQueries(database),
        records=PersonalRecordQueries(database, data_keys),
        expired=ExpiredMemberships(database),
        borrowing=lending,
        expired_kept_for=None if days is None else timedelta(days=days),
        clock=clock,
        zone=membership.zone,
    )
    words = _words_ports_of(database, membership, unit_of_work, data_keys)
    sending = SendingPorts(
        unit_of_work=unit_of_work,
        member_work=membership.unit_of_work,
        messages=MessageQueries(database, data_keys),
        settings=SettingsQueries(database, notice_defaults_of(settings)),
        clock=clock,
    )
    letters = LetterPorts(
        unit_of_work, LetterQueries(database, data_keys), draw_letters, branches, clock, membership.zone
    )
    return BackgroundPorts(membership, privacy, words, sending, letters)


def ports_of(
    settings: Settings,
    database: Database,
    branches: LibraryBranches,
    lending: Borrowing,
    *,
    data_keys: DataKeys,
    signing_keys: SigningKeys,
    passwords: Passwords,
    clock: Clock,
    wake_up: WakeUp,
) -> Ports:
    """Return everything that the use cases need."""
    background = background_ports_of(
        settings, database, branches, lending, data_keys=data_keys, clock=clock, wake_up=wake_up
    )
    tokens = SignedAccessTokens(signing_keys, issuer=settings.auth_issuer)
    identity = IdentityPorts(
        unit_of_work=work_of(settings, database, data_keys, clock, wake_up),
        accounts=AccountQueries(database, data_keys),
        grants=GrantQueries(database, clock),
        branches=branches,
        revocations=RevocationQueries(database),
        sessions=SessionQueries(database, data_keys),
        second_factor=_second_factor_ports_of(settings, data_keys),
        passkeys=PasskeyPorts(WebauthnAuthenticators(), lambda: data_keys.secret("passkeys")),
        throttle=SignInThrottle(database, data_keys),
        cards=background.membership.members,
        passwords=passwords,
        pins=background.membership.pins,
        password_rules=password_rules(),
        tokens=tokens,
        refresh_tokens=TaggedRefreshTokens(data_keys),
        recovery_tokens=SealedRecoveryTokens(data_keys),
        desk_keys=derived_desk_keys(lambda: data_keys.secret("desk keys")),
        clients=settings.service_clients,
        public_clients=settings.public_clients,
        assertions=SignedAssertions(database, {name: one.jwk for name, one in settings.clients.items() if one.jwk}),
        password_grant=settings.password_grant_is_offered,
        providers=OpenIdProviders(allowed=settings.allows_provider, ca_file=settings.tls_ca_file),
        notes=SealedBrowserNotes(data_keys),
        allows_provider=settings.allows_provider,
        secret_generator=background.membership.secret_generator,
        clock=clock,
    )
    one = background
    return Ports(one.membership, one.privacy, one.words, one.sending, one.letters, identity, tokens)


def _membership_ports_of(
    settings: BackgroundSettings,
    database: Database,
    branches: LibraryBranches,
    *,
    data_keys: DataKeys,
    clock: Clock,
    wake_up: WakeUp,
) -> MembershipPorts:
    throttle, cipher = SignInThrottle(database, data_keys), SealedFiles(data_keys)
    return MembershipPorts(
        unit_of_work=work_of(settings, database, data_keys, clock, wake_up),
        members=MemberQueries(database, data_keys),
        printed_cards=PrintedCardQueries(database),
        draw_cards=draw_cards,
        standings=StandingQueries(database, data_keys),
        desk_messages=DeskMessageQueries(database, data_keys),
        photos=PhotoQueries(database, data_keys),
        applications=ApplicationQueries(database, data_keys),
        categories=CategoryQueries(database),
        branches=branches,
        attributes=_attribute_rules_of(settings),
        pins=KeyedPins(data_keys),
        application_throttle=throttle,
        email_throttle=throttle,
        pin_throttle=throttle,
        secret_generator=OsSecretGenerator(),
        imports=SqlImportJobs(database, imports, plumbing, clock=clock, on_commit=wake_up.notify, cipher=cipher),
        profiles=SqlImportProfiles(database, import_profiles),
        check_file=_check_file,
        read_file=_read_file,
        clock=clock,
        zone=ZoneInfo(settings.library_timezone),
        of_age=settings.of_age,
    )


def _words_ports_of(
    database: Database, membership: MembershipPorts, unit_of_work: UnitOfWorkFactory[JoinedWork], data_keys: DataKeys
) -> WordsPorts:
    return WordsPorts(
        unit_of_work=unit_of_work,
        template_work=unit_of_work,
        templates=TemplateQueries(database),
        engine=LateTemplates(),
        shipped=ShippedInToml(),
        members=membership.members,
        categories=membership.categories,
        preferences=PreferenceQueries(database),
        unsubscribe_tokens=unsubscribe_tokens_of(data_keys),
        branches=membership.branches,
        clock=membership.clock,
        zone=membership.zone,
    )


def _second_factor_ports_of(settings: Settings, data_keys: DataKeys) -> SecondFactorPorts:
    requirement = settings.require_second_factor
    return SecondFactorPorts(PyotpAuthenticator(), requirement, lambda: data_keys.secret("sign-in steps"))


def _attribute_rules_of(settings: BackgroundSettings) -> AttributeRules:
    if settings.attributes_schema is None:
        return NoAttributes()

    from members_service.adapters.membership import json_schema_attributes  # noqa: PLC0415 - as in settings.py

    return json_schema_attributes.JsonSchemaAttributeRules(settings.attributes_schema)


def _check_file(command: Start) -> None:
    member_files.check(command)


def _read_file(job: ImportJob, pieces: AsyncIterator[bytes]) -> MemberRecords:
    return member_files.READERS[job.format](pieces, job.mapping)
