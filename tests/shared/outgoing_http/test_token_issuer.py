"""What the issuer of tokens tells: its keys, and what it has revoked; and what is said when it does not answer."""

import asyncio
import json
from urllib.parse import unquote

import pytest

from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient
from shared.outgoing_http.token_issuer import TokenIssuer
from shared.tokens import JwksKeys, SigningKey
from tests.shared.outgoing_http.sick_server import SickServer, answers

KEY = SigningKey.generate()
KEY_SET = json.dumps({"keys": [KEY.public_jwk()]}).encode()


@pytest.mark.parametrize(("address", "target"), [(None, "/.well-known/jwks.json"), ("/keys", "/keys")])
async def test_keys_are_read_where_their_publisher_shows_them(
    server: SickServer, client: NeighbourClient, address: str | None, target: str
) -> None:
    server.behaves(answers(200, KEY_SET))

    keys = TokenIssuer(client, address).keys

    assert await keys.key(KEY.kid) is not None
    assert [target] == [request.target for request in server.requests]


@pytest.mark.parametrize("answer", [(404, b"{}"), (200, b"no JSON"), (200, b"[]"), (200, b'{"keys": 7}')])
async def test_an_answer_without_keys_is_none(
    server: SickServer, client: NeighbourClient, answer: tuple[int, bytes]
) -> None:
    server.behaves(answers(*answer))

    with pytest.raises(NeighbourUnavailable):
        await TokenIssuer(client, None).keys.load()


@pytest.mark.parametrize(
    ("address", "target"),
    [(None, "/v1/auth/revocations"), ("/members/.well-known/jwks.json", "/members/v1/auth/revocations")],
)
async def test_what_was_revoked_is_asked_for_beside_the_keys(
    server: SickServer, client: NeighbourClient, address: str | None, target: str
) -> None:
    page = {"items": [{"sid": "one", "revoked_at": "2026-03-02T12:00:00Z"}], "next_cursor": None}
    server.behaves(answers(200, json.dumps(page).encode()))
    issuer, stop = TokenIssuer(client, address), asyncio.Event()

    following = asyncio.create_task(issuer.follow(0.01, stop))
    async with asyncio.timeout(30):
        while len(server.requests) < 3:
            await asyncio.sleep(0.01)
    stop.set()
    await following

    assert "one" in issuer.revoked
    first, second, *_ = (request.target for request in server.requests)
    assert f"{target}?limit=1000" == first
    assert f"{target}?limit=1000&since=2026-03-02T11:59:00+00:00" == unquote(second)


async def test_a_key_that_is_taken_out_is_learnt_of_without_being_used(
    server: SickServer, client: NeighbourClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JwksKeys, "renew_after", 0.01)
    monkeypatch.setattr(JwksKeys, "refetch_after", 0.0)
    nothing_revoked: dict[str, object] = {"items": [], "next_cursor": None}
    server.behaves(answers(200, json.dumps({"keys": [KEY.public_jwk()]} | nothing_revoked).encode()))
    issuer, stop = TokenIssuer(client, None), asyncio.Event()
    await issuer.keys.load()
    server.behaves(answers(200, json.dumps({"keys": [SigningKey.generate().public_jwk()]} | nothing_revoked).encode()))

    following = asyncio.create_task(issuer.follow(0.01, stop))
    async with asyncio.timeout(30):
        while issuer.keys.knows(KEY.kid):
            await asyncio.sleep(0.01)
    stop.set()
    await following

    assert await issuer.keys.key(KEY.kid) is None
