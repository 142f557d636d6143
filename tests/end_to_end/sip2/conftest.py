"""The gateway for machines beside the library in each of its gears."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.end_to_end.gears import EmbeddedLibrary, ProductionLibrary
from tests.end_to_end.sip2.machines import Gateway, Site, account, told_of


@pytest.fixture(scope="package")
async def gateway(production_for_all: ProductionLibrary) -> AsyncIterator[Gateway]:
    """The gateway as a process of its own, with three accounts."""
    utf8 = {"encoding": "utf-8", "terminator": "CRLF", "language": "fr"}
    process = Gateway(
        production_for_all.services, [account(), account("gate", "gate"), account("app", "selfcheck", **utf8)]
    )
    await asyncio.to_thread(process.start)
    yield process
    told = process.told()
    await asyncio.to_thread(process.close)
    assert "" == told_of(told)


@pytest.fixture
def site(production_for_all: ProductionLibrary, gateway: Gateway) -> Site:
    """The library of seven processes, and its gateway."""
    return Site(production_for_all, gateway.port)


@pytest.fixture(params=["embedded", "production"])
def either(request: pytest.FixtureRequest) -> Site:
    """The library in each of its gears."""
    if request.param == "production":
        found: Site = request.getfixturevalue("site")
        return found
    embedded: EmbeddedLibrary = request.getfixturevalue("embedded")
    return Site(embedded, embedded.sip2)
