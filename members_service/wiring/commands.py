"""What commands and demo data are given, outside of the web."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from members_service.adapters.identity.argon2_passwords import Argon2Passwords
from members_service.adapters.keyed_pins import KeyedPins
from members_service.persistence.reencryption import seal_everything
from members_service.settings import BackgroundSettings, Settings
from members_service.wiring.resources import Resources, data_keys_of, signing_keys_of
from members_service.wiring.service import SERVICE
from members_service.wiring.use_cases import UseCases, use_cases_of
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
    from members_service.wiring.neighbours import books_of, branches_of  # noqa: PLC0415 - others need no client

    keys, data_keys, passwords = signing_keys_of(settings), data_keys_of(settings), Argon2Passwords()
    async with opened_database(SERVICE, settings) as database, aclosing(books_of(settings)) as books:
        try:
            yield use_cases_of(
                Resources(
                    settings=settings,
                    database=database,
                    signing_keys=keys,
                    data_keys=data_keys,
                    pins=KeyedPins(data_keys),
                    branches=branches_of(books),
                    passwords=passwords,
                    wake_up=WakeUp(),
                )
            )
        finally:
            passwords.close()
