"""A neighbour that answers what a test tells it to, and a branch on PostgreSQL."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.kernel.ids import new_id
from shared.outgoing_http import NeighbourClient
from tests.kept_database import Kept
from tests.loans.adapters.neighbour import Neighbour
from tests.loans.branch import Branch
from tests.loans.makers import a_copy


@pytest.fixture
def neighbour() -> Neighbour:
    return Neighbour()


@pytest.fixture
async def client(neighbour: Neighbour) -> AsyncIterator[NeighbourClient]:
    transport = httpx.MockTransport(neighbour.answer)
    client = NeighbourClient(base_url="http://neighbour", neighbour="test", transport=transport)
    yield client
    await client.aclose()


@pytest.fixture
def branch(kept_postgres: Kept) -> Branch:
    """A branch with ten copies of one book, C0 to C9."""
    copies = (a_copy(copy_id=new_id(), barcode=f"C{number}") for number in range(10))
    return Branch(kept_postgres.database, *copies)
