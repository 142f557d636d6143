"""The token with which lending asks its neighbours."""

import pytest

from loans_service.adapters.own_token import OwnToken
from loans_service.application.neighbours import CopyKey
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient
from tests.loans.adapters.neighbour import LENDABILITY, Neighbour, books, found


async def test_a_token_is_fetched_once_and_again_in_good_time(neighbour: Neighbour, client: NeighbourClient) -> None:
    time = 0.0
    token = OwnToken(client, client_id="loans", client_secret="secret", monotonic=lambda: time)

    first, second = await token.header(), await token.header()
    time = 0.81 * 900
    third = await token.header()

    assert first == second
    assert {"Authorization": "Bearer token-2"} == third


async def test_a_token_that_still_lasts_is_used_while_members_does_not_answer(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    time = 0.0
    token = OwnToken(client, client_id="loans", client_secret="secret", monotonic=lambda: time)
    first = await token.header()
    neighbour.token_status = 503

    time = 890.0
    assert first == await token.header()
    time = 899.0
    with pytest.raises(NeighbourUnavailable):
        await token.header()


async def test_a_token_that_a_neighbour_rejects_is_fetched_anew(neighbour: Neighbour, client: NeighbourClient) -> None:
    neighbour.status = 401
    catalogue = books(client)
    with pytest.raises(NeighbourUnavailable):
        await catalogue.lendable_copy(CopyKey(barcode="x"))

    neighbour.status, neighbour.body = 200, found(LENDABILITY)
    await catalogue.lendable_copy(CopyKey(barcode="x"))

    assert ["Bearer token-1", "Bearer token-2"] == [request.headers["Authorization"] for request in neighbour.asked]


async def test_wrong_credentials_are_named_as_such(neighbour: Neighbour, client: NeighbourClient) -> None:
    neighbour.token_status = 401

    with pytest.raises(NeighbourUnavailable, match="LOANS_CLIENT_SECRET"):
        await books(client).lendable_copy(CopyKey(barcode="x"))
