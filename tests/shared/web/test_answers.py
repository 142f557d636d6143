"""What every answer carries, whatever it says; and which requests get one at all."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared import context
from shared.web.edge.admission.concurrency import ConcurrencyLimits
from shared.web.edge.limits import Limits
from tests.shared.bad_input import check_problem
from tests.shared.web.sample import GOOD, READER, WRITER, caller_of, sample_app

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


ANSWERS: dict[int, tuple[str, str, dict[str, Any]]] = {
    200: ("GET", "/v1/things", {}),
    201: ("POST", "/v1/things", {"json": GOOD.body}),
    400: ("POST", "/v1/things", {"content": b"{", "headers": {"content-type": "application/json"}}),
    404: ("GET", "/nowhere", {}),
    405: ("PATCH", "/v1/things", {}),
    413: ("POST", "/v1/things", {"content": b" " * (2**20 + 1), "headers": {"content-type": "application/json"}}),
    414: ("GET", "/v1/things?q=" + "a" * 8_000, {}),
    415: ("POST", "/v1/things", {"content": b"a"}),
    422: ("GET", "/v1/things?limit=0", {}),
    431: ("GET", "/v1/things", {"headers": {"x-long": "a" * 17_000}}),
    500: ("GET", "/v1/failures/crash", {}),
    503: ("GET", "/v1/failures/unavailable", {}),
}


@pytest.mark.parametrize("status", ANSWERS)
async def test_security_headers_are_on_every_answer(http: httpx.AsyncClient, status: int) -> None:
    method, address, more = ANSWERS[status]

    answer = await http.request(method, address, **more | {"headers": WRITER | more.get("headers", {})})

    assert status == answer.status_code
    assert EVERYWHERE == {name: answer.headers[name] for name in EVERYWHERE}
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "no-store" == answer.headers["cache-control"]
    assert answer.headers["x-request-id"]
    assert "strict-transport-security" not in answer.headers
    if status >= 400:
        check_problem(answer)


async def test_over_tls_browsers_are_told_to_stay_there(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://things.test") as http:
        answer = await http.get("/v1/things")

    assert "max-age=31536000; includeSubDomains" == answer.headers["strict-transport-security"]


async def test_what_anybody_may_see_may_be_kept_but_must_be_asked_for_again(http: httpx.AsyncClient) -> None:
    assert "no-cache" == (await http.get("/v1/things")).headers["cache-control"]


async def test_a_method_that_is_not_there_is_told_which_ones_are(http: httpx.AsyncClient) -> None:
    assert "GET, HEAD, OPTIONS, POST" == (await http.delete("/v1/things")).headers["allow"]
    assert "GET, HEAD, OPTIONS, PUT" == (await http.delete("/v1/things/1")).headers["allow"]
    assert "GET, HEAD, OPTIONS" == (await http.post("/health/live")).headers["allow"]


@pytest.mark.parametrize("address", ["/v1/things", "/docs", "/openapi.json", "/health/live", "/nowhere"])
async def test_head_tells_what_get_would_without_the_body(http: httpx.AsyncClient, address: str) -> None:
    shown = await http.get(address, headers=READER)
    told = await http.head(address, headers=READER)

    own = {"x-request-id", "date"}
    assert shown.status_code == told.status_code
    assert {(n, v) for n, v in shown.headers.items() if n not in own} == {
        (n, v) for n, v in told.headers.items() if n not in own
    }
    assert b"" == told.content


async def test_head_is_measured_as_what_it_is(http: httpx.AsyncClient) -> None:
    await http.head("/v1/things")

    counted = (await http.get("/metrics")).text
    assert 'http_request_method="HEAD",http_response_status_code="200",http_route="/v1/things"' in counted


async def test_an_address_with_a_slash_too_many_is_not_there(http: httpx.AsyncClient) -> None:
    assert 404 == (await http.get("/v1/things/")).status_code


async def test_a_sane_request_id_is_taken(http: httpx.AsyncClient) -> None:
    answer = await http.get("/nowhere", headers={"X-Request-ID": "desk-7:0198.a_b"})

    assert "desk-7:0198.a_b" == answer.headers["x-request-id"] == answer.json()["request_id"]


@pytest.mark.parametrize("given", ["", "a b", "a" * 101, "<script>", "é".encode().decode("latin-1")])
async def test_another_one_is_replaced(http: httpx.AsyncClient, given: str) -> None:
    answer = await http.get("/nowhere", headers=[(b"X-Request-ID", given.encode("latin-1"))])

    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.fixture
def seen(app: FastAPI) -> list[context.RequestContext]:
    """The context in which things are put on the shelf."""
    contexts: list[context.RequestContext] = []

    async def remember(view: Any, receipt: Any) -> Any:
        here = context.current()
        assert here is not None
        contexts.append(here)
        return view

    app.state.shelf.act = remember
    return contexts


async def test_the_trace_of_the_caller_goes_on(http: httpx.AsyncClient, seen: list[context.RequestContext]) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    await http.post(
        "/v1/things",
        json=GOOD.body,
        headers=WRITER | {"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "x-request-id": "r1"},
    )

    assert (trace, "r1") == (seen[0].trace_id, seen[0].request_id)
    assert "00f067aa0ba902b7" != seen[0].span_id


@pytest.mark.parametrize(
    ("given", "least", "most"),
    [({}, 2.5, 3), ({"x-request-timeout-ms": "800"}, 0.5, 0.8), ({"x-request-timeout-ms": "60000"}, 4.5, 5)],
)
async def test_a_request_works_no_longer_than_its_caller_waits(
    http: httpx.AsyncClient, seen: list[context.RequestContext], given: dict[str, str], least: float, most: float
) -> None:
    await http.post("/v1/things", json=GOOD.body, headers=WRITER | given)

    left = seen[0].seconds_left()
    assert left is not None
    assert least < left <= most


@pytest.mark.parametrize(("waits", "least", "most"), [({}, 6, 8), ({"x-request-timeout-ms": "60000"}, 6, 8)])
async def test_how_long_a_request_works_is_a_setting(waits: dict[str, str], least: float, most: float) -> None:
    app, left = sample_app(request_timeout=8), list[float | None]()

    async def remember(view: Any, receipt: Any) -> Any:
        here = context.current()
        left.append(None if here is None else here.seconds_left())
        return view

    app.state.shelf.act = remember
    async with caller_of(app) as http:
        await http.post("/v1/things", json=GOOD.body, headers=WRITER | waits)

    assert left[0] is not None
    assert least < left[0] <= most


async def test_outside_of_a_request_there_is_no_context(http: httpx.AsyncClient) -> None:
    await http.get("/v1/things")

    assert context.current() is None


async def test_more_than_can_be_done_at_once_is_refused_at_once_but_health_is_not() -> None:
    app = sample_app(limits=Limits(in_flight=ConcurrencyLimits(total=2, reserved_for_services=0, anonymous=2)))
    async with caller_of(app) as http:
        waiting = [asyncio.create_task(http.get("/v1/slow")) for _ in range(2)]
        await app.state.shelf.entered.wait()
        await asyncio.sleep(0)
        shed = await http.get("/v1/things")
        live, metrics = await http.get("/health/live"), await http.get("/metrics")
        app.state.shelf.gate.set()
        served = await asyncio.gather(*waiting)
        after = await http.get("/v1/things")

    check_problem(shed)
    assert (503, "overloaded", "1") == (shed.status_code, shed.json()["code"], shed.headers["retry-after"])
    assert (200, 200) == (live.status_code, metrics.status_code)
    assert [200, 200, 200] == [answer.status_code for answer in (*served, after)]


async def test_a_request_that_is_broken_off_at_the_end_of_the_process_may_be_repeated(app: FastAPI) -> None:
    told: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        told.append(message)

    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/v1/slow", "query_string": b""}
    task = asyncio.create_task(app(scope | {"headers": [(b"host", b"things.test")]}, receive, send))
    await asyncio.wait_for(app.state.shelf.entered.wait(), 30)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (503, b"1") == (told[0]["status"], dict(told[0]["headers"])[b"retry-after"])
    assert b'"code":"stopping"' in told[1]["body"]


async def _chunks(count: int, size: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * size


async def test_a_route_may_take_longer_bodies(http: httpx.AsyncClient) -> None:
    taken = await http.post("/v1/uploads", content=b" " * 2 * 2**20)
    refused = await http.post("/v1/uploads", content=b" " * (3 * 2**20 + 1))

    assert (200, {"bytes": 2 * 2**20}) == (taken.status_code, taken.json())
    assert 413 == refused.status_code


@pytest.mark.parametrize("address", ["/v1/uploads", "/v1/things"])
async def test_a_body_that_does_not_say_how_long_it_is_is_measured(http: httpx.AsyncClient, address: str) -> None:
    headers = WRITER | {"content-type": "application/json"}

    answer = await http.post(address, content=_chunks(65, 2**16), headers=headers)

    check_problem(answer)
    assert (413, "too-large") == (answer.status_code, answer.json()["code"])


async def test_a_length_that_no_number_holds_is_too_long(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/things", content=b"{}", headers={"content-length": "9" * 5_000})

    assert 413 == answer.status_code
