"""A neighbour that answers what a test tells it to."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.outgoing_http import NeighbourClient
from tests.loans.adapters.neighbour import Neighbour


@pytest.fixture
def neighbour() -> Neighbour:
    return Neighbour()


@pytest.fixture
async def client(neighbour: Neighbour) -> AsyncIterator[NeighbourClient]:
    transport = httpx.MockTransport(neighbour.answer)
    client = NeighbourClient(base_url="http://neighbour", neighbour="test", transport=transport)
    yield client
    await client.aclose()
