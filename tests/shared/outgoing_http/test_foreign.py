"""A system of others is met at public addresses alone, and hears nothing of our requests."""

from collections.abc import AsyncIterator

import pytest

from shared import context
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient, NeighbourTooSlow
from tests.shared.outgoing_http.sick_server import SickServer, answers, hangs


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_what_leads_into_our_own_network_is_not_asked(server: SickServer, host: str) -> None:
    server.behaves(answers(200, b"{}"))
    url = server.url.replace("127.0.0.1", host)
    client = NeighbourClient(base_url=url, neighbour="other", timeout=0.3, foreign=True, at_home=False)

    with pytest.raises(NeighbourUnavailable):
        await client.get("/things")

    assert [] == server.requests
    await client.aclose()


@pytest.fixture
async def foreign(server: SickServer) -> AsyncIterator[NeighbourClient]:
    client = NeighbourClient(base_url=server.url, neighbour="other", timeout=0.3, foreign=True, largest=10)
    yield client
    await client.aclose()


async def test_it_is_told_neither_of_the_request_nor_how_long_we_wait(
    server: SickServer, foreign: NeighbourClient
) -> None:
    server.behaves(answers(200, b"{}"))

    with context.working_on(context.new_context(request_id="request-1", seconds=10)):
        await foreign.get("/things")

    (request,) = server.requests
    assert not {"x-request-id", "traceparent", "x-request-timeout-ms"} & request.headers.keys()


async def test_a_longer_answer_than_is_allowed_is_not_read(server: SickServer, foreign: NeighbourClient) -> None:
    server.behaves(answers(200, b"x" * 11))

    with pytest.raises(NeighbourUnavailable):
        await foreign.get("/things")


async def test_who_gives_no_answer_in_time_is_told_from_who_gives_none(
    server: SickServer, foreign: NeighbourClient
) -> None:
    server.behaves(hangs)

    with pytest.raises(NeighbourTooSlow):
        await foreign.get("/things")
