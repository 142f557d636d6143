"""What commands and demo data are given, outside of the web."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from members_service.adapters.identity.argon2_passwords import Argon2Passwords
from members_service.application.use_cases import UseCases
from members_service.persistence.reencryption import seal_everything
from members_service.settings import BackgroundSettings, Settings
from members_service.wiring.ports import data_keys_of, ports_of, signing_keys_of
from members_service.wiring.service import SERVICE
from shared.kernel.clock import SystemClock
from shared.service import opened_database
from shared.tasks import WakeUp


async def reencrypt(settings: BackgroundSettings) -> int:
    """Seal all personal data under the newest key; return how many rows were not."""
    keys = data_keys_of(settings)
    keys.load()
    async with opened_database(SERVICE, settings) as database:
        return await seal_everything(database, keys)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[UseCases]:
    """Give the use cases for as long as something is done with them."""
    from members_service.wiring.lending import NoLending  # noqa: PLC0415 - others need no client
    from members_service.wiring.neighbours import branches_of, neighbours_of  # noqa: PLC0415 - likewise

    data_keys, signing_keys, passwords = data_keys_of(settings), signing_keys_of(settings), Argon2Passwords()
    async with opened_database(SERVICE, settings) as database, aclosing(neighbours_of(settings)) as books:
        try:
            yield UseCases(
                ports_of(
                    settings,
                    database,
                    branches_of(books),
                    NoLending(),
                    data_keys=data_keys,
                    signing_keys=signing_keys,
                    passwords=passwords,
                    clock=SystemClock(),
                    wake_up=WakeUp(),
                )
            )
        finally:
            passwords.close()
