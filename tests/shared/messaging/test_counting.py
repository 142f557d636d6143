"""What acts count comes into the cube exactly once, whatever breaks on the way."""

import asyncio
import signal
import sys
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.kernel.cube import Count, Span
from shared.persistence.cube import rolling_up
from tests.shared.messaging.fakes import RecordingPublisher
from tests.shared.messaging.relays import a_relay, is_empty, running
from tests.shared.stores import Store, a_message, a_store, eventually

TODAY = date(2026, 3, 1)


def counted(number: int = 1, *, place: str = "here", day: date = TODAY) -> Count:
    return Count("things", day, {"place": place}, number)


async def has_figures(store: Store, expected: dict[tuple[str, ...], int]) -> bool:
    return await store.figures() == expected


async def test_what_an_act_counts_is_in_the_cube_for_its_day_and_its_month(store: Store) -> None:
    await store.emit(a_message(), a_message(), counts=[counted(2), counted(place="there")])
    await store.emit(a_message(), counts=[counted(day=date(2026, 2, 28))])

    async with running(a_relay(store, RecordingPublisher())):
        await eventually(is_empty(store))

    assert {
        ("things", "2026-03-01", "here"): 2,
        ("things", "2026-03-01", "there"): 1,
        ("things", "2026-02-28", "here"): 1,
    } == await store.figures()
    assert {
        ("things", "2026-03-01", "here"): 2,
        ("things", "2026-03-01", "there"): 1,
        ("things", "2026-02-01", "here"): 1,
    } == await store.figures(Span.MONTH)


async def test_an_act_that_publishes_nothing_is_counted_and_no_event_is_sent(store: Store) -> None:
    publisher = RecordingPublisher()
    await store.emit(counts=[counted()])

    async with running(a_relay(store, publisher)):
        await eventually(is_empty(store))

    assert ({("things", "2026-03-01", "here"): 1}, []) == (await store.figures(), publisher.arrived)


async def test_a_count_that_the_cube_does_not_know_holds_up_no_event(store: Store) -> None:
    of_newer = [Count("things", TODAY, {"colour": "red"}), Count("a" * 41, TODAY, {}), counted(place="x" * 101)]
    publisher = RecordingPublisher()
    await store.emit(a_message(), counts=[*of_newer, counted()])

    async with running(a_relay(store, publisher)):
        await eventually(is_empty(store))

    assert {("things", "2026-03-01", "here"): 1, ("things", "2026-03-01", "x" * 100): 1} == await store.figures()
    assert 1 == len(publisher.arrived)


async def test_while_the_bus_is_down_what_comes_behind_a_full_batch_is_counted_as_well(store: Store) -> None:
    publisher = RecordingPublisher()
    publisher.fails = lambda _: True
    for number in range(5):
        await store.emit(a_message(subject=f"thing-{number}"), counts=[counted()])

    async with running(a_relay(store, publisher, batch=5)):
        await eventually(lambda: has_figures(store, {("things", "2026-03-01", "here"): 5}))
        await store.emit(a_message(subject="late"), counts=[counted(place="there")])
        both: dict[tuple[str, ...], int] = {("things", "2026-03-01", "here"): 5, ("things", "2026-03-01", "there"): 1}
        await eventually(lambda: has_figures(store, both))


@pytest.mark.parametrize("what", ["fails", "unrouted"])
async def test_while_the_bus_is_down_figures_go_on_and_nothing_counts_twice(store: Store, what: str) -> None:
    publisher = RecordingPublisher()
    setattr(publisher, what, lambda _: True)
    relay = a_relay(store, publisher, batch=5, must_arrive=frozenset({"things.thing.changed"}))
    for number in range(23):
        await store.emit(a_message(subject=f"thing-{number}"), counts=[counted()])

    async with running(relay):
        await eventually(lambda: has_figures(store, {("things", "2026-03-01", "here"): 23}))
        waiting = len(await store.outbox())
        setattr(publisher, what, lambda _: False)
        await eventually(is_empty(store))

    assert (23, {("things", "2026-03-01", "here"): 23}) == (waiting, await store.figures())


async def test_if_counting_fails_the_event_stays_and_is_counted_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.emit(a_message(), counts=[counted(), Count("people", TODAY, {}, person=_person(1))])
    publisher, count, failures = RecordingPublisher(), rolling_up.RollUp.__call__, [1, 2]

    async def failing(self: Any, run: Any, counts: Any) -> None:
        await count(self, run, counts)
        if failures:
            failures.pop()
            raise OSError

    monkeypatch.setattr(rolling_up.RollUp, "__call__", failing)
    async with running(a_relay(store, publisher)):
        await eventually(is_empty(store))

    assert (3, {("things", "2026-03-01", "here"): 1}) == (len(publisher.arrived), await store.figures())
    assert {("things", "2026-03-01", "here"): 1, ("people", "2026-03-01"): 1} == await store.figures(Span.MONTH)


async def test_a_person_counts_once_in_a_month_and_once_in_a_year_as_first_seen(store: Store) -> None:
    def seen(person: int, day: date, place: str = "here") -> Count:
        return Count("people", day, {"place": place}, person=_person(person))

    await store.emit(a_message(), counts=[seen(1, TODAY), seen(1, TODAY, "there"), seen(2, TODAY)])
    await store.emit(a_message(), counts=[seen(1, date(2026, 3, 31), "there"), seen(2, date(2026, 4, 1), "there")])

    async with running(a_relay(store, RecordingPublisher(), batch=1)):
        await eventually(is_empty(store))

    assert {("people", "2026-03-01", "here"): 2, ("people", "2026-04-01", "there"): 1} == await store.figures(
        Span.MONTH
    )
    assert {("people", "2026-01-01", "here"): 2} == await store.figures(Span.YEAR)
    assert {} == await store.figures()


async def test_who_was_seen_first_counts_there_though_that_event_waits_and_a_later_one_is_published(
    store: Store,
) -> None:
    publisher = RecordingPublisher()
    publisher.fails = lambda event: event.sequence == 1
    for place in ("here", "there"):
        count = Count("people", TODAY, {"place": place}, person=_person(1))
        await store.emit(a_message(subject=place), counts=[count])

    async with running(a_relay(store, publisher)):
        await publisher.has(1)
        publisher.fails = lambda _: False
        await eventually(is_empty(store))

    assert {("people", "2026-03-01", "here"): 1} == await store.figures(Span.MONTH)


async def test_of_several_relays_that_are_killed_each_act_is_counted_once(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'killed.db'}"
    async with a_store(url) as store:
        await _killed_while_counting(store, url)


async def test_of_several_relays_that_are_killed_each_act_is_counted_once_on_postgresql(postgres_url: str) -> None:
    async with a_store(postgres_url) as store:
        await _killed_while_counting(store, postgres_url)


async def _killed_while_counting(store: Store, url: str) -> None:
    for number in range(120):
        await store.emit(a_message(subject=f"thing-{number}"), counts=[counted(place=f"p{number % 3}")])
    for _ in range(6):
        relay = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.shared.messaging.count", url), stdout=asyncio.subprocess.PIPE
        )
        assert relay.stdout is not None
        before = len(await store.outbox())
        await relay.stdout.readline()
        await eventually(partial(_is_less, store, before))
        relay.send_signal(signal.SIGKILL)
        await relay.wait()

    async with running(a_relay(store, RecordingPublisher())):
        await eventually(is_empty(store))

    assert {("things", "2026-03-01", f"p{place}"): 40 for place in range(3)} == await store.figures()


async def _is_less(store: Store, before: int) -> bool:
    return len(await store.outbox()) < max(before, 1)


def _person(number: int) -> UUID:
    return UUID(int=number)
