"""Neighbours over HTTPS: who does not prove who it is gets no request, and the reason is in the log."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import structlog

from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient
from shared.outgoing_http.token_issuer import TokenIssuer
from shared.tokens import SigningKey
from shared.web import serving
from tests.authority import Authority, Issued
from tests.shared.outgoing_http.sick_server import SickServer, a_sick_server, answers, refused
from tests.shared.web.sample import sample_app


@asynccontextmanager
async def a_neighbour(
    issued: Issued, url: str, ca_file: Path | None
) -> AsyncIterator[tuple[SickServer, NeighbourClient]]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(issued.certificate, issued.key)
    keys = json.dumps({"keys": [SigningKey.generate().public_jwk()]}).encode()
    async with a_sick_server(answers(200, keys), tls=context) as server:
        client = NeighbourClient(
            base_url=url.format(server.port), neighbour="things", service="trust", timeout=10, ca_file=ca_file
        )
        try:
            yield server, client
        finally:
            await client.aclose()


async def test_a_neighbour_that_proves_who_it_is_is_asked(authority: Authority) -> None:
    issued = authority.issue("127.0.0.1", file="things")
    async with a_neighbour(issued, "https://127.0.0.1:{}", authority.file) as (server, client):
        answer = await client.get("/things")
        token = await client.ask_for_token("/v1/auth/token", {"grant_type": "client_credentials"}, auth=("loans", "x"))
        keys = TokenIssuer(client, f"https://127.0.0.1:{server.port}/.well-known/jwks.json").keys
        await keys.load()

    assert (200, 200) == (answer.status_code, token.status_code)
    assert ["/things", "/v1/auth/token", "/.well-known/jwks.json"] == [request.target for request in server.requests]


@pytest.mark.parametrize("case", ["another name", "expired", "unknown authority", "no authority named"])
async def test_who_does_not_prove_who_it_is_is_not_asked(case: str, authority: Authority, tmp_path: Path) -> None:
    issued = authority.issue("127.0.0.1", file=tmp_path.name, expired=case == "expired")
    url = "https://localhost:{}" if case == "another name" else "https://127.0.0.1:{}"
    trusted = {"unknown authority": Authority(tmp_path).file, "no authority named": None}.get(case, authority.file)
    async with a_neighbour(issued, url, trusted) as (server, client):
        with structlog.testing.capture_logs() as lines:
            refusal = await refused(client)
        keys = TokenIssuer(client, url.format(server.port) + "/.well-known/jwks.json").keys
        with pytest.raises(NeighbourUnavailable):
            await keys.load()

    assert [] == server.requests
    assert "The things service does not prove who it is." in refusal.detail
    (line,) = (one for one in lines if one["event"] == "call to a neighbour failed")
    words = {"another name": "Hostname mismatch|IP address mismatch|not valid for", "expired": "expired"}
    assert "not_trusted" == line["outcome"]
    assert any(word in line["reason"] for word in words.get(case, "unable to get local issuer").split("|"))


async def test_a_port_that_speaks_no_tls_is_not_asked(authority: Authority) -> None:
    listening = serving.listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    server = serving.server(sample_app(), host="127.0.0.1", port=port, sockets=[listening])
    task = asyncio.create_task(server.serve())
    await server.answering.wait()
    url = f"https://127.0.0.1:{port}"
    client = NeighbourClient(base_url=url, neighbour="things", timeout=5, ca_file=authority.file)
    refusal = await refused(client)
    await client.aclose()
    server.should_exit = True
    await task

    assert "does not prove who it is" in refusal.detail


async def test_a_port_that_speaks_tls_alone_answers_no_plain_request(authority: Authority) -> None:
    issued = authority.issue("127.0.0.1", file="things")
    async with a_neighbour(issued, "http://127.0.0.1:{}", authority.file) as (server, client):
        await refused(client)

    assert [] == server.requests


async def test_agreeing_on_encryption_may_take_longer_than_connecting(authority: Authority) -> None:
    issued = authority.issue("127.0.0.1", file="things")
    async with (
        a_neighbour(issued, "https://127.0.0.1:{}", authority.file) as (server, client),
        await asyncio.start_server(partial(_pass_on_late, server.port), "127.0.0.1", 0) as line,
    ):
        answer = await client.get(f"https://127.0.0.1:{line.sockets[0].getsockname()[1]}/things")

    assert 200 == answer.status_code
    assert 1 == server.connections


async def _pass_on_late(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Be a neighbour that has no time for a handshake at first, longer than a connection may take."""
    await asyncio.sleep(0.6)
    there, back = await asyncio.open_connection("127.0.0.1", port)

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while piece := await source.read(65536):
            target.write(piece)
        target.close()

    await asyncio.gather(pump(reader, back), pump(there, writer))
