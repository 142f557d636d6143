"""Loans is killed between any two steps of a check-out: the loan and its events exist together or not at all.

PostgreSQL, the neighbours and the client's line are made to stand still at one step; loans is killed there, with no
help from loans itself. Afterwards it is started again, and the client repeats its request with the same key.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest

from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import Copy, Member, code_of, done
from tests.end_to_end.line import Line
from tests.lab.faults.held_inserts import held_inserts, nobody_waits, row_kept, somebody_waits

STEPS = ["BEFORE loans", "AFTER loans", "BEFORE outbox", "AFTER outbox", "BEFORE receipts", "AFTER receipts"]


@dataclass(frozen=True, slots=True)
class Scene:
    """One copy, one reader, and connections of the test's own to the database of loans."""

    production: ProductionLibrary
    copy: Copy
    reader: Member
    keeper: asyncpg.Connection
    watcher: asyncpg.Connection

    async def ask(self, desk: str | None = None) -> httpx.Response:
        return await self.production.check_out(
            self.copy, self.reader, key=f"crash-{self.copy.barcode}", desk=desk or self.production.second_desk
        )

    async def asked_and_killed(self, question: asyncio.Task[httpx.Response]) -> None:
        """Kill loans; the one who asked gets no answer."""
        await self.production.kill("second_desk")
        with pytest.raises(httpx.TransportError):
            await question

    async def on_record(self) -> tuple[int, int]:
        """Return how many loans of the copy there are, and how many of its events wait to be told."""
        return (
            await self.watcher.fetchval("SELECT count(*) FROM loans WHERE copy_id = $1", self.copy.copy_id),
            await self.watcher.fetchval("SELECT count(*) FROM outbox WHERE subject = $1", self.copy.copy_id),
        )

    async def repeat_after_restart(self) -> httpx.Response:
        await nobody_waits(self.watcher)
        await self.production.start("second_desk")
        answer = await self.ask()
        assert 201 == answer.status_code, answer.text
        return answer

    async def is_lent_once_and_told_once(self, loan: dict[str, Any]) -> None:
        """Check the invariants of a check-out, then bring the copy back."""
        assert [loan["loan_id"]] == [one["loan_id"] for one in await self.production.loans_of(self.copy)]
        await self.production.shows(self.copy, "on_loan")
        assert loan["loan_id"] == done(await self.production.give_back(self.copy))["loan"]["loan_id"]
        events = await self.production.witness.of_copy(self.copy.copy_id, 4)
        assert 4 == len(events)
        assert loan["loan_id"] in {event.data.get("loan_id") for event in events}
        assert 1 == [event.type for event in events].count("loans.loan.checked_out")


@pytest.fixture
async def scene(production: ProductionLibrary) -> AsyncIterator[Scene]:
    (copy,) = await production.shelve()
    keeper, watcher = await production.database(), await production.database()
    yield Scene(production, copy, await production.enrol(), keeper, watcher)
    await keeper.close()
    await watcher.close()


@pytest.mark.parametrize("neighbour", ["books", "members"])
async def test_killed_while_a_neighbour_is_asked(scene: Scene, neighbour: str) -> None:
    line: Line = getattr(scene.production, f"line_to_{neighbour}")

    async with line.questions_held() as reached:
        question = asyncio.create_task(scene.ask())
        await reached.wait()
        await scene.asked_and_killed(question)

    assert (0, 0) == await scene.on_record()
    answer = await scene.repeat_after_restart()
    assert "idempotency-replayed" not in answer.headers
    await scene.is_lent_once_and_told_once(answer.json())


async def test_killed_while_waiting_for_the_borrower(scene: Scene) -> None:
    row = f"INSERT INTO borrowers (member_id, served) VALUES ('{scene.reader.member_id}', 1)"

    async with row_kept(scene.keeper, row):
        question = asyncio.create_task(scene.ask())
        await somebody_waits(scene.watcher)
        await scene.asked_and_killed(question)

    assert (0, 0) == await scene.on_record()
    answer = await scene.repeat_after_restart()
    assert "idempotency-replayed" not in answer.headers
    await scene.is_lent_once_and_told_once(answer.json())


@pytest.mark.parametrize("step", STEPS)
async def test_killed_inside_the_transaction(scene: Scene, step: str) -> None:
    moment, table = step.split()

    async with held_inserts(scene.keeper, moment, table):
        question = asyncio.create_task(scene.ask())
        await somebody_waits(scene.watcher)
        await scene.asked_and_killed(question)

    assert (0, 0) == await scene.on_record()
    answer = await scene.repeat_after_restart()
    assert "idempotency-replayed" not in answer.headers
    await scene.is_lent_once_and_told_once(answer.json())


async def test_killed_while_the_database_commits(scene: Scene) -> None:
    async with held_inserts(scene.keeper, "COMMIT", "loans"):
        question = asyncio.create_task(scene.ask())
        await somebody_waits(scene.watcher)
        await scene.asked_and_killed(question)

    assert 1 == (await scene.on_record())[0], "the database had been told to commit, so it did"
    answer = await scene.repeat_after_restart()
    assert "true" == answer.headers["idempotency-replayed"]
    await scene.is_lent_once_and_told_once(answer.json())


async def test_killed_after_the_commit_and_before_the_answer(scene: Scene) -> None:
    async with Line(scene.production.ports["second_desk"]) as line, line.answers_held() as reached:
        question = asyncio.create_task(scene.ask(f"http://127.0.0.1:{line.port}"))
        await reached.wait()
        await scene.production.kill("second_desk")
        await line.hang_up()
        with pytest.raises(httpx.TransportError):
            await question

    assert 1 == (await scene.on_record())[0]
    answer = await scene.repeat_after_restart()
    assert "true" == answer.headers["idempotency-replayed"]
    await scene.is_lent_once_and_told_once(answer.json())


async def test_the_database_is_lost_in_the_middle_and_comes_back(scene: Scene) -> None:
    """Not a crash of loans, but the same promise: whatever had not been committed never was."""
    async with held_inserts(scene.keeper, "AFTER", "outbox"):
        question = asyncio.create_task(scene.ask())
        await somebody_waits(scene.watcher)
        await scene.watcher.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        lost = await question

    assert (503, "unavailable") == (lost.status_code, code_of(lost))
    assert (0, 0) == await scene.on_record()
    await scene.is_lent_once_and_told_once(done(await scene.ask()))
