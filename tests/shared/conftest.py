from collections.abc import AsyncIterator

import pytest

from tests.shared.stores import Store, a_store
from tests.shared.things_settings import POSTGRES


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store on each kind of database."""
    async with a_store(database_url) as made:
        yield made


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What is required is there; everything else is not."""
    names = ["LOG_LEVEL", "LOG_FORMAT", "RABBITMQ_URL", "CORS_ALLOW_ORIGINS", "LIBRARY_TIMEZONE", "AUTH_ISSUER"]
    for name in [
        *names,
        "TRUSTED_PROXIES",
        "THINGS_ALLOWED_HOSTS",
        "TLS_CERTIFICATE_FILE",
        "TLS_KEY_FILE",
        "TLS_CA_FILE",
        "RABBITMQ_TLS",
    ]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("THINGS_DATABASE_URL", POSTGRES)
    monkeypatch.setenv("THINGS_SECRET", "s3cret")
    return monkeypatch
