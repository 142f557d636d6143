"""What is opened once per process, and what every concept's use cases are made of."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from members_service.adapters.identity.signing_keys import SigningKeys
from members_service.adapters.os_secret_generator import OsSecretGenerator
from members_service.application.identity.accounts.members_accounts import MembersAccounts
from members_service.application.membership.home_branch import LibraryBranches
from members_service.application.passwords_and_pins import Passwords
from members_service.application.secret_generator import SecretGenerator
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.unit_of_work import UnitOfWork
from members_service.settings import BackgroundSettings, Settings
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.receipts import Receipt, UnitOfWorkFactory
from shared.persistence.database import Database
from shared.tasks import WakeUp


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What every process has open, the one in the background, too."""

    settings: BackgroundSettings
    database: Database
    data_keys: DataKeys
    pins: Passwords
    branches: LibraryBranches
    wake_up: WakeUp
    clock: Clock = field(default_factory=SystemClock)
    secret_generator: SecretGenerator = field(default_factory=OsSecretGenerator)

    @property
    def unit_of_work(self) -> UnitOfWorkFactory[JoinedWork]:
        """What opens a transaction; each rings `wake_up` when it is committed."""

        def opened(receipt: Receipt | None = None) -> JoinedWork:
            return JoinedWork(
                self.database,
                keys=self.data_keys,
                clock=self.clock,
                receipt=receipt,
                on_commit=self.wake_up.notify,
            )

        return opened

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the library writes its days."""
        return ZoneInfo(self.settings.library_timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources(Opened):
    """What a process has open besides that answers requests."""

    settings: Settings
    signing_keys: SigningKeys
    passwords: Passwords
