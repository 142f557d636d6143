"""Books or members may go away: a check-out is refused in good time and changes nothing, a return needs neither."""

import asyncio
import time
from statistics import median

import httpx
import pytest

from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import Copy, Member, code_of, done, eventually

_DEADLINE = 3.0  # seconds that an act may take
_BUSY = 4.0  # seconds that a machine with much else to do may take besides


@pytest.mark.parametrize("neighbour", ["books", "members"])
async def test_without_a_neighbour_nothing_is_lent_and_everything_is_taken_back(
    production: ProductionLibrary, neighbour: str
) -> None:
    lent, wanted = await production.shelve(copies=2)
    reader = await production.enrol()
    done(await production.check_out(lent, reader))
    before = await _everything(production)
    await production.stop(neighbour)

    seconds = []
    for number in range(15):
        began = time.monotonic()
        refused = await production.check_out(wanted, reader, key=f"{neighbour}-is-away-{number}")
        seconds.append(time.monotonic() - began)
        _is_refused(refused)

    assert max(seconds) < _DEADLINE + _BUSY
    assert median(seconds[-5:]) < 0.1, "the breaker is open and answers at once"
    assert before == await _everything(production)
    assert lent.barcode == done(await production.give_back(lent))["loan"]["barcode"]
    assert 200 == (await production.anybody.get(f"{production.loans}/health/ready")).status_code

    await production.start(neighbour)

    await _lends_again(production, wanted, reader)
    done(await production.give_back(wanted))
    await production.shows(wanted, "available")


async def test_a_neighbour_that_accepts_and_never_answers_holds_nobody_up(production: ProductionLibrary) -> None:
    lent, wanted = await production.shelve(copies=2)
    reader = await production.enrol()
    done(await production.check_out(lent, reader, desk=production.second_desk))
    before = await _everything(production)

    async with production.line_to_books.questions_held():
        began = time.monotonic()
        asking = [
            asyncio.create_task(production.check_out(wanted, reader, desk=production.second_desk)) for _ in range(8)
        ]
        done(await production.give_back(lent, desk=production.second_desk))
        waiting = sum(not task.done() for task in asking)
        for refused in await asyncio.gather(*asking):
            _is_refused(refused)
        seconds = time.monotonic() - began
        assert before == await _everything(production)

    print(f"without an answer: {seconds:.2f} s; {waiting} of 8 waited while a copy was taken back")
    assert waiting == len(asking)
    assert seconds < _DEADLINE + _BUSY
    await _lends_again(production, wanted, reader, desk=production.second_desk)
    done(await production.give_back(wanted))


async def test_a_neighbour_whose_answers_are_lost_leaves_nothing_behind(production: ProductionLibrary) -> None:
    (wanted,) = await production.shelve()
    reader = await production.enrol()
    before = await _everything(production)

    async with production.line_to_members.answers_held():
        refused = await production.check_out(wanted, reader, desk=production.second_desk)

    _is_refused(refused)
    assert before == await _everything(production)
    await _lends_again(production, wanted, reader, desk=production.second_desk)
    done(await production.give_back(wanted))


def _is_refused(answer: httpx.Response) -> None:
    assert 503 == answer.status_code, answer.text
    assert "neighbour-unavailable" == code_of(answer)
    assert 1 <= int(answer.headers["retry-after"]) <= 30


async def _everything(production: ProductionLibrary) -> list[int]:
    """Count what a check-out could have written: loans, receipts, borrowers served."""
    database = await production.database()
    try:
        return [
            await database.fetchval(f"SELECT count(*) FROM {table}") for table in ("loans", "receipts", "borrowers")
        ]
    finally:
        await database.close()


async def _lends_again(production: ProductionLibrary, copy: Copy, reader: Member, desk: str | None = None) -> None:
    async def it_does() -> bool:
        answer = await production.check_out(copy, reader, desk=desk)
        if answer.status_code == 503:
            await asyncio.sleep(0.2)
        return answer.status_code == 201

    await eventually(it_does)
