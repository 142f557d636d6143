"""What is going to be taken away says so, to programs and to people."""

from datetime import date

import httpx
import pytest
from fastapi import APIRouter

from shared.web.auth import Anyone
from shared.web.deprecation import deprecated
from shared.web.json.strict_json import StrictRoute
from tests.shared.web.sample import ACCESS, caller_of, sample_app

SINCE, UNTIL = date(2027, 1, 1), date(2028, 1, 1)
old = APIRouter(route_class=StrictRoute, tags=["things"])


@old.get(
    "/v1/old",
    operation_id="old",
    summary="Say the same as the new one",
    openapi_extra=deprecated(since=SINCE, until=UNTIL, see="/docs/new"),
)
async def show() -> dict[str, str]:
    return {}


@pytest.fixture
def http() -> httpx.AsyncClient:
    return caller_of(sample_app(access={**ACCESS, "old": Anyone()}, more=(old,)))


async def test_every_answer_of_a_deprecated_operation_tells_until_when_it_is_there(http: httpx.AsyncClient) -> None:
    for query, status in (("", 200), ("?unknown=1", 422)):
        answer = await http.get(f"/v1/old{query}")

        assert status == answer.status_code
        assert "@1798761600" == answer.headers["deprecation"]
        assert "Sat, 01 Jan 2028 00:00:00 GMT" == answer.headers["sunset"]
        assert "/docs/new" == answer.links["deprecation"]["url"]


async def test_other_operations_do_not(http: httpx.AsyncClient) -> None:
    assert {"deprecation", "sunset"}.isdisjoint((await http.get("/v1/things")).headers)


async def test_the_document_marks_it_and_names_its_headers(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()

    operation = document["paths"]["/v1/old"]["get"]
    assert operation["deprecated"]
    assert {"since": "2027-01-01", "until": "2028-01-01", "see": "/docs/new"} == operation["x-deprecation"]
    assert {"Deprecation", "Sunset"} <= operation["responses"]["200"]["headers"].keys()
    assert {"Deprecation", "Sunset"} <= document["components"]["headers"].keys()
    assert "deprecated" not in document["paths"]["/v1/things"]["get"]


async def test_a_document_without_any_does_not_speak_of_it() -> None:
    async with caller_of(sample_app()) as http:
        document = (await http.get("/openapi.json")).json()

    assert {"Deprecation", "Sunset"}.isdisjoint(document["components"]["headers"])


def test_clients_have_half_a_year_at_least() -> None:
    with pytest.raises(ValueError, match="six months"):
        deprecated(since=SINCE, until=date(2027, 6, 1), see="/docs/new")
