"""The servers and databases that every suite may ask for; each starts when the first test asks for it.

And how two processes share the tests out (`--numprocesses 2`): each part runs in one of them.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.servers import PostgresServer, RabbitServer

pytest_plugins = ["tests.end_to_end.plugin"]  # the running libraries, for the suites that look from outside

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def rabbit_server() -> Iterator[RabbitServer]:
    with RabbitServer() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty database that this test has for itself."""
    name = f"test_{next(_numbers)}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind that the services run on."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


_ONE_LIBRARY = ("contracts", "end_to_end", "faults")  # what looks at running libraries shares them, in one process
_LONGEST = ("deploy", "one library")


def _part(path: str) -> str:
    folder = path.split("/")[1]
    if folder in _ONE_LIBRARY:
        return "one library"
    return folder if folder == "deploy" else path


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not hasattr(config, "workerinput"):
        return  # all in one process, in the order of the files
    parts = {item: _part(item.nodeid.partition("::")[0]) for item in items}
    for item, part in parts.items():
        item.add_marker(pytest.mark.xdist_group(part))
    items.sort(key=lambda item: parts[item] not in _LONGEST)  # what takes longest is begun first
