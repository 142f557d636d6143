"""Slow clients, which hold bodies back or read no answers, do not use up the slots."""

import asyncio
import socket

from shared.web.documents.pages import asset_name
from shared.web.edge.admission.concurrency import ConcurrencyLimits
from shared.web.edge.deadlines import DeadlineProtocol
from shared.web.edge.limits import Limits
from tests.shared.web.admission.test_concurrency import JSON
from tests.shared.web.real_server import BODY, DESK, ELSEWHERE, HOST, NO_BODY_YET, running
from tests.shared.web.sample import sample_app

_A_LONG_FILE = f"GET /docs/assets/{asset_name('swagger-ui-bundle.js')} HTTP/1.1\r\n".encode()


UNREAD = (_A_LONG_FILE + HOST + b"X-Filler: " + b"x" * 4_000 + b"\r\n\r\n") * 12


class ImpatientWithReaders(DeadlineProtocol):
    """The same, but answers must be read sooner, so that tests need little time."""

    answer_seconds = 0.5


async def test_who_sends_no_body_keeps_nobody_from_being_answered() -> None:
    async with running(sample_app()) as here, here.client(ELSEWHERE) as neighbour, here.client(DESK) as desk:
        await here.connect(70, NO_BODY_YET)

        answers = [await http.post("/v1/things", content=BODY, headers=JSON) for http in (desk, neighbour) * 5]
        looks = [await http.get("/v1/things") for http in (desk, neighbour) * 5]

    assert {201} == {answer.status_code for answer in answers}
    assert {200} == {answer.status_code for answer in looks}


async def test_of_those_at_one_address_who_hold_their_bodies_back_the_first_goes_when_there_are_too_many() -> None:
    app = sample_app(limits=Limits(body_reads_per_address=2))
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
    app = sample_app(limits=Limits(body_reads=1))
    async with running(app) as here:
        reader, writer = await asyncio.open_connection(DESK, here.port)
        writer.write(NO_BODY_YET)
        await here.until_at_work(1)
        await here.connect(1, NO_BODY_YET)
        answer = await asyncio.wait_for(reader.read(), 20)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b'"code":"overloaded"' in answer


async def test_long_bodies_that_come_slowly_have_slots_of_their_own_and_leave_some_to_others() -> None:
    limits = ConcurrencyLimits(total=4, reserved_for_services=0, anonymous=4, per_address=2, per_account=2)
    slow = b"POST /v1/uploads HTTP/1.1\r\n" + HOST + b"Content-Length: 2000000\r\n\r\n" + b" " * 1_000
    app = sample_app(limits=Limits(body=1_000, bodies={"/v1/uploads": 3 * 2**20}, in_flight_large=limits))
    async with running(app) as here, here.client(ELSEWHERE) as neighbour, here.client(DESK) as desk:
        await here.connect(2, slow)
        await here.until_at_work(2)

        refused = await neighbour.post("/v1/uploads", content=b" " * 2_000)
        taken = await desk.post("/v1/uploads", content=b" " * 2_000)
        small = [await http.post("/v1/uploads", content=b" " * 1_000) for http in (desk, neighbour) * 5]

    assert (429, "too-many-at-once") == (refused.status_code, refused.json()["code"])
    assert 200 == taken.status_code
    assert {200} == {answer.status_code for answer in small}


async def test_who_reads_no_answer_keeps_nobody_from_being_answered() -> None:
    async with running(sample_app()) as here, here.client(ELSEWHERE) as neighbour, here.client(DESK) as desk:
        await here.connect(66, UNREAD)

        answers = [await http.get("/v1/things") for http in (desk, neighbour) * 10]
        documents = [await http.get("/openapi.json") for http in (desk, neighbour)]

    assert {200} == {answer.status_code for answer in (*answers, *documents)}


async def test_a_connection_whose_answers_nobody_reads_is_broken_off() -> None:
    async with running(sample_app(), ImpatientWithReaders) as here:
        await here.connect(3, UNREAD)
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
