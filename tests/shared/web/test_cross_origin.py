"""Which pages of other origins may call."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.shared.web.sample import WRITER, caller_of, sample_app
from tests.shared.web.test_answers import ANSWERS

ORIGIN = "http://127.0.0.1:8001"


@pytest.fixture
async def crossed() -> AsyncIterator[httpx.AsyncClient]:
    async with caller_of(sample_app(cors_allow_origins=(ORIGIN, "http://localhost:8001/"))) as http:
        yield http


async def test_a_page_that_is_allowed_may_ask_before_it_calls(crossed: httpx.AsyncClient) -> None:
    answer = await crossed.options(
        "/v1/things",
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,if-match,x-requested-with",
        },
    )

    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert 204 == answer.status_code
    assert ORIGIN == answer.headers["access-control-allow-origin"]
    assert {"authorization", "content-type", "idempotency-key", "if-match", "x-requested-with"} <= set(allowed)
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("status", ANSWERS)
async def test_a_page_that_is_allowed_may_read_every_answer(crossed: httpx.AsyncClient, status: int) -> None:
    method, address, more = ANSWERS[status]

    answer = await crossed.request(
        method, address, **more | {"headers": WRITER | more.get("headers", {}) | {"Origin": ORIGIN}}
    )

    exposed = {name.lower() for name in answer.headers["access-control-expose-headers"].split(", ")}
    assert status == answer.status_code
    assert ORIGIN == answer.headers["access-control-allow-origin"]
    assert {"etag", "location", "retry-after", "idempotency-replayed", "link", "x-request-id"} <= exposed
    assert "Origin" in answer.headers.get_list("vary", split_commas=True)


async def test_a_page_that_is_not_allowed_learns_nothing(crossed: httpx.AsyncClient) -> None:
    asked = await crossed.options(
        "/v1/things", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    called = await crossed.get("/v1/things", headers={"Origin": "https://evil.example"})

    assert 405 == asked.status_code
    assert "CORS_ALLOW_ORIGINS" in asked.json()["detail"]
    assert "POST" in asked.headers["allow"]
    assert "access-control-allow-origin" not in asked.headers
    assert "access-control-allow-origin" not in called.headers
    assert "Origin" == called.headers["vary"]


async def test_by_default_no_page_is_allowed(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/things", headers={"Origin": ORIGIN})

    assert not [name for name in answer.headers if name.startswith("access-control") or name == "vary"]
