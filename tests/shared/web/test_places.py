"""Nobody takes everybody's places: not who holds bodies back, reads no answers, or asks too much at once."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.tokens import Principal, StaticKeys, TokenRejected, TokenVerifier
from shared.web import serving
from shared.web.documents.pages import asset_name
from shared.web.edge.callers import caller_address
from shared.web.edge.deadlines import DeadlineProtocol
from shared.web.edge.limits import Limits, Shares
from shared.web.edge.places import Holder, Places
from shared.web.problems import Problem
from tests.shared.bad_input import check_problem
from tests.shared.hostile_tokens import a_token
from tests.shared.web.sample import GOOD, KEY, WRITER, caller_of, sample_app

DESK, ELSEWHERE = "127.0.0.1", "127.0.0.2"
HOST = b"Host: things.test\r\n"
BODY = json.dumps(GOOD.body).encode()
NO_BODY_YET = b"POST /v1/uploads HTTP/1.1\r\n" + HOST + b"Content-Length: 60000\r\n\r\n{}"
_A_LONG_FILE = f"GET /docs/assets/{asset_name('swagger-ui-bundle.js')} HTTP/1.1\r\n".encode()
UNREAD = (_A_LONG_FILE + HOST + b"X-Filler: " + b"x" * 4_000 + b"\r\n\r\n") * 12


@dataclass
class Running:
    """A server at work, and how to reach it from some address."""

    app: FastAPI
    server: serving.Server
    port: int
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def crowd(self, count: int, data: bytes) -> None:
        """Connect so often from elsewhere, send `data` each time, and never read."""
        for _ in range(count):
            end = self.stack.enter_context(socket.socket())
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            end.setblocking(False)
            end.bind((ELSEWHERE, 0))
            await asyncio.get_running_loop().sock_connect(end, (DESK, self.port))
            await asyncio.get_running_loop().sock_sendall(end, data)

    def client(self, address: str) -> httpx.AsyncClient:
        transport = httpx.AsyncHTTPTransport(local_address=address)
        return httpx.AsyncClient(transport=transport, base_url=f"http://{DESK}:{self.port}", timeout=30)

    async def until_connected(self, count: int) -> None:
        """Wait until there are so many connections from elsewhere."""
        there: Any = self.server.server_state.connections
        await until(lambda: count == sum(one.client[0] == ELSEWHERE for one in there))

    async def until_at_work(self, count: int) -> None:
        """Wait until so many requests have begun and not ended."""
        await until(lambda: count == len(self.server.server_state.tasks))


class ImpatientWithReaders(DeadlineProtocol):
    """The same, but answers must be read sooner, so that tests need little time."""

    answer_seconds = 0.5


@asynccontextmanager
async def running(app: FastAPI, protocol: type[DeadlineProtocol] = DeadlineProtocol) -> AsyncIterator[Running]:
    listening = serving.listen(DESK, 0)
    server = serving.server(app, host=DESK, port=0, sockets=[listening], protocol=protocol)
    task = asyncio.create_task(server.serve())
    await server.answering.wait()
    here = Running(app, server, listening.getsockname()[1])
    try:
        async with here.stack:
            yield here
    finally:
        app.state.shelf.gate.set()
        server.should_exit = True
        await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


def token_of(subject: str, **claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {a_token(KEY, sub=subject, **claims)}"}


# --- who holds a body back -------------------------------------------------------------------------------------------


async def test_who_sends_no_body_keeps_nobody_from_being_answered() -> None:
    async with running(sample_app()) as here, here.client(ELSEWHERE) as neighbour, here.client(DESK) as desk:
        await here.crowd(70, NO_BODY_YET)

        answers = [await http.post("/v1/things", content=BODY, headers=JSON) for http in (desk, neighbour) * 5]
        looks = [await http.get("/v1/things") for http in (desk, neighbour) * 5]

    assert {201} == {answer.status_code for answer in answers}
    assert {200} == {answer.status_code for answer in looks}


async def test_of_those_at_one_address_who_hold_their_bodies_back_the_first_goes_when_there_are_too_many() -> None:
    app = sample_app(limits=Limits(waiting_of_address=2))
    async with running(app) as here:
        first = await asyncio.open_connection(DESK, here.port)
        first[1].write(NO_BODY_YET)
        await here.until_at_work(1)
        others = [await asyncio.open_connection(DESK, here.port) for _ in range(2)]
        for _, writer in others:
            writer.write(NO_BODY_YET)
        answer = await asyncio.wait_for(first[0].read(), 20)
        for _, writer in (first, *others):
            writer.close()

    assert answer.startswith(b"HTTP/1.1 429 ")
    assert b'"code":"too-many-at-once"' in answer
    assert b"connection: close" in answer


async def test_of_all_who_hold_their_bodies_back_the_first_goes_when_there_are_too_many() -> None:
    app = sample_app(limits=Limits(waiting=1))
    async with running(app) as here:
        reader, writer = await asyncio.open_connection(DESK, here.port)
        writer.write(NO_BODY_YET)
        await here.until_at_work(1)
        await here.crowd(1, NO_BODY_YET)
        answer = await asyncio.wait_for(reader.read(), 20)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b'"code":"overloaded"' in answer


async def test_long_bodies_that_come_slowly_have_places_of_their_own_and_leave_some_to_others() -> None:
    shares = Shares(all=4, for_services=0, anonymous=4, of_address=2, of_account=2)
    slow = b"POST /v1/uploads HTTP/1.1\r\n" + HOST + b"Content-Length: 2000000\r\n\r\n" + b" " * 1_000
    app = sample_app(limits=Limits(body=1_000, bodies={"/v1/uploads": 3 * 2**20}, in_flight_large=shares))
    async with running(app) as here, here.client(ELSEWHERE) as neighbour, here.client(DESK) as desk:
        await here.crowd(2, slow)
        await here.until_at_work(2)

        refused = await neighbour.post("/v1/uploads", content=b" " * 2_000)
        taken = await desk.post("/v1/uploads", content=b" " * 2_000)
        small = [await http.post("/v1/uploads", content=b" " * 1_000) for http in (desk, neighbour) * 5]

    assert (429, "too-many-at-once") == (refused.status_code, refused.json()["code"])
    assert 200 == taken.status_code
    assert {200} == {answer.status_code for answer in small}


# --- who reads no answer ---------------------------------------------------------------------------------------------


async def test_who_reads_no_answer_keeps_nobody_from_being_answered() -> None:
    async with running(sample_app()) as here, here.client(ELSEWHERE) as neighbour, here.client(DESK) as desk:
        await here.crowd(66, UNREAD)

        answers = [await http.get("/v1/things") for http in (desk, neighbour) * 10]
        documents = [await http.get("/openapi.json") for http in (desk, neighbour)]

    assert {200} == {answer.status_code for answer in (*answers, *documents)}


async def test_a_connection_whose_answers_nobody_reads_is_broken_off() -> None:
    async with running(sample_app(), ImpatientWithReaders) as here:
        await here.crowd(3, UNREAD)
        await here.until_connected(3)

        await here.until_connected(0)

        assert set() == here.server.server_state.tasks


async def test_whoever_reads_slowly_but_reads_gets_all_of_it() -> None:
    async with running(sample_app(), ImpatientWithReaders) as here:
        reader, writer = await asyncio.open_connection(DESK, here.port, limit=2_048)
        writer.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        request = UNREAD[: len(UNREAD) // 12]
        writer.write(request * 3)
        length = 0
        for _ in range(3):
            head = await reader.readuntil(b"\r\n\r\n")
            left = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            length += left
            while left:
                left -= len(await reader.read(min(left, 60_000)))
                await asyncio.sleep(0.02)
        writer.close()

    assert length > 3 * 1_000_000


def test_answers_must_be_read_within_ten_seconds_at_a_slow_pace() -> None:
    assert (10.0, 1_024) == (DeadlineProtocol.answer_seconds, DeadlineProtocol.answer_rate)


# --- who asks too much at once ---------------------------------------------------------------------------------------

JSON = WRITER | {"Content-Type": "application/json"}


async def held(app: FastAPI, http: httpx.AsyncClient, count: int, **headers: str) -> list[asyncio.Task[httpx.Response]]:
    """Send requests that stay at work until the gate opens, and wait until they are."""
    waiting = [asyncio.create_task(http.get("/v1/slow", headers=headers)) for _ in range(count)]
    while app.state.shelf.at_work < count and not any(task.done() for task in waiting):
        await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    return waiting


@pytest.fixture
def app() -> FastAPI:
    return sample_app()


async def test_without_a_token_an_address_has_eight_places_and_no_more(app: FastAPI) -> None:
    async with caller_of(app, ELSEWHERE) as stranger, caller_of(app, DESK) as other:
        served = await held(app, stranger, 8)

        refused = await stranger.get("/v1/things")
        elsewhere, signed_in = await other.get("/v1/things"), await stranger.get("/v1/things", headers=WRITER)
        app.state.shelf.gate.set()
        answers = await asyncio.gather(*served)
        after = await stranger.get("/v1/things")

    check_problem(refused)
    assert (429, "too-many-at-once", "1") == (
        refused.status_code,
        refused.json()["code"],
        refused.headers["retry-after"],
    )
    assert "8 requests without a valid token from your address" in refused.json()["detail"]
    assert {200} == {answer.status_code for answer in (elsewhere, signed_in, *answers, after)}


async def test_a_token_that_is_not_valid_gives_no_share_of_ones_own(app: FastAPI) -> None:
    forged = {"Authorization": WRITER["Authorization"][:-8] + "AAAAAAAA"}
    async with caller_of(app, ELSEWHERE) as stranger:
        served = await held(app, stranger, 8)

        refused = await stranger.get("/v1/things", headers=forged)
        app.state.shelf.gate.set()
        await asyncio.gather(*served)
        looked_at = await stranger.get("/v1/things", headers=forged)

    assert (429, 401) == (refused.status_code, looked_at.status_code)


async def test_callers_without_a_token_have_half_of_the_places_together(app: FastAPI) -> None:
    async with AsyncExitStack() as stack:
        strangers = [await stack.enter_async_context(caller_of(app, f"198.51.100.{n}")) for n in range(5)]
        for number, stranger in enumerate(strangers[:4]):
            app.state.shelf.at_work = 0
            assert 8 == len(await held(app, stranger, 8)), number

        refused = await strangers[4].get("/v1/things")
        signed_in = await strangers[4].get("/v1/things", headers=WRITER)
        app.state.shelf.gate.set()

    assert (503, "overloaded", "1") == (
        refused.status_code,
        refused.json()["code"],
        refused.headers["retry-after"],
    )
    assert 200 == signed_in.status_code


async def test_an_account_has_a_quarter_of_the_places_wherever_it_is_used_and_more_wait_for_those(app: FastAPI) -> None:
    async with caller_of(app, ELSEWHERE) as one, caller_of(app, DESK) as other:
        served = await held(app, one, 16, **token_of("busy"))
        waiting = [asyncio.create_task(one.get("/v1/slow", headers=token_of("busy"))) for _ in range(48)]
        await asyncio.sleep(0)

        refused = await other.get("/v1/things", headers=token_of("busy"))
        others = [await other.get("/v1/things", headers=token_of("calm")), await other.get("/v1/things")]
        at_work = app.state.shelf.at_work
        app.state.shelf.gate.set()
        answers = await asyncio.gather(*served, *waiting)

    assert (429, "too-many-at-once") == (refused.status_code, refused.json()["code"])
    assert "16 requests of your account or client" in refused.json()["detail"]
    assert 16 == at_work
    assert {200} == {answer.status_code for answer in (*others, *answers)}


async def test_who_waits_in_vain_for_a_place_is_told_so_and_leaves_none_taken() -> None:
    places = Places(Shares(all=4, for_services=0, anonymous=2, of_address=1, of_account=1, queue_of_account=2))
    account = Holder(is_service=False, is_known=True, name="account")
    await places.take(account, seconds=0)

    with pytest.raises(Problem) as refused:
        await places.take(account, seconds=0.01)
    broken_off = asyncio.create_task(places.take(account, seconds=60))
    next_one = asyncio.create_task(places.take(account, seconds=60))
    await asyncio.sleep(0)
    places.give_back(account)
    broken_off.cancel()
    await next_one
    places.give_back(account)

    assert "too-many-at-once" == refused.value.code
    assert 0 == places.taken
    await places.take(account, seconds=0)


async def test_some_places_are_kept_for_own_services_and_none_are_needed_for_health(app: FastAPI) -> None:
    service = token_of("lending", scope="things:ask", roles=[])
    person = token_of("person", scope="things:ask", roles=["reader"])
    async with caller_of(app, DESK) as http:
        for number in range(4):
            app.state.shelf.at_work = 0
            await held(app, http, 14, **token_of(f"account-{number}"))

        refused = [await http.get("/v1/things", headers=headers) for headers in (token_of("one-more"), person)]
        served = await http.get("/v1/things", headers=service)
        operators = [await http.get(path) for path in ("/health/live", "/health/ready", "/metrics")]
        app.state.shelf.gate.set()

    assert [(503, "overloaded")] * 2 == [(answer.status_code, answer.json()["code"]) for answer in refused]
    assert 200 == served.status_code
    assert {200} == {answer.status_code for answer in operators}


async def test_own_services_may_have_all_places_but_no_more() -> None:
    places = Places(Shares(all=3, for_services=1, anonymous=1, of_address=1, of_account=1))
    service = Holder(is_service=True, is_known=True, name="lending")
    for _ in range(3):
        await places.take(service, seconds=0)

    with pytest.raises(Problem) as refused:
        await places.take(service, seconds=0)
    places.give_back(service)
    await places.take(service, seconds=0)

    assert "overloaded" == refused.value.code


async def test_the_places_of_services_do_not_lessen_those_of_others() -> None:
    places = Places(Shares(all=4, for_services=2, anonymous=2, of_address=2, of_account=2))
    service, account = (
        Holder(is_service=True, is_known=True, name="s"),
        Holder(is_service=False, is_known=True, name="a"),
    )
    for holder in (service, service, account, account):
        await places.take(holder, seconds=0)

    assert 4 == places.taken


@pytest.mark.parametrize(("client", "address"), [(("192.0.2.7", 4711), "192.0.2.7"), (None, "")])
def test_the_address_of_a_caller_is_the_one_that_the_server_found(client: tuple[str, int] | None, address: str) -> None:
    assert address == caller_address({"client": client})


# --- who calls is found out once -------------------------------------------------------------------------------------


class Fickle(TokenVerifier):
    """Counts, and takes back what a token said when it is asked again."""

    def __init__(self) -> None:
        super().__init__(StaticKeys([KEY.public_jwk()]), issuer="library")
        self.asked: list[str] = []

    async def verify(self, token: str) -> Principal:
        self.asked.append("verified")
        return await super().verify(token)

    async def confirm(self, principal: Principal) -> None:
        self.asked.append("confirmed")
        raise TokenRejected("ended since")


async def test_a_token_is_verified_once_and_confirmed_at_work() -> None:
    verifier = Fickle()
    async with caller_of(sample_app(verifier=verifier)) as http:
        refused = await http.get("/v1/things", headers=WRITER)
        unchecked = await http.get("/v1/unchecked", headers=WRITER)

    assert (401, "invalid-token", 200) == (refused.status_code, refused.json()["code"], unchecked.status_code)
    assert ["verified", "confirmed", "verified"] == verifier.asked
