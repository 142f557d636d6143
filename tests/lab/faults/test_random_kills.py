"""Loans is killed again and again under load, at moments that nobody chose; nothing is left to repair by hand."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from tests.end_to_end.gears import EmbeddedLibrary, ProductionLibrary
from tests.end_to_end.library import Copy, Library, Member, done, eventually
from tests.lab.faults.history import History, by_copy, customer

KILLS = 25
SEED = 20260302
CHILDS_LIMIT = 5


async def test_after_25_kills_under_load_every_promise_holds(production: ProductionLibrary) -> None:
    copies = await production.shelve(copies=14)
    readers = [await production.enrol("child"), await production.enrol("child"), await production.enrol()]
    rng = random.Random(SEED)

    async def kill_and_start(number: int) -> None:
        await asyncio.sleep(rng.uniform(0.02, 0.5))
        await production.kill("second_desk")
        if number % 8 == 3:
            await production.kill("loans relay")
        await production.make_whole()

    history = await _under_load(
        production,
        desk=production.second_desk,
        copies=copies,
        readers=readers,
        kills=KILLS,
        kill_and_start=kill_and_start,
    )

    print(f"kills: {KILLS}, {history.figures()}")
    rows = await _loans_of(production, copies)
    _nobody_got_past_a_limit(rows, readers)
    _every_answer_was_kept(rows, history)
    await _everything_was_told_once_and_in_order(production, rows)
    await _books_shows_what_is_true(production, copies, rows)


async def test_after_8_kills_of_the_embedded_library_every_promise_holds() -> None:
    async with EmbeddedLibrary() as library:
        copies = await library.shelve(copies=14)
        readers = [await library.enrol("child"), await library.enrol("child"), await library.enrol()]
        rng = random.Random(SEED)

        async def kill_and_start(number: int) -> None:
            await asyncio.sleep(rng.uniform(0.1, 0.6))
            await asyncio.to_thread(library.process.kill)
            await asyncio.to_thread(library.process.start)

        history = await _under_load(
            library, desk=library.loans, copies=copies, readers=readers, kills=8, kill_and_start=kill_and_start
        )

        print(f"kills: 8, {history.figures()}")
        rows = [_as_row(loan) for copy in copies for loan in reversed(await library.loans_of(copy, limit=100))]
        _nobody_got_past_a_limit(rows, readers)
        _every_answer_was_kept(rows, history)
        await _books_shows_what_is_true(library, copies, rows)


async def _under_load(
    library: Library,
    *,
    desk: str,
    copies: list[Copy],
    readers: list[Member],
    kills: int,
    kill_and_start: Callable[[int], Awaitable[None]],
) -> History:
    """Let eight clients lend and take back while the library is killed so many times; return what they were told.

    On a machine that is too busy to lend much meanwhile, each kill waits until as many copies were lent as there were
    kills: else it would be killed idle.
    """
    history, over = History(), asyncio.Event()
    clients = [
        asyncio.create_task(
            customer(
                library,
                history,
                name=f"client-{SEED}-{number}",
                desk=desk,
                copies=copies,
                readers=readers,
                until=over.is_set,
            )
        )
        for number in range(8)
    ]
    for number in range(kills):
        await _more_lent_than(number, history)
        await kill_and_start(number)
    over.set()
    await asyncio.gather(*clients)
    assert history.figures()["tries without an answer"] > kills, "hardly anything was interrupted"
    return history


async def _more_lent_than(number: int, history: History) -> None:
    async with asyncio.timeout(90):
        while len(history.lent()) <= number:
            await asyncio.sleep(0.03)


def _as_row(loan: dict[str, Any]) -> dict[str, Any]:
    """Give a loan as loans shows it the form that it has in the database."""
    moments = {
        name: loan.get(name) and datetime.fromisoformat(loan[name]) for name in ("checked_out_at", "returned_at")
    }
    return {**loan, **moments}


async def _loans_of(production: ProductionLibrary, copies: list[Copy]) -> list[Any]:
    database = await production.database()
    try:
        query = "SELECT * FROM loans WHERE copy_id = ANY($1) ORDER BY checked_out_at, loan_id"
        return list(await database.fetch(query, [copy.copy_id for copy in copies]))
    finally:
        await database.close()


def _nobody_got_past_a_limit(rows: list[Any], readers: list[Member]) -> None:
    still_open = [row for row in rows if row["returned_at"] is None]
    assert {1} >= set(Counter(row["copy_id"] for row in still_open).values())
    of_reader = Counter(str(row["member_id"]) for row in still_open)
    assert all(of_reader[reader.member_id] <= CHILDS_LIMIT for reader in readers[:2])
    for lent in by_copy(rows).values():
        for earlier, later in itertools.pairwise(lent):
            assert earlier["returned_at"] is not None
            assert earlier["returned_at"] <= later["checked_out_at"], "one copy, two loans at the same time"


def _every_answer_was_kept(rows: list[Any], history: History) -> None:
    """Every loan belongs to exactly one request, and what a client was told is what the database says."""
    lent, taken_back = history.lent(), history.taken_back()
    assert {str(row["loan_id"]) for row in rows} == set(lent)
    assert len(lent) == len({act.key for act in lent.values()})
    assert {str(row["loan_id"]) for row in rows if row["returned_at"] is not None} == set(taken_back)
    assert {1} >= set(taken_back.values())


async def _everything_was_told_once_and_in_order(production: ProductionLibrary, rows: list[Any]) -> None:
    for copy_id, lent in by_copy(rows).items():
        acts = [("loans.loan.checked_out", str(row["loan_id"])) for row in lent]
        acts += [("loans.loan.returned", str(row["loan_id"])) for row in lent if row["returned_at"] is not None]
        events = await production.witness.of_copy(copy_id, 2 * len(acts), seconds=60)
        told = [(event.type, event.data["loan_id"]) for event in events if "loan_id" in event.data]
        assert Counter(acts) == Counter(told)
        scans = [event.type for event in events if "loan_id" not in event.data]
        assert {"loans.copy.availability_changed"} == set(scans)
        assert len(acts) <= len(scans), "a scan that was repeated is told again"
        numbers = [event.sequence for event in events]
        assert sorted(numbers) == numbers
        kinds = [kind for kind, _ in told]
        assert kinds == [
            *itertools.islice(itertools.cycle(("loans.loan.checked_out", "loans.loan.returned")), len(kinds))
        ]


async def _books_shows_what_is_true(library: Library, copies: list[Copy], rows: list[Any]) -> None:
    on_loan = {str(row["copy_id"]) for row in rows if row["returned_at"] is None}
    for copy in copies:
        await library.shows(copy, "on_loan" if copy.copy_id in on_loan else "available")


async def test_the_processes_of_the_library_end_in_order_when_told_to(production: ProductionLibrary) -> None:
    (copy,) = await production.shelve()
    reader = await production.enrol()
    done(await production.check_out(copy, reader))

    for name in ("second_desk", "loans relay", "books relay", "members relay"):
        await production.stop(name)

    done(await production.give_back(copy))
    await production.make_whole()
    await eventually(lambda: _is_available(production, copy))


async def _is_available(production: ProductionLibrary, copy: Copy) -> bool:
    return bool((await production.look_up(copy))["availability"] == "available")
