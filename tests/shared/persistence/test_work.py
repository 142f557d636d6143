"""Rows, events and receipt of one act: all or nothing, and once."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from shared import context
from shared.kernel.receipts import Receipt
from shared.persistence.outbox import Message
from shared.persistence.receipts import AnswerOutdated, KeyReused, SqlReceipts
from shared.persistence.work import AnsweredMeanwhile, SqlWork
from tests.shared.stores import NOON, Store, a_message


@dataclass(frozen=True)
class Answer:
    name: str
    sizes: tuple[int, ...] = (1, 2)


@dataclass(frozen=True)
class AnswerOfTheNextRelease:
    title: str


def a_receipt(*, key: str = "key-1", request: bytes = b"POST /things {}", caller: str = "me") -> Receipt:
    return Receipt.of(caller=caller, key=key, request=request)


async def act(
    store: Store, *messages: Message, receipt: Receipt | None = None, answer: object = None, commits: bool = True
) -> None:
    """Add an effect, with events and a receipt."""
    work = SqlWork(store.database, store.tables, receipt=receipt)
    session = await work.open()
    try:
        await session.execute(insert(store.effects), {"subject": "thing-1", "sequence": 1})
        if commits:
            await work.commit(messages, answer=answer, now=NOON)
    finally:
        await work.close()


async def counts(store: Store) -> tuple[int, int, int]:
    """Return how many effects, waiting events and receipts there are."""
    tables = (store.effects, store.tables.outbox, store.tables.receipts)
    one, two, three = [await store.count(table) for table in tables]
    return one, two, three


async def test_a_commit_keeps_rows_events_and_receipt(store: Store) -> None:
    await act(store, a_message(), a_message(), receipt=a_receipt(), answer=Answer("a"))

    assert await counts(store) == (1, 2, 1)


async def test_without_a_commit_nothing_is_kept(store: Store) -> None:
    await act(store, a_message(), receipt=a_receipt(), answer=Answer("a"), commits=False)

    assert await counts(store) == (0, 0, 0)


async def test_on_commit_is_called_after_the_commit_and_only_then(store: Store) -> None:
    rung: list[int] = []
    work = SqlWork(store.database, store.tables, on_commit=lambda: rung.append(1))
    session = await work.open()
    await session.execute(insert(store.effects), {"subject": "thing-1", "sequence": 1})
    before = list(rung)

    await work.commit(now=NOON)
    await work.close()

    assert (before, rung) == ([], [1])


async def test_an_answer_of_nothing_keeps_no_receipt(store: Store) -> None:
    await act(store, receipt=a_receipt(), answer=None)

    assert await counts(store) == (1, 0, 0)


async def test_a_kept_answer_is_given_again_as_it_was(store: Store) -> None:
    await act(store, receipt=a_receipt(), answer=Answer("Zoë", (3,)))

    found = await SqlReceipts(store.database, store.tables.receipts).find(a_receipt(), Answer)

    assert found == Answer("Zoë", (3,))


@pytest.mark.parametrize("other", [a_receipt(key="key-2"), a_receipt(caller="you")])
async def test_another_key_or_caller_finds_nothing(store: Store, other: Receipt) -> None:
    await act(store, receipt=a_receipt(), answer=Answer("a"))

    assert await SqlReceipts(store.database, store.tables.receipts).find(other, Answer) is None


async def test_the_same_key_for_another_request_is_refused(store: Store) -> None:
    await act(store, receipt=a_receipt(), answer=Answer("a"))

    with pytest.raises(KeyReused):
        await SqlReceipts(store.database, store.tables.receipts).find(a_receipt(request=b"another"), Answer)


async def test_an_answer_whose_shape_has_changed_since_is_owned_up_to(store: Store) -> None:
    await act(store, receipt=a_receipt(), answer=Answer("a"))

    with pytest.raises(AnswerOutdated):
        await SqlReceipts(store.database, store.tables.receipts).find(a_receipt(), AnswerOfTheNextRelease)


async def test_an_answer_cannot_be_read_from_the_database(store: Store) -> None:
    await act(store, receipt=a_receipt(), answer=Answer("SECRET"))

    (row,) = await store.database.rows(select(store.tables.receipts))

    assert b"SECRET" not in row.answer
    assert b"key-1" not in row.slot + row.fingerprint + row.answer


async def test_a_fingerprint_tells_nothing_about_the_request_without_the_key() -> None:
    """A request may hold a password: it must not be possible to try passwords against what is stored."""
    one, two = a_receipt(key="key-1"), a_receipt(key="key-2")

    assert one.fingerprint != two.fingerprint


async def test_a_receipt_that_is_moved_to_another_slot_cannot_be_opened(store: Store) -> None:
    await act(store, receipt=a_receipt(), answer=Answer("mine"))
    other = a_receipt(caller="you")
    async with store.database.begin() as transaction:
        await transaction.run(update(store.tables.receipts).values(slot=other.slot, fingerprint=other.fingerprint))
        await transaction.commit()

    with pytest.raises(Exception):  # noqa: B017 - cryptography's own
        await SqlReceipts(store.database, store.tables.receipts).find(other, Answer)


async def test_of_many_at_once_with_the_same_key_one_acts(store: Store) -> None:
    async def try_to_act() -> str:
        try:
            await act(store, a_message(), receipt=a_receipt(), answer=Answer("a"))
        except AnsweredMeanwhile:
            return "answered meanwhile"
        return "acted"

    results = await asyncio.gather(*(try_to_act() for _ in range(8)))

    assert sorted(results) == ["acted", *["answered meanwhile"] * 7]
    assert await counts(store) == (1, 1, 1)


async def test_events_are_numbered_in_their_order_and_numbers_are_not_used_again(store: Store) -> None:
    await act(store, a_message(subject="a"), a_message(subject="b"))
    first = await store.outbox()
    async with store.database.begin() as transaction:
        await transaction.run(store.tables.outbox.delete())
        await transaction.commit()
    await act(store, a_message(subject="c"))
    (later,) = await store.outbox()

    assert [subject for subject, _ in first] == ["a", "b"]
    assert first[0][1] < first[1][1] < later[1]


async def test_the_events_of_a_row_are_numbered_in_the_order_of_its_commits(store: Store) -> None:
    """Eight writers change one row in turn and tell of it: a higher number tells a newer value."""

    async def increment_and_tell() -> None:
        for _ in range(10):
            work = SqlWork(store.database, store.tables)
            session = await work.open()
            value = await session.scalar(select(store.counters.c.value).with_for_update())
            assert value is not None
            await session.execute(update(store.counters).values(value=value + 1))
            await work.commit([a_message(data={"value": value + 1})], now=NOON)
            await work.close()

    await asyncio.gather(*(increment_and_tell() for _ in range(8)))

    table = store.tables.outbox
    told = [row.data["value"] for row in await store.database.rows(select(table.c.data).order_by(table.c.sequence))]
    assert told == list(range(1, 81))


async def test_an_event_keeps_what_it_was_given(store: Store) -> None:
    data: dict[str, Any] = {"name": "Zoë", "size": 3, "parts": [1, None], "of": {"deep": True}}
    with context.working_on(context.new_context(request_id="request-1")) as here:
        await act(store, a_message("things.thing.made", subject="thing-7", data=data))

    (row,) = await store.database.rows(select(store.tables.outbox))

    assert (row.type, row.subject, row.occurred_at, row.data) == ("things.thing.made", "thing-7", NOON, data)
    assert (row.correlation_id, row.traceparent) == ("request-1", here.traceparent)


async def test_a_message_is_new_once_for_each_listener(store: Store) -> None:
    work = SqlWork(store.database, store.tables)
    await work.open()
    new = [
        bool(await work.new_among(["m1"], listener=listener, now=NOON))
        for listener in ("one", "one", "two", "one", "two")
    ]
    await work.commit(now=NOON)
    await work.close()

    assert new == [True, False, True, False, False]


async def test_a_message_whose_work_was_undone_is_new_again(store: Store) -> None:
    for commits, expected in ((False, True), (True, True), (True, False)):
        work = SqlWork(store.database, store.tables)
        await work.open()
        assert bool(await work.new_among(["m1"], listener="one", now=NOON)) is expected
        if commits:
            await work.commit(now=NOON)
        await work.close()


async def test_of_two_who_get_the_same_message_at_once_one_works_on_it(store: Store) -> None:
    async def work_on() -> bool:
        work = SqlWork(store.database, store.tables)
        await work.open()
        try:
            is_new = bool(await work.new_among(["m1"], listener="one", now=NOON))
            await asyncio.sleep(0.05)
            await work.commit(now=NOON)
        finally:
            await work.close()
        return is_new

    assert sorted(await asyncio.gather(work_on(), work_on())) == [False, True]
