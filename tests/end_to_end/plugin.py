"""The running libraries as fixtures, for every suite that wants one; each starts when the first test asks for it."""

import json
from collections.abc import AsyncIterator, Generator
from typing import TYPE_CHECKING, Any

import pytest

from tests.end_to_end.gears import EmbeddedLibrary, ProductionLibrary
from tests.end_to_end.library import Library
from tests.end_to_end.pooled import PooledLibrary

if TYPE_CHECKING:
    from playwright.async_api import Browser

WEBSITE = {"website": {"secret": "the-secret-of-a-website-of-its-own", "scopes": ["members:recover"]}}
_LOG_SHOWN = 1_500  # characters of each log beside a failure


def _what_matters(log: str) -> str:
    return "\n".join(line for line in log.splitlines() if '"log.level":"info"' not in line)[-_LOG_SHOWN:]


@pytest.fixture(scope="session")
async def embedded() -> AsyncIterator[EmbeddedLibrary]:
    """The library of `make run SIP2=1`, with a website of its own."""
    async with EmbeddedLibrary(SIP2="1", MEMBERS_CLIENTS=json.dumps(WEBSITE)) as library:
        yield library


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--through-pgbouncer", action="store_true", help="put PgBouncer before the production gear's PostgreSQL"
    )


@pytest.fixture(scope="session")
async def production_for_all(pytestconfig: pytest.Config) -> AsyncIterator[ProductionLibrary]:
    async with (PooledLibrary if pytestconfig.getoption("--through-pgbouncer") else ProductionLibrary)() as library:
        yield library


@pytest.fixture
async def production(production_for_all: ProductionLibrary) -> AsyncIterator[ProductionLibrary]:
    """The library as seven processes. A test may stop what it likes; afterwards everything is started again."""
    yield production_for_all
    await production_for_all.make_whole()
    await production_for_all.desks_reach_everybody()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator["Browser"]:
    """One for all tests; what each looks at, it opens in a context of its own."""
    from tests.end_to_end.browser import chromium  # noqa: PLC0415 - every suite would pay for that import

    async with chromium() as found:
        yield found


@pytest.fixture(params=["embedded", "production"])
def library(request: pytest.FixtureRequest) -> Library:
    """The library in each of its gears."""
    found: Library = request.getfixturevalue(request.param)
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of each process' log beside a failure."""
    report = yield
    arguments: dict[str, Any] = getattr(item, "funcargs", {})
    if report.failed:
        running = {id(one): one for one in arguments.values() if isinstance(one, Library)}
        for one in running.values():
            report.sections += [(f"log of {name}", _what_matters(text)) for name, text in one.logs().items()]
    return report
