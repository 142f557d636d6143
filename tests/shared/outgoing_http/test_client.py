"""Calls against a server that refuses, hangs, drops, drips, fails, and answers garbage."""

import gzip
import time
from datetime import timedelta

import httpx
import pytest
from prometheus_client import REGISTRY

from shared import context
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient
from tests.ports import quiet_ports
from tests.shared.outgoing_http.sick_server import (
    Behaviour,
    SickServer,
    answers,
    drips,
    drops,
    hangs,
    refused,
    resets,
    says,
)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
GZIPPED = gzip.compress(b"x" * 5_000_000)


async def test_an_answer_is_given_back_whole(server: SickServer, client: NeighbourClient) -> None:
    server.behaves(answers(200, b'{"size": 3}', ETag='"7"'))

    response = await client.get("/things", params={"name": "a b"}, headers={"Authorization": "Bearer x"})

    assert (response.status_code, response.json(), response.headers["etag"]) == (200, {"size": 3}, '"7"')
    assert server.requests[0].target == "/things?name=a+b"
    assert server.requests[0].headers["authorization"] == "Bearer x"


@pytest.mark.parametrize("status", [304, 400, 401, 403, 404, 409, 412, 422])
async def test_what_the_caller_did_wrong_is_an_answer(status: int, server: SickServer, client: NeighbourClient) -> None:
    server.behaves(answers(status, b""))

    assert (await client.get("/things")).status_code == status
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("behaviour", "tries"),
    [
        (hangs, 2),
        (drops, 2),
        (resets, 2),
        (drips(b"", b"HTTP/1.1 200 OK\r\n" + b"X-Long: 1\r\n" * 100), 2),
        (drips(HEAD, b"x"), 2),
        (says(HEAD + b"too short"), 2),
        (says(b"\x16\x03\x01 this is no HTTP\r\n\r\n"), 2),
        (says(b"HTTP/1.1 999999 Huge\r\n\r\n"), 2),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"), 2),
        (says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 2),
        (answers(200, b"not gzip", Content_Encoding="gzip"), 2),
        (answers(500), 1),
        (answers(501), 1),
        (answers(502), 2),
        (answers(503), 2),
        (answers(504), 2),
        (answers(429), 1),
        (answers(302, b"", Location="http://127.0.0.1:1/"), 1),
        (answers(200, b"x" * 1_100_000), 1),
        (answers(200, GZIPPED, Content_Encoding="gzip"), 1),
    ],
    ids=[
        "hangs",
        "drops",
        "resets",
        "drips its head",
        "drips its body",
        "ends too soon",
        "speaks TLS",
        "impossible status",
        "impossible length",
        "impossible chunk",
        "no gzip",
        "500",
        "501",
        "502",
        "503",
        "504",
        "429",
        "points elsewhere",
        "huge",
        "huge when unpacked",
    ],
)
async def test_whatever_is_no_usable_answer_makes_the_neighbour_unavailable_in_time(
    behaviour: Behaviour, tries: int, server: SickServer, client: NeighbourClient
) -> None:
    server.behaves(behaviour)
    begun = time.monotonic()

    error = await refused(client)

    assert "things" in error.detail
    assert error.retry_after >= timedelta(seconds=1)
    assert len(server.requests) == tries
    assert time.monotonic() - begun < 0.2 * tries + 5


async def test_nobody_listening_makes_the_neighbour_unavailable() -> None:
    (port,) = quiet_ports(1)
    client = NeighbourClient(base_url=f"http://127.0.0.1:{port}", neighbour="things")

    await refused(client)
    await client.aclose()

    assert counted("things", "refused") >= 1


def counted(neighbour: str, outcome: str) -> float:
    labels = {"service": "library", "neighbour": neighbour, "http_request_method": "GET", "outcome": outcome}
    return REGISTRY.get_sample_value("http_client_request_duration_seconds_count", labels) or 0.0


@pytest.mark.parametrize("first", [hangs, drops, resets, answers(503)], ids=["hangs", "drops", "resets", "503"])
async def test_a_passing_failure_is_tried_once_more(
    first: Behaviour, server: SickServer, client: NeighbourClient
) -> None:
    server.behaves(first, answers(200))

    assert (await client.get("/things")).status_code == 200


async def test_a_form_is_sent_once_only(server: SickServer, client: NeighbourClient) -> None:
    server.behaves(drops)

    with pytest.raises(NeighbourUnavailable):
        await client.post_form("/token", {"grant_type": "a&b"}, auth=("me", "pass:word"))

    (request,) = server.requests
    assert (request.method, request.body) == ("POST", b"grant_type=a%26b")
    assert request.headers["authorization"] == "Basic bWU6cGFzczp3b3Jk"


async def test_the_neighbours_retry_after_is_passed_on_and_waited_for_if_there_is_time(
    server: SickServer, client: NeighbourClient
) -> None:
    server.behaves(answers(503, Retry_After="7"))

    error = await refused(client)

    assert error.retry_after == timedelta(seconds=7)
    assert len(server.requests) == 1


@pytest.mark.parametrize("value", ["-1", "soon", "9" * 50, "1e9", "٣"])
async def test_a_retry_after_that_makes_no_sense_is_left_aside(
    value: str, server: SickServer, client: NeighbourClient
) -> None:
    server.behaves(answers(503, Retry_After=value))

    assert (await refused(client)).retry_after == timedelta(seconds=1)


async def test_the_request_and_its_trace_go_along(server: SickServer, client: NeighbourClient) -> None:
    with context.working_on(context.new_context(request_id="request-1", seconds=10)) as here:
        await client.get("/things")
        await client.get("/things")

    one, two = (request.headers for request in server.requests)
    assert one["x-request-id"] == two["x-request-id"] == "request-1"
    assert one["traceparent"].split("-")[1] == here.trace_id
    assert len({one["traceparent"].split("-")[2], two["traceparent"].split("-")[2], here.span_id}) == 3


async def test_the_neighbour_learns_how_long_we_will_wait(server: SickServer) -> None:
    patient = NeighbourClient(base_url=server.url, neighbour="things", attempt_timeout=60)

    await patient.get("/things")
    with context.working_on(context.new_context(seconds=30)):
        await patient.get("/things")
    await patient.aclose()

    without, with_deadline = (int(request.headers["x-request-timeout-ms"]) for request in server.requests)
    assert without == 60_000
    assert 0 < with_deadline <= 30_000


async def test_a_connection_is_used_again(server: SickServer, client: NeighbourClient) -> None:
    for _ in range(5):
        await client.get("/things")

    assert server.connections == 1


async def test_cookies_are_not_kept(server: SickServer, client: NeighbourClient) -> None:
    server.behaves(answers(200, b"{}", Set_Cookie="a=b; Path=/"))

    await client.get("/things")
    await client.get("/things")

    assert "cookie" not in server.requests[1].headers


async def test_another_transport_can_be_handed_in() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"path": request.url.path})

    client = NeighbourClient(base_url="http://things/prefix", neighbour="things", transport=httpx.MockTransport(answer))

    assert (await client.get("/things")).json() == {"path": "/prefix/things"}
    await client.aclose()
