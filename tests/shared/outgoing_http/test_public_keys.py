"""Keys read from the service that publishes them, and what is said when it does not answer."""

import json

import pytest

from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient, published_keys
from shared.tokens import SigningKey
from tests.shared.outgoing_http.sick_server import SickServer, answers

KEY = SigningKey.generate()
KEY_SET = json.dumps({"keys": [KEY.public_jwk()]}).encode()


@pytest.mark.parametrize(("address", "target"), [(None, "/.well-known/jwks.json"), ("/keys", "/keys")])
async def test_keys_are_read_where_their_publisher_shows_them(
    server: SickServer, client: NeighbourClient, address: str | None, target: str
) -> None:
    server.behaves(answers(200, KEY_SET))

    keys = published_keys(client, address)

    assert await keys.key(KEY.kid) is not None
    assert [target] == [request.target for request in server.requests]


@pytest.mark.parametrize("answer", [(404, b"{}"), (200, b"no JSON"), (200, b"[]"), (200, b'{"keys": 7}')])
async def test_an_answer_without_keys_is_none(
    server: SickServer, client: NeighbourClient, answer: tuple[int, bytes]
) -> None:
    server.behaves(answers(*answer))

    with pytest.raises(NeighbourUnavailable):
        await published_keys(client, None).load()
