"""A POST that is repeated happens once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert

from shared.kernel.errors import NeighbourUnavailable
from shared.kernel.receipts import Receipt
from shared.persistence.receipts import SqlReceipts
from shared.persistence.work import SqlWork
from tests.shared.bad_input import check_problem
from tests.shared.hostile_tokens import a_token
from tests.shared.stores import NOON, Store
from tests.shared.web.sample import GOOD, KEY, WRITER, caller_of, sample_app
from tests.shared.web.things import NoRoom, ThingView


class Desk:
    """The sample service over a real database, seen by one client; counts how often the act was done."""

    def __init__(self, store: Store, http: httpx.AsyncClient, shelf: Any) -> None:
        self.store = store
        self.http = http
        self.refusing: list[Exception] = []
        self.gate: asyncio.Event | None = None
        self.entered = asyncio.Event()
        shelf.act = self.act

    async def act(self, view: ThingView, receipt: Receipt | None) -> ThingView:
        self.entered.set()
        if self.gate is not None:
            await self.gate.wait()
        work = SqlWork(self.store.database, self.store.tables, receipt=receipt)
        session = await work.open()
        try:
            await session.execute(insert(self.store.effects), {"subject": view.name, "sequence": view.count})
            if self.refusing:
                raise self.refusing.pop()
            await work.commit(answer=view, now=NOON)
        finally:
            await work.close()
        return view

    async def post(
        self, key: str | None = None, body: Any = None, *, path: str = "/v1/things", **headers: str
    ) -> httpx.Response:
        given = WRITER | ({"Idempotency-Key": key} if key is not None else {}) | headers
        if isinstance(body, bytes):
            given |= {"Content-Type": "application/json"}
            return await self.http.post(path, content=body, headers=given)
        return await self.http.post(path, json=body or GOOD.body, headers=given)

    async def times_done(self) -> int:
        return await self.store.count(self.store.effects)


class CountedReceipts(SqlReceipts):
    looks = 0

    async def find(self, receipt: Receipt, shape: type[Any]) -> Any:
        self.looks += 1
        return await super().find(receipt, shape)


@pytest.fixture
def receipts(store: Store) -> CountedReceipts:
    return CountedReceipts(store.database, store.tables.receipts)


@pytest.fixture
async def desk(store: Store, receipts: CountedReceipts) -> AsyncIterator[Desk]:
    app = sample_app(receipts=receipts)
    async with caller_of(app) as http:
        yield Desk(store, http, app.state.shelf)


async def test_without_a_key_every_request_is_a_new_one(desk: Desk) -> None:
    first, second = await desk.post(), await desk.post()

    assert first.json()["thing_id"] != second.json()["thing_id"]
    assert 2 == await desk.times_done()


async def test_the_same_key_and_body_bring_the_same_answer_again(desk: Desk) -> None:
    key = str(uuid4())

    first = await desk.post(key)
    again = await desk.post(key)

    assert 201 == first.status_code == again.status_code
    assert first.content == again.content
    assert (first.headers["location"], first.headers["etag"]) == (again.headers["location"], again.headers["etag"])
    assert "idempotency-replayed" not in first.headers
    assert "true" == again.headers["idempotency-replayed"]
    assert 1 == await desk.times_done()


async def test_the_same_json_may_be_spelt_differently(desk: Desk) -> None:
    first = await desk.post("k", b'{"name":"A lamp","count":3,"due":null}')
    again = await desk.post("k", b' {"due" : null, "count": 3, "name": "A l\\u0061mp"} ')

    assert first.content == again.content
    assert 1 == await desk.times_done()


async def test_a_key_in_quotes_is_the_same_key(desk: Desk) -> None:
    first, again = await desk.post("k-1"), await desk.post('"k-1"')

    assert first.content == again.content


@pytest.mark.parametrize("key", ["k", "k" * 255, "!~/:;{}", '"'])
async def test_any_visible_ascii_makes_a_key(desk: Desk, key: str) -> None:
    assert 201 == (await desk.post(key)).status_code
    assert "true" == (await desk.post(key)).headers["idempotency-replayed"]


async def test_a_key_belongs_to_its_request(desk: Desk) -> None:
    await desk.post("k")

    other_body = await desk.post("k", dict(GOOD.body) | {"count": 4})
    other_type = await desk.post("k", dict(GOOD.body) | {"count": 4, "due": None})

    for answer in (other_body, other_type):
        check_problem(answer)
        assert (422, "idempotency-key-reused") == (answer.status_code, answer.json()["code"])
    assert 1 == await desk.times_done()


async def test_a_key_belongs_to_its_caller(desk: Desk) -> None:
    others = f"Bearer {a_token(KEY, sub='somebody-else')}"
    same_person_elsewhere = f"Bearer {a_token(KEY, client_id='kiosk')}"

    answers = [
        await desk.post("k"),
        await desk.post("k", Authorization=others),
        await desk.post("k", Authorization=same_person_elsewhere),
    ]

    assert 3 == len({answer.json()["thing_id"] for answer in answers})


async def test_while_the_first_is_at_work_the_second_is_asked_to_wait(desk: Desk) -> None:
    desk.gate = asyncio.Event()
    first = asyncio.create_task(desk.post("k"))
    await desk.entered.wait()

    second = await desk.post("k")
    different = await desk.post("k", dict(GOOD.body) | {"count": 4})
    desk.gate.set()
    answered = await first
    third = await desk.post("k")

    check_problem(second)
    assert (409, "idempotency-key-in-use", "1") == (
        second.status_code,
        second.json()["code"],
        second.headers["retry-after"],
    )
    assert "idempotency-key-reused" == different.json()["code"]
    assert answered.content == third.content
    assert 1 == await desk.times_done()


async def test_two_processes_with_the_same_request_do_it_once_and_answer_alike(store: Store) -> None:
    desks = []
    for _ in range(2):
        app = sample_app(receipts=SqlReceipts(store.database, store.tables.receipts))
        desks.append(Desk(store, caller_of(app), app.state.shelf))
    gate = asyncio.Event()
    for desk in desks:
        desk.gate = gate
    posts = [asyncio.create_task(desk.post("k")) for desk in desks]
    for desk in desks:
        await desk.entered.wait()

    gate.set()
    answers = await asyncio.gather(*posts)

    assert [201, 201] == [answer.status_code for answer in answers]
    assert answers[0].content == answers[1].content
    assert 1 == await store.count(store.effects)
    for desk in desks:
        await desk.http.aclose()


async def test_many_at_once_do_it_once(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.post("k") for _ in range(30)))

    done = [answer for answer in answers if answer.status_code == 201]
    assert {201, 409} >= {answer.status_code for answer in answers}
    assert 1 == len({answer.content for answer in done})
    assert 1 == await desk.times_done()


@pytest.mark.parametrize("refusal", [NoRoom(room=0), NeighbourUnavailable("Asleep.")], ids=["refused", "unavailable"])
async def test_a_refusal_is_not_kept(desk: Desk, refusal: Exception) -> None:
    desk.refusing = [refusal]

    refused = await desk.post("k")
    again = await desk.post("k")

    assert refused.status_code in (409, 503)
    assert 201 == again.status_code
    assert "idempotency-replayed" not in again.headers
    assert 1 == await desk.times_done()


async def test_a_refusal_that_the_same_request_has_caused_elsewhere_is_answered_as_done(desk: Desk) -> None:
    async def someone_was_faster(view: ThingView, receipt: Receipt | None) -> ThingView:
        await desk.act(view, receipt)
        raise NoRoom(room=0)

    transport = desk.http._transport
    assert isinstance(transport, httpx.ASGITransport)
    transport.app.state.shelf.act = someone_was_faster  # type: ignore[attr-defined] # it is the sample's application

    answer = await desk.post("k")

    assert 201 == answer.status_code
    assert "true" == answer.headers["idempotency-replayed"]


async def test_a_crash_leaves_the_key_free(desk: Desk) -> None:
    desk.refusing = [ZeroDivisionError()]

    crashed = await desk.post("k")
    again = await desk.post("k")

    assert (500, 201) == (crashed.status_code, again.status_code)
    assert 1 == await desk.times_done()


FAILURES = [ZeroDivisionError(), TimeoutError(), OSError(), NoRoom(room=0), NeighbourUnavailable("Asleep.")]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
async def test_whatever_a_repeated_request_fails_by_it_is_answered_as_before(desk: Desk, failure: Exception) -> None:
    first = await desk.post("k")
    desk.refusing = [failure]

    again = await desk.post("k")

    assert (201, "true") == (again.status_code, again.headers["idempotency-replayed"])
    assert first.content == again.content
    assert 1 == await desk.times_done()


async def test_a_repeated_request_that_finds_nothing_to_do_is_answered_as_before(desk: Desk) -> None:
    first = await desk.post("k")

    async def nothing_to_do(view: ThingView, _: Receipt | None) -> ThingView:
        return view

    transport = desk.http._transport
    assert isinstance(transport, httpx.ASGITransport)
    transport.app.state.shelf.act = nothing_to_do  # type: ignore[attr-defined] # it is the sample's application

    assert first.content == (await desk.post("k")).content
    assert "idempotency-replayed" not in (await desk.post("another key")).headers


async def test_a_request_that_is_not_repeated_looks_for_no_receipt(desk: Desk, receipts: CountedReceipts) -> None:
    await desk.post("k")

    assert 0 == receipts.looks
    await desk.post("k")
    assert 1 == receipts.looks


async def test_an_act_in_parts_is_not_begun_again(desk: Desk) -> None:
    first = await desk.post("k", path="/v1/in-parts")
    desk.refusing = [ZeroDivisionError()]  # would be met by an act

    again = await desk.post("k", path="/v1/in-parts")

    assert first.content == again.content
    assert ["true", 1] == [again.headers["idempotency-replayed"], len(desk.refusing)]


@pytest.mark.parametrize("body", [b"{", b'{"name":1}'], ids=["unreadable", "invalid"])
async def test_a_request_that_is_not_understood_does_not_use_up_its_key(desk: Desk, body: bytes) -> None:
    await desk.post("k", body)

    assert 201 == (await desk.post("k")).status_code


async def test_a_service_without_receipts_takes_keys_and_forgets_them() -> None:
    async with caller_of(sample_app(receipts=None)) as http:
        answers = [await http.post("/v1/things", json=GOOD.body, headers=WRITER | {"Idempotency-Key": "k"})] * 2

    assert [201, 201] == [answer.status_code for answer in answers]
