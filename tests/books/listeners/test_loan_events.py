import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from books_service.domain.stock.availability import Availability
from books_service.listeners.loan_events import AVAILABILITY_CHANGED, NAME, SCHEMAS, availability_listener
from shared.kernel.ids import new_id
from shared.messaging.envelope import Incoming, Unreadable, parse
from tests.books.fakes import FakeUnitOfWork
from tests.books.library import Library
from tests.books.makers import EMMA, EMMA_COPY, NOW, any_id

SAMPLE = Path(__file__).parents[2] / "contracts" / "samples" / f"{AVAILABILITY_CHANGED}.json"


def news(sequence: int = 1, **data: Any) -> Incoming:
    usual = {"copy_id": str(EMMA_COPY), "book_id": str(EMMA), "availability": "on_loan"}
    event = {"id": str(new_id()), "source": "/loans", "type": AVAILABILITY_CHANGED, "subject": str(EMMA_COPY)}
    return Incoming(**event, time=NOW, sequence=sequence, data=usual | data)


def test_the_listener_has_the_name_of_its_queue() -> None:
    listener = availability_listener(lambda receipt: FakeUnitOfWork())

    assert ("books.availability", (AVAILABILITY_CHANGED,)) == (listener.name, listener.types)
    assert NAME == listener.name


async def test_the_sample_that_loans_promises_is_understood() -> None:
    uow = FakeUnitOfWork()
    event = parse(SAMPLE.read_bytes())

    await availability_listener(lambda receipt: uow).handle(event)

    ((copy_id, (sequence, reported)),) = uow.circulation.kept.items()
    assert (event.data["copy_id"], event.sequence) == (str(copy_id), sequence)
    assert (Availability.ON_LOAN, event.data["due_at"]) == (
        reported.availability,
        reported.due_at and reported.due_at.isoformat().replace("+00:00", "Z"),
    )
    schema = Draft202012Validator(SCHEMAS[AVAILABILITY_CHANGED])
    assert [] == list(schema.iter_errors(json.loads(SAMPLE.read_text())["data"]))


@pytest.mark.parametrize(
    "data",
    [
        {"copy_id": "17"},
        {"copy_id": None},
        {"availability": "somewhere"},
        {"due_at": "2026-03-23T23:59:59"},
        {"due_at": "soon"},
    ],
    ids=str,
)
async def test_what_cannot_be_understood_is_unreadable(data: dict[str, Any]) -> None:
    uow = FakeUnitOfWork()

    with pytest.raises(Unreadable):
        await availability_listener(lambda receipt: uow).handle(news(**data))

    assert 0 == uow.commits


async def test_fields_that_are_not_read_may_come_and_go() -> None:
    uow = FakeUnitOfWork()

    await availability_listener(lambda receipt: uow).handle(news(branch="MAIN", book_id=17))

    assert [EMMA_COPY] == list(uow.circulation.kept)


async def test_a_book_shows_what_circulation_says_of_its_copies(library: Library) -> None:
    book, (first, second) = await library.shelve("1", "2")
    listener = availability_listener(library.unit_of_work)
    due = NOW + timedelta(days=21)

    await listener.handle(news(1, copy_id=str(first.copy_id), due_at=due.isoformat()))
    await listener.handle(news(2, copy_id=str(second.copy_id), availability="on_hold_shelf"))
    await listener.handle(news(3, copy_id=str(any_id())))

    shown = (await library.views.book(book.book_id)).availability
    assert (2, 2, 0, 1, 1) == (shown.copies, shown.lendable, shown.available, shown.on_loan, shown.on_hold_shelf)
    assert due == (await library.views.copy(first.copy_id)).due_at


WORDS = st.sampled_from([word.value for word in Availability])


@given(st.lists(WORDS, min_size=1, max_size=8), st.randoms(use_true_random=False))
async def test_news_may_come_late_twice_and_in_any_order(history: Sequence[str], rng: Any) -> None:
    uow = FakeUnitOfWork()
    listener = availability_listener(lambda receipt: uow)
    told = [news(number, availability=word) for number, word in enumerate(history, start=1)]
    arriving = [*told, *rng.choices(told, k=len(told))]
    rng.shuffle(arriving)

    for event in arriving:
        await listener.handle(event)

    reported = await uow.circulation.of(EMMA_COPY)
    assert reported is not None
    assert history[-1] == reported.availability


async def test_news_may_come_late_twice_and_in_any_order_to_a_real_database(library: Library) -> None:
    _, (copy,) = await library.shelve("1")
    listener = availability_listener(library.unit_of_work)
    told = [
        news(number, copy_id=str(copy.copy_id), availability=word)
        for number, word in enumerate(["on_loan", "in_transit", "on_hold_shelf", "available", "on_loan"], start=1)
    ]

    for event in (*told[::-1], *told, *told[2:]):
        await listener.handle(event)

    assert "on_loan" == (await library.views.copy(copy.copy_id)).availability
