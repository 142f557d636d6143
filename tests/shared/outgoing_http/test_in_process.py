"""A neighbour of the same process is asked without a socket, and hears nothing before it has started."""

import asyncio

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from shared import context
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient
from shared.outgoing_http.in_process import InProcessTransport
from tests.shared.web.sample import sample_app


class Neighbour:
    """An application that notes what it was asked, and answers when it is let."""

    def __init__(self) -> None:
        self.answering, self.let, self.asked = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.ends = False
        self.scope: Scope = {}
        self.body = b""
        self.work: context.RequestContext | None = None
        self.left = asyncio.Event()
        self.answered = asyncio.Event()
        self.broken = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self.work = scope, context.current()
        self.body = (await receive())["body"]
        self.asked.set()
        await self.let.wait()
        if self.broken:
            raise RuntimeError("it breaks")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"etag", b'"7"')]})
        await send({"type": "http.response.body", "body": b'{"size":', "more_body": True})
        await send({"type": "http.response.body", "body": b"3}"})
        self.answered.set()
        if (await receive())["type"] == "http.disconnect":
            self.left.set()

    def client(self, timeout: float = 60) -> NeighbourClient:
        transport = InProcessTransport()
        transport.lead_to(self, answering=self.answering, has_ended=lambda: self.ends)
        return NeighbourClient(base_url="http://things.test", neighbour="things", timeout=timeout, transport=transport)


async def test_a_question_waits_until_the_neighbour_has_started() -> None:
    neighbour = Neighbour()
    neighbour.let.set()
    asking = asyncio.create_task(neighbour.client().ask("/a%20b?c=d", {"number": 1}, headers={"Authorization": "x"}))
    for _ in range(20):
        await asyncio.sleep(0)
    before = neighbour.asked.is_set()

    neighbour.answering.set()
    answer = await asking

    assert not before
    assert (200, {"size": 3}, '"7"') == (answer.status_code, answer.json(), answer.headers["etag"])
    assert ("POST", "/a b", b"c=d") == tuple(neighbour.scope[name] for name in ("method", "path", "query_string"))
    assert (b"authorization", b"x") in neighbour.scope["headers"]
    assert b'{"number":1}' == neighbour.body


async def test_the_neighbour_works_in_a_context_of_its_own_and_learns_the_deadline() -> None:
    neighbour = Neighbour()
    neighbour.answering.set()
    neighbour.let.set()

    with context.working_on(context.new_context(request_id="request-1", seconds=30)):
        await neighbour.client().get("/things")

    headers = dict(neighbour.scope["headers"])
    assert neighbour.work is None
    assert b"request-1" == headers[b"x-request-id"]
    assert 0 < int(headers[b"x-request-timeout-ms"]) <= 30_000


async def test_who_gives_up_does_not_end_what_the_neighbour_is_doing() -> None:
    neighbour = Neighbour()
    neighbour.answering.set()
    asking = asyncio.create_task(neighbour.client().get("/things"))
    await neighbour.asked.wait()

    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    neighbour.let.set()

    await neighbour.answered.wait()
    await neighbour.left.wait()


@pytest.mark.parametrize("starts", [True, False])
async def test_nobody_waits_longer_than_the_deadline(starts: bool) -> None:
    neighbour = Neighbour()
    if starts:
        neighbour.answering.set()

    with pytest.raises(NeighbourUnavailable, match="does not answer in time"):
        await neighbour.client(timeout=0.1).get("/things")

    neighbour.let.set()


@pytest.mark.parametrize("how", ["it breaks", "it has ended"])
async def test_what_ends_badly_is_a_neighbour_that_does_not_answer(how: str) -> None:
    neighbour = Neighbour()
    neighbour.answering.set()
    neighbour.let.set()
    neighbour.broken, neighbour.ends = how == "it breaks", how == "it has ended"

    with pytest.raises(NeighbourUnavailable, match="does not answer"):
        await neighbour.client(timeout=10).get("/things")


async def test_a_service_answers_as_it_does_over_a_socket() -> None:
    started = asyncio.Event()
    started.set()
    transport = InProcessTransport()
    transport.lead_to(sample_app(), answering=started, has_ended=lambda: False)
    client = NeighbourClient(base_url="http://things.test", neighbour="things", transport=transport)

    answer = await client.get("/v1/nothing/here")

    assert httpx.codes.NOT_FOUND == answer.status_code
    assert "application/problem+json" == answer.headers["content-type"]
