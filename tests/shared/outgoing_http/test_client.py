"""Calls against a server that refuses, hangs, drops, drips, fails, and answers garbage."""

import asyncio
import gzip
import time
from datetime import timedelta

import httpx
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from shared import context
from shared.outgoing_http import NeighbourClient
from tests.ports import quiet_ports
from tests.shared.outgoing_http.sick_server import (
    SickServer,
    a_sick_server,
    answers,
    drips,
    drops,
    hangs,
    refused,
    resets,
    says,
    slowly,
)
from tests.shared.stores import eventually

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


PASSING = {
    "drops": drops,
    "resets": resets,
    "ends too soon": says(HEAD + b"too short"),
    "speaks TLS": says(b"\x16\x03\x01 this is no HTTP\r\n\r\n"),
    "impossible status": says(b"HTTP/1.1 999999 Huge\r\n\r\n"),
    "impossible length": says(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"),
    "impossible chunk": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "no gzip": answers(200, b"not gzip", Content_Encoding="gzip"),
    "502": answers(502),
    "503": answers(503),
    "504": answers(504),
}
FOR_GOOD = {
    "hangs": hangs,
    "drips its head": drips(b"", b"HTTP/1.1 200 OK\r\n" + b"X-Long: 1\r\n" * 100),
    "drips its body": drips(HEAD, b"x"),
    "500": answers(500),
    "501": answers(501),
    "429": answers(429),
    "points elsewhere": answers(302, b"", Location="http://127.0.0.1:1/"),
    "huge": answers(200, b"x" * 1_100_000),
    "huge when unpacked": answers(200, GZIPPED, Content_Encoding="gzip"),
}


@pytest.mark.parametrize("how", PASSING | FOR_GOOD)
async def test_whatever_is_no_usable_answer_makes_the_neighbour_unavailable_in_time(
    how: str, server: SickServer, client: NeighbourClient
) -> None:
    server.behaves((PASSING | FOR_GOOD)[how])
    begun = time.monotonic()

    error = await refused(client)

    assert "things" in error.detail
    assert error.retry_after >= timedelta(seconds=1)
    assert how in PASSING or len(server.requests) == 1
    assert time.monotonic() - begun < 5


async def test_nobody_listening_makes_the_neighbour_unavailable() -> None:
    (port,) = quiet_ports(1)
    client = NeighbourClient(base_url=f"http://127.0.0.1:{port}", neighbour="things", timeout=0.4)

    await refused(client)
    await client.aclose()

    assert counted("things", "refused") >= 1


def counted(neighbour: str, outcome: str) -> float:
    labels = {"service": "library", "neighbour": neighbour, "http_request_method": "GET", "outcome": outcome}
    return REGISTRY.get_sample_value("http_client_request_duration_seconds_count", labels) or 0.0


@pytest.mark.parametrize("how", PASSING)
async def test_a_passing_failure_is_tried_again_as_often_as_there_is_time(
    how: str, server: SickServer, patient: NeighbourClient
) -> None:
    server.behaves(PASSING[how], PASSING[how], PASSING[how], answers(200))

    assert (await patient.get("/things")).status_code == 200


async def test_a_neighbour_that_is_being_started_again_is_waited_for() -> None:
    (port,) = quiet_ports(1)
    starting = NeighbourClient(base_url=f"http://127.0.0.1:{port}", neighbour="things", timeout=60)
    asking = asyncio.create_task(starting.get("/things"))
    await eventually(lambda: counted("things", "refused") >= 1)

    async with a_sick_server(port=port):
        assert (await asking).status_code == 200
    await starting.aclose()


async def test_a_slow_neighbour_is_waited_for_and_asked_once(server: SickServer, patient: NeighbourClient) -> None:
    server.behaves(slowly(1.2, answers(200)))

    assert (await patient.get("/things")).status_code == 200
    assert len(server.requests) == 1


async def test_a_token_is_asked_for_like_anything_else(server: SickServer, patient: NeighbourClient) -> None:
    server.behaves(drops, answers(200))

    await patient.ask_for_token("/token", {"grant_type": "a&b"}, auth=("me", "pass:word"))

    _, request = server.requests
    assert (request.method, request.body) == ("POST", b"grant_type=a%26b")
    assert request.headers["authorization"] == "Basic bWU6cGFzczp3b3Jk"


async def test_what_a_second_try_heals_is_no_warning(server: SickServer, patient: NeighbourClient) -> None:
    server.behaves(drops, answers(503), answers(200))

    with capture_logs() as lines:
        await patient.get("/things")
        server.behaves(answers(500))
        await refused(patient)

    assert ["call to a neighbour failed"] == [line["event"] for line in lines]
    assert "500" == lines[0]["outcome"]


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


async def test_the_neighbour_learns_how_long_we_will_wait(server: SickServer, patient: NeighbourClient) -> None:
    await patient.get("/things")
    with context.working_on(context.new_context(seconds=30)):
        await patient.get("/things")

    without, with_deadline = (int(request.headers["x-request-timeout-ms"]) for request in server.requests)
    assert 55_000 < without <= 60_000
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
