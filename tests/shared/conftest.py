from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.shared.stores import KeptStore, Store, a_store
from tests.shared.things_settings import POSTGRES


@pytest.fixture(scope="session")
async def kept_store(request: pytest.FixtureRequest) -> AsyncIterator[KeptStore]:
    kept = KeptStore(lambda: request.getfixturevalue("postgres_server"))
    yield kept
    await kept.leave()


@pytest.fixture
async def on_postgres(kept_store: KeptStore) -> AsyncIterator[Store]:
    async with kept_store.store(pool_size=2) as made:
        yield made


@pytest.fixture
async def on_sqlite(tmp_path: Path) -> AsyncIterator[Store]:
    async with a_store(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}") as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, kept_store: KeptStore, tmp_path: Path) -> AsyncIterator[Store]:
    """A store on each kind of database."""
    on_sqlite = a_store(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    async with on_sqlite if request.param == "sqlite" else kept_store.store(pool_size=20) as made:
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
