"""Addresses as they are behind a gateway."""

import re

import pytest

from tests.shared.web.sample import GOOD, WRITER, caller_of, sample_app
from tests.shared.web.things import a_thing


@pytest.fixture(params=["/shown", ""], ids=["prefix kept", "prefix stripped"])
def prefix(request: pytest.FixtureRequest) -> str:
    given: str = request.param
    return given


async def test_behind_a_gateway_all_addresses_are_those_that_it_shows(prefix: str) -> None:
    app = sample_app(root_path="/shown/")
    app.state.shelf.things = {thing.thing_id: thing for thing in (a_thing("a"), a_thing("b"))}
    async with caller_of(app) as http:
        made = await http.post(f"{prefix}/v1/things", json=GOOD.body, headers=WRITER)
        listed = await http.get(f"{prefix}/v1/things?limit=1")
        missing = await http.get(f"{prefix}/nowhere")
        home = await http.get(f"{prefix}/")
        document = (await http.get(f"{prefix}/openapi.json")).json()
        page = await http.get(f"{prefix}/docs")

    assert re.fullmatch("/shown/v1/things/[0-9a-f-]{36}", made.headers["location"])
    assert listed.headers["link"].startswith("</shown/v1/things?limit=1&cursor=")
    assert "/shown/nowhere" == missing.json()["instance"]
    assert (307, "/shown/docs") == (home.status_code, home.headers["location"])
    assert [{"url": "/shown"}] == document["servers"]
    assert 200 == page.status_code


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
async def test_what_operators_ask_is_answered_directly_and_never_under_the_prefix(path: str) -> None:
    async with caller_of(sample_app(root_path="/shown")) as http:
        directly, shown = await http.get(path), await http.get(f"/shown{path}")

    assert (200, 404) == (directly.status_code, shown.status_code)


async def test_an_address_that_only_begins_like_the_prefix_is_not_below_it() -> None:
    async with caller_of(sample_app(root_path="/v1")) as http:
        assert 404 == (await http.get("/v10/things")).status_code
