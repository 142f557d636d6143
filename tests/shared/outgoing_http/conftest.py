from collections.abc import AsyncIterator

import pytest

from shared.outgoing_http import NeighbourClient
from tests.shared.outgoing_http.sick_server import SickServer, a_sick_server


@pytest.fixture
async def server() -> AsyncIterator[SickServer]:
    async with a_sick_server() as sick:
        yield sick


@pytest.fixture
async def client(server: SickServer) -> AsyncIterator[NeighbourClient]:
    made = NeighbourClient(base_url=server.url, neighbour="things", timeout=0.4)
    yield made
    await made.aclose()


@pytest.fixture
async def patient(server: SickServer) -> AsyncIterator[NeighbourClient]:
    """A client whose time never runs out, however busy the machine is."""
    made = NeighbourClient(base_url=server.url, neighbour="things", timeout=60)
    yield made
    await made.aclose()
