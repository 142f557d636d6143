"""The servers and databases that every suite may ask for; each starts when the first test asks for it."""

import gc
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import hypothesis
import pytest
import structlog

from shared.heap import settle
from shared.persistence.database import Database
from tests.authority import Authority
from tests.encrypted_servers import EncryptedPostgres, EncryptedRabbit
from tests.kept_database import Kept
from tests.ports import HOST
from tests.roles import TwoRoles
from tests.servers import PostgresServer, RabbitServer
from tests.templates import Templates

# What speaks HTTP here looks for it with each request, and would search every folder of the path for it in vain.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # Python's own way to say that there is none

# Spare every test the colours of each line, and the long story of each exception that it causes on purpose.
structlog.configure(
    processors=[structlog.processors.add_log_level, structlog.processors.KeyValueRenderer(key_order=["level", "event"])]
)

# A shell that runs the tests in the background has told them, and what they start, to heed no interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.end_to_end.plugin"]  # the running libraries, for the suites that look from outside

# No example is too slow: that depends on what else the machine does. Fixtures are told to empty themselves.
hypothesis.settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("patient")

_numbers = count(1)


gc.disable()  # what is imported until then stays, and was looked through again and again


def pytest_collection_finish() -> None:
    """Hide from the garbage collector what stays until the end, and let it look as seldom as in life."""
    settle()
    gc.enable()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def rabbit_server() -> Iterator[RabbitServer]:
    with RabbitServer() as server:
        yield server


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def encrypted_postgres(authority: Authority) -> Iterator[EncryptedPostgres]:
    with EncryptedPostgres(authority.issue(HOST, file="postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def encrypted_rabbit(authority: Authority) -> Iterator[EncryptedRabbit]:
    with EncryptedRabbit(authority.issue(HOST, file="rabbit"), authority.file) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty database that this test has for itself."""
    name = f"test_{next(_numbers)}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


@pytest.fixture
def two_roles(postgres_server: PostgresServer) -> Iterator[TwoRoles]:
    """An empty database that one role owns, and another role that has no rights yet."""
    name = f"test_{next(_numbers)}"
    yield TwoRoles.in_new_database(postgres_server, name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
async def templates(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Templates]:
    made = Templates(tmp_path_factory.mktemp("templates"), lambda: request.getfixturevalue("postgres_server"))
    yield made
    await made.leave()


@pytest.fixture
async def kept_sqlite(package: str, templates: Templates) -> Kept:
    """The SQLite database of the service whose `package` the suite names, as the migrations left it."""
    return await templates.kept("sqlite", package)


@pytest.fixture
async def kept_postgres(package: str, postgres_server: PostgresServer, templates: Templates) -> Kept:
    """The one on PostgreSQL, as the migrations left it."""
    return await templates.kept("postgres", package)


@pytest.fixture(params=["sqlite", "postgres"])
async def kept(request: pytest.FixtureRequest, package: str, templates: Templates) -> Kept:
    """Its database of each kind, as the migrations left it."""
    if request.param == "postgres":
        request.getfixturevalue("postgres_server")
    return await templates.kept(request.param, package)


@pytest.fixture
def database(kept: Kept) -> Database:
    """That database, open."""
    return kept.database


@pytest.fixture
def sqlite_database(kept_sqlite: Kept) -> Database:
    """Without a server: for use cases, whose SQL is proved on both kinds elsewhere."""
    return kept_sqlite.database


@pytest.fixture
def migrated_url(kept: Kept) -> str:
    """The address of that database."""
    return kept.url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind that the services run on."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
