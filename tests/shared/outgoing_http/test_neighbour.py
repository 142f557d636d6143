"""How a neighbour is asked, and what its answers come to."""

import json
from typing import Any

import pytest
from pydantic import BaseModel

from shared.kernel.errors import NeighbourUnavailable, NotFound
from shared.outgoing_http import AccessToken, Neighbour, NeighbourClient, NeighbourPage, NotUnderstood
from shared.outgoing_http.access_token import IssuedToken
from tests.shared.outgoing_http.sick_server import Behaviour, SickServer, answers


class Thing(BaseModel):
    name: str


class Things(NeighbourPage):
    items: list[Thing]


class Ticket:
    """A token that is numbered anew each time somebody has to ask for it."""

    def __init__(self) -> None:
        self.asked = 0
        self.token = AccessToken(self._ask)

    async def _ask(self) -> IssuedToken:
        self.asked += 1
        return IssuedToken(access_token=f"token-{self.asked}", expires_in=900)


def says(thing: Any, status: int = 200) -> Behaviour:
    return answers(status, json.dumps(thing).encode())


async def test_an_answer_is_read_and_nobody_sends_a_token_that_there_is_not(
    server: SickServer, client: NeighbourClient
) -> None:
    server.behaves(says({"name": "one", "more": 1}))

    assert Thing(name="one") == await Neighbour(client).get("/things/1", Thing, params={"of": "all"})

    (request,) = server.requests
    assert ("GET", "/things/1?of=all") == (request.method, request.target)
    assert "authorization" not in request.headers


@pytest.mark.parametrize(("status", "refusal"), [(400, NotUnderstood), (413, NotUnderstood), (422, NotUnderstood)])
async def test_a_question_that_is_at_fault_is_told_apart(
    server: SickServer, client: NeighbourClient, status: int, refusal: type[Exception]
) -> None:
    server.behaves(says({}, status))

    with pytest.raises(refusal, match=f"The things service answered {status}; nothing was changed."):
        await Neighbour(client).ask("/things", {"names": ["one"]}, Thing)

    (request,) = server.requests
    assert ("POST", {"names": ["one"]}) == (request.method, json.loads(request.body))


@pytest.mark.parametrize(
    "answer", [(200, b""), (200, b"[]"), (200, b"{}"), (200, b"\xff"), (204, b""), (403, b"{}"), (404, b"{}")]
)
async def test_what_cannot_be_used_is_refused(
    server: SickServer, client: NeighbourClient, answer: tuple[int, bytes]
) -> None:
    server.behaves(answers(*answer))

    with pytest.raises(NeighbourUnavailable, match="The things service answered") as refused:
        await Neighbour(client).get("/things/1", Thing)

    assert not isinstance(refused.value, NotUnderstood)


async def test_what_is_not_there_is_what_the_caller_makes_of_it(server: SickServer, client: NeighbourClient) -> None:
    server.behaves(says({"code": "gone"}, 404))
    things = Neighbour(client)

    assert Thing(name="none") == await things.get("/things/1", Thing, missing=lambda _: Thing(name="none"))
    with pytest.raises(NotFound, match="gone"):
        await things.get("/things/1", Thing, missing=lambda body: NotFound(json.loads(body)["code"]))


async def test_a_token_that_is_rejected_is_forgotten_by_every_question(
    server: SickServer, client: NeighbourClient
) -> None:
    ticket = Ticket()
    things = Neighbour(client, ticket.token)
    server.behaves(says({}, 401), says({}, 401), says({"name": "one"}))

    for refused in (things.get("/things/1", Thing), things.ask("/things", {}, Thing)):
        with pytest.raises(NeighbourUnavailable):
            await refused
    await things.get("/things/1", Thing)
    await things.get("/things/1", Thing)

    sent = [request.headers["authorization"] for request in server.requests]
    assert ["Bearer token-1", "Bearer token-2", "Bearer token-3", "Bearer token-3"] == sent


@pytest.mark.parametrize(("most", "found"), [(None, ["a", "b", "c"]), (2, ["a", "b"])])
async def test_the_pages_of_a_list_are_followed(
    server: SickServer, client: NeighbourClient, most: int | None, found: list[str]
) -> None:
    pages = [("a", "x&y"), ("b", "z"), ("c", None)]
    server.behaves(*(says({"items": [{"name": name}], "next_cursor": cursor}) for name, cursor in pages))

    read = await Neighbour(client).pages("/things", Things, most=most)

    assert found == [thing.name for page in read for thing in page.items]
    assert ["/things?limit=100", "/things?limit=100&cursor=x%26y"] == [one.target for one in server.requests][:2]
