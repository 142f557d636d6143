"""Answers say how much is left of a limit."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from shared.web.edge.admission.concurrency import ConcurrencyLimits
from shared.web.edge.limits import Limits
from tests.shared.hostile_tokens import a_token
from tests.shared.web.sample import KEY, READER, sample_app
from tests.shared.web.things import Shelf

POLICY = '"at-once";q={};qu="concurrent-requests"'


@pytest.fixture
def app() -> FastAPI:
    return sample_app(limits=Limits(in_flight=ConcurrencyLimits(per_address=2, per_account=3)))


@pytest.mark.parametrize(("headers", "most"), [({}, 2), (READER, 3)])
async def test_each_answer_says_how_many_requests_there_may_be_at_once(
    http: httpx.AsyncClient, headers: dict[str, str], most: int
) -> None:
    for answer in (await http.get("/v1/things", headers=headers), await http.get("/v1/nowhere", headers=headers)):
        assert POLICY.format(most) == answer.headers["ratelimit-policy"]
        assert f'"at-once";r={most}' == answer.headers["ratelimit"]


async def test_what_others_of_the_same_caller_hold_is_taken_off(app: FastAPI, http: httpx.AsyncClient) -> None:
    shelf: Shelf = app.state.shelf
    slow = [asyncio.create_task(http.get("/v1/slow", headers=READER))]
    await shelf.entered.wait()

    left = (await http.get("/v1/things", headers=READER)).headers["ratelimit"]
    shelf.gate.set()
    await asyncio.gather(*slow)

    assert '"at-once";r=2' == left
    assert '"at-once";r=3' == (await http.get("/v1/things", headers=READER)).headers["ratelimit"]


async def test_a_refusal_says_that_none_is_left(app: FastAPI, http: httpx.AsyncClient) -> None:
    shelf: Shelf = app.state.shelf
    slow = [asyncio.create_task(http.get("/v1/slow")) for _ in range(2)]
    while shelf.at_work < 2:
        await asyncio.sleep(0)

    refused = await http.get("/v1/things")
    shelf.gate.set()
    await asyncio.gather(*slow)

    assert (429, "too-many-at-once") == (refused.status_code, refused.json()["code"])
    assert (POLICY.format(2), '"at-once";r=0;t=1') == (
        refused.headers["ratelimit-policy"],
        refused.headers["ratelimit"],
    )


async def test_own_services_and_operators_see_no_limit(http: httpx.AsyncClient) -> None:
    service = {"Authorization": f"Bearer {a_token(KEY, scope='things:ask', roles=[])}"}

    for answer in (await http.get("/v1/things", headers=service), await http.get("/health/live")):
        assert 200 == answer.status_code
        assert "ratelimit" not in answer.headers


async def test_when_no_tries_are_left_the_answer_says_when_there_is_one(app: FastAPI, http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/failures/too-many")

    assert 429 == answer.status_code
    assert f'"too-many-requests";r=0;t={answer.headers["retry-after"]}' in answer.headers.get_list("ratelimit")


async def test_a_person_sees_how_much_may_still_be_changed(http: httpx.AsyncClient) -> None:
    own = {"Authorization": f"Bearer {a_token(KEY, scope='self', roles=['member'])}"}
    changes = [await http.put(f"/v1/things/{number}", json={}, headers=own) for number in range(62)]
    read = await http.get("/v1/things", headers=own)

    limits = [answer.headers.get_list("ratelimit", split_commas=True) for answer in changes]
    assert ['"writes";r=59', '"writes";r=58'] == [figures[-1] for figures in limits[:2]]
    assert '"writes";q=60;w=60' in changes[0].headers.get_list("ratelimit-policy", split_commas=True)
    refused = next(answer for answer in changes if answer.status_code == 429)
    assert "too-many-writes" == refused.json()["code"]
    assert f'"writes";r=0;t={refused.headers["retry-after"]}' in refused.headers.get_list("ratelimit")
    assert "writes" not in read.headers["ratelimit"]
