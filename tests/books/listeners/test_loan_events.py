import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from books_service.application.stock.views import CopyQuery
from books_service.domain.stock.availability import Availability, CopyAvailability
from books_service.domain.stock.stands import Stands, StandsWhy
from books_service.listeners.loan_events import (
    AVAILABILITY_CHANGED,
    FINDINGS,
    NAME,
    SCHEMAS,
    circulation_listener,
)
from shared.kernel.ids import new_id
from shared.messaging.envelope import Incoming, UnreadableMessage, parse
from tests.books.library import Library
from tests.books.makers import EMMA, EMMA_COPY, NOW, any_id

SAMPLE = Path(__file__).parents[2] / "contracts" / "samples" / f"{AVAILABILITY_CHANGED}.json"


def news(sequence: int = 1, **data: Any) -> Incoming:
    usual = {"copy_id": str(EMMA_COPY), "book_id": str(EMMA), "availability": "on_loan"}
    event: dict[str, Any] = {
        "id": str(new_id()),
        "source": "/loans",
        "type": AVAILABILITY_CHANGED,
        "subject": str(EMMA_COPY),
    }
    return Incoming(**event, time=NOW, sequence=sequence, data=usual | data)


def test_the_listener_has_the_name_of_its_queue(library: Library) -> None:
    listener = circulation_listener(library.stock.follow_circulation)

    assert "books.circulation" == NAME == listener.name
    assert {AVAILABILITY_CHANGED, *FINDINGS} == set(listener.types)


async def reported_of(library: Library, copy_id: UUID) -> CopyAvailability | None:
    async with library.unit_of_work() as uow:
        return await uow.circulation.of(copy_id)


async def test_the_sample_that_loans_promises_is_understood(library: Library) -> None:
    event = parse(SAMPLE.read_bytes())

    await circulation_listener(library.stock.follow_circulation).handle(event)

    reported = await reported_of(library, UUID(event.data["copy_id"]))
    assert reported is not None
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
        {"scanned_at": "2026-03-23T23:59:59"},
        {"stands": {"branch": "MAIN", "why": "mislaid", "since": None}},
        {"stands": {"branch": "MAIN"}},
    ],
    ids=str,
)
async def test_what_cannot_be_understood_is_unreadable(library: Library, data: dict[str, Any]) -> None:
    with pytest.raises(UnreadableMessage):
        await circulation_listener(library.stock.follow_circulation).handle(news(**data))

    assert await reported_of(library, EMMA_COPY) is None


async def test_fields_that_are_not_read_may_come_and_go(library: Library) -> None:
    await circulation_listener(library.stock.follow_circulation).handle(news(branch="MAIN", book_id=17))

    assert await reported_of(library, EMMA_COPY)


async def test_a_book_shows_what_circulation_says_of_its_copies(library: Library) -> None:
    book, (first, second) = await library.shelve("1", "2")
    listener = circulation_listener(library.stock.follow_circulation)
    due = NOW + timedelta(days=21)

    await listener.handle(news(1, copy_id=str(first.copy_id), due_at=due.isoformat()))
    await listener.handle(news(2, copy_id=str(second.copy_id), availability="on_hold_shelf"))
    await listener.handle(news(3, copy_id=str(any_id())))

    shown = (await library.queries.book(book.book_id)).availability
    assert (2, 2, 0, 1, 1) == (shown.copies, shown.lendable, shown.available, shown.on_loan, shown.on_hold_shelf)
    assert due == (await library.queries.copy(first.copy_id)).due_at


WORDS = st.sampled_from([word.value for word in Availability])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, min_size=1, max_size=8), st.randoms(use_true_random=False))
async def test_news_may_come_late_twice_and_in_any_order(library: Library, history: Sequence[str], rng: Any) -> None:
    copy_id = any_id()
    listener = circulation_listener(library.stock.follow_circulation)
    sent = [
        news(number, copy_id=str(copy_id), availability=word, **(scan(number) if number % 2 else {}))
        for number, word in enumerate(history, start=1)
    ]
    arriving = [*sent, *rng.choices(sent, k=len(sent))]
    rng.shuffle(arriving)

    for event in arriving:
        await listener.handle(event)

    reported = await reported_of(library, copy_id)
    assert reported is not None
    assert history[-1] == reported.availability
    last_scan = len(history) - (len(history) + 1) % 2
    assert NOW + timedelta(hours=last_scan) == reported.scanned_at, "the last scan is kept, of old news, too"


def scan(hour: int) -> dict[str, Any]:
    return {"scanned": True, "scanned_at": (NOW + timedelta(hours=hour)).isoformat()}


async def test_a_copy_shows_where_it_stands_and_when_it_was_last_in_hand(library: Library) -> None:
    await library.open_branch("EAST")
    _, (copy,) = await library.shelve("1")
    listener = circulation_listener(library.stock.follow_circulation)
    since = NOW + timedelta(hours=1)
    floated = {"branch": "east", "location": None, "why": "floated", "since": since.isoformat()}

    await listener.handle(news(1, copy_id=str(copy.copy_id), availability="available", stands=floated, **scan(1)))
    await listener.handle(news(2, copy_id=str(copy.copy_id), availability="requested", stands=floated))

    shown = await library.queries.copy(copy.copy_id)
    assert ("MAIN", Stands("EAST", None, StandsWhy.FLOATED, since)) == (shown.branch, shown.stands)
    assert since == shown.last_seen_at
    assert shown.mark != copy.mark
    (held,) = (await library.queries.holdings([copy.book_id], most=9))[0].copies
    assert shown.stands == held.stands
    after, before = CopyQuery(last_seen_before=since + timedelta(hours=1)), CopyQuery(last_seen_before=since)
    assert [[copy.copy_id], []] == [
        [each.copy_id for each in await library.queries.copies(query, after=None, limit=9)] for query in (after, before)
    ]
    (revised,) = await library.queries.copies_with_barcode("1")
    assert shown == revised


@pytest.mark.parametrize(
    ("availability", "why"),
    [("on_loan", "on_loan"), ("on_hold_shelf", "hold_shelf"), ("in_transit", "in_transit"), ("available", "home")],
)
async def test_circulation_of_a_version_before_says_why_a_copy_is_where_it_is_by_its_availability(
    library: Library, availability: str, why: str
) -> None:
    _, (copy,) = await library.shelve("1")

    await circulation_listener(library.stock.follow_circulation).handle(
        news(copy_id=str(copy.copy_id), availability=availability, scanned=True)
    )

    shown = await library.queries.copy(copy.copy_id)
    assert ("MAIN", why, NOW) == (shown.stands.branch, shown.stands.why, shown.last_seen_at)


async def test_news_may_come_late_twice_and_in_any_order_to_a_real_database(library: Library) -> None:
    _, (copy,) = await library.shelve("1")
    listener = circulation_listener(library.stock.follow_circulation)
    sent = [
        news(number, copy_id=str(copy.copy_id), availability=word)
        for number, word in enumerate(["on_loan", "in_transit", "on_hold_shelf", "available", "on_loan"], start=1)
    ]

    for event in (*sent[::-1], *sent, *sent[2:]):
        await listener.handle(event)

    assert "on_loan" == (await library.queries.copy(copy.copy_id)).availability


@pytest.mark.parametrize(
    ("type_", "data", "status", "follows"),
    [
        ("loans.copy.not_found", {}, "in_service", "missing"),
        ("loans.loan.declared_lost", {}, "in_service", "lost"),
        ("loans.loan.found", {}, "lost", "in_service"),
        (AVAILABILITY_CHANGED, {"availability": "available"}, "missing", "missing"),
        (AVAILABILITY_CHANGED, {"availability": "available", "scanned": True}, "missing", "in_service"),
        (AVAILABILITY_CHANGED, {"availability": "in_transit", "transit_to": "EAST"}, "missing", "in_service"),
        (AVAILABILITY_CHANGED, {"availability": "unavailable"}, "lost", "lost"),
    ],
)
async def test_the_status_follows_from_what_circulation_tells(
    library: Library, type_: str, data: dict[str, Any], status: str, follows: str
) -> None:
    _, (copy,) = await library.shelve("1")
    await library.set_status(copy.copy_id, status)
    event = replace(news(copy_id=str(copy.copy_id), **data), type=type_)

    for _ in range(2):
        await circulation_listener(library.stock.follow_circulation).handle(event)

    assert follows == (await library.queries.copy(copy.copy_id)).status
    changed = [type_ for type_, _, _ in await library.events() if type_ == "books.copy.status_changed"]
    assert len({"in_service", status, follows}) - 1 + (follows == "in_service" != status) == len(changed)


async def test_findings_that_wait_are_followed_together_in_their_order(library: Library) -> None:
    _, (first, second) = await library.shelve("1", "2")
    listener = circulation_listener(library.stock.follow_circulation)
    assert listener.handle_together is not None

    def event(type_: str, copy_id: UUID) -> Incoming:
        return replace(news(copy_id=str(copy_id), availability="available", scanned=True), type=type_)

    missed, lost = event("loans.copy.not_found", first.copy_id), event("loans.loan.declared_lost", second.copy_id)
    back, unknown = event(AVAILABILITY_CHANGED, first.copy_id), event("loans.loan.found", any_id())
    for _ in range(2):
        await listener.handle_together([missed, lost, back, unknown])

    assert ("in_service", "lost") == tuple(
        [(await library.queries.copy(copy.copy_id)).status for copy in (first, second)]
    )
    changed = [type_ for type_, _, _ in await library.events() if type_ == "books.copy.status_changed"]
    assert 3 == len(changed)


async def test_a_finding_without_a_copy_is_unreadable(library: Library) -> None:
    with pytest.raises(UnreadableMessage):
        await circulation_listener(library.stock.follow_circulation).handle(
            replace(news(copy_id="x"), type="loans.loan.found")
        )


async def test_what_is_requested_is_shown_so_and_not_counted_as_available(library: Library) -> None:
    book, (copy, _) = await library.shelve("1", "2")

    await circulation_listener(library.stock.follow_circulation).handle(
        news(copy_id=str(copy.copy_id), availability="requested")
    )

    shown = (await library.queries.book(book.book_id)).availability
    assert (2, 2, 1, 1) == (shown.copies, shown.lendable, shown.available, shown.requested)
    assert "requested" == (await library.queries.copy(copy.copy_id)).availability
