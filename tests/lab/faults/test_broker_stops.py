"""RabbitMQ may go away: lending goes on, and what it has to tell arrives later, once and in order."""

import asyncio
import itertools
import time

from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import done


async def test_lending_goes_on_without_the_broker_and_everything_is_told_afterwards(
    production: ProductionLibrary,
) -> None:
    kept, returned, lent_again = copies = await production.shelve(copies=3)
    reader = await production.enrol()
    done(await production.check_out(kept, reader))
    await production.shows(kept, "on_loan")
    await asyncio.to_thread(production.rabbit.stop)

    began = time.monotonic()
    for copy in (returned, lent_again):
        done(await production.check_out(copy, reader))
    for copy in copies:
        done(await production.give_back(copy))
    for copy in (kept, lent_again):
        done(await production.check_out(copy, reader))
    took = time.monotonic() - began

    assert took < 3
    assert 200 == (await production.anybody.get(f"{production.loans}/health/ready")).status_code

    await asyncio.to_thread(production.rabbit.start)

    for copy, acts in ((kept, 3), (returned, 2), (lent_again, 3)):
        events = await production.witness.of_copy(copy.copy_id, 2 * acts, seconds=60)
        numbers = [event.sequence for event in events]
        assert sorted(numbers) == numbers
        told = [event.type for event in events if event.type != "loans.copy.availability_changed"]
        assert [*itertools.islice(itertools.cycle(("loans.loan.checked_out", "loans.loan.returned")), acts)] == told
        states = [event.data["availability"] for event in events if event.type == "loans.copy.availability_changed"]
        assert [*itertools.islice(itertools.cycle(("on_loan", "available")), acts)] == states
    await production.shows(kept, "on_loan")
    await production.shows(returned, "available")
    await production.shows(lent_again, "on_loan")
    book = done(await production.anybody.get(f"{production.books}/v1/books/{kept.book_id}"))
    counts = book["availability"]
    assert (3, 3, 1, 0, 2) == tuple(
        counts[name] for name in ("copies", "lendable", "available", "requested", "on_loan")
    )
    for copy in (kept, lent_again):
        done(await production.give_back(copy))
        await production.shows(copy, "available")


async def test_what_was_told_while_books_was_away_is_not_lost(production: ProductionLibrary) -> None:
    (copy,) = await production.shelve()
    reader = await production.enrol()
    await production.kill("books relay")

    done(await production.check_out(copy, reader))
    await production.witness.of_copy(copy.copy_id, 2)
    assert "available" == (await production.look_up(copy))["availability"]

    await production.start("books relay")

    await production.shows(copy, "on_loan")


async def test_a_relay_killed_at_work_loses_nothing(production: ProductionLibrary) -> None:
    copies = await production.shelve(copies=8)
    reader = await production.enrol()

    async def lend_and_take_back() -> None:
        for copy in copies:
            done(await production.check_out(copy, reader))
            done(await production.give_back(copy))

    async def kill_relay() -> None:
        for _ in range(2):
            await asyncio.sleep(0.15)
            await production.kill("loans relay")
            await production.start("loans relay")

    await asyncio.gather(lend_and_take_back(), kill_relay())

    for copy in copies:
        events = await production.witness.of_copy(copy.copy_id, 4)
        assert 4 == len(events)
        numbers = [event.sequence for event in events]
        assert sorted(numbers) == numbers
        await production.shows(copy, "available")
