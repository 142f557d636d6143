import asyncio
import os
import signal
import time

import pytest
from structlog.testing import capture_logs

from shared import tasks
from shared.tasks import Supervisor, WakeUp, every, happens_within, jittered, run_until_signalled


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start again sooner than in life."""
    monkeypatch.setattr(tasks, "_FIRST_PAUSE", 0.01)


class Flaky:
    """Fails `failures` times, then works until the test lets it end."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.runs = 0
        self.works = asyncio.Event()
        self.may_end = asyncio.Event()

    async def run(self) -> None:
        self.runs += 1
        if self.runs <= self.failures:
            raise ValueError("no")
        self.works.set()
        await self.may_end.wait()


async def test_a_task_that_fails_is_logged_counted_and_started_again() -> None:
    restarts: list[str] = []
    supervisor = Supervisor(on_restart=restarts.append)
    flaky = Flaky(failures=3)

    with capture_logs() as lines:
        supervisor.start("flaky", flaky.run)
        await asyncio.wait_for(flaky.works.wait(), 30)
    failing = supervisor.failing
    flaky.may_end.set()
    await supervisor.wait()

    assert (flaky.runs, restarts, failing) == (4, ["flaky"] * 3, ["flaky"])
    assert [line["log_level"] for line in lines] == ["error"] * 3
    assert supervisor.failing == []


async def test_a_task_whose_database_is_away_waits_for_it_and_counts_as_no_restart() -> None:
    restarts: list[str] = []
    supervisor = Supervisor(on_restart=restarts.append, is_away=lambda error: isinstance(error, ValueError))
    waiting = Flaky(failures=3)

    with capture_logs() as lines:
        supervisor.start("imports", waiting.run)
        await asyncio.wait_for(waiting.works.wait(), 30)
    failing = supervisor.failing
    waiting.may_end.set()
    await supervisor.wait()

    assert (waiting.runs, restarts, failing) == (4, [], [])
    assert [(line["log_level"], line["reason"]) for line in lines] == [("warning", "ValueError: no")] * 3
    assert not [line for line in lines if "exc_info" in line]


async def test_a_task_that_has_run_well_for_a_while_counts_as_well_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_WELL_AFTER", 0.05)
    supervisor = Supervisor()
    flaky = Flaky(failures=1)
    supervisor.start("flaky", flaky.run)
    await flaky.works.wait()
    before = supervisor.failing

    async with asyncio.timeout(30):
        while supervisor.failing:
            await asyncio.sleep(0.01)

    assert before == ["flaky"]
    flaky.may_end.set()
    await supervisor.stop()


async def test_a_task_that_returns_is_not_started_again() -> None:
    supervisor = Supervisor()
    flaky = Flaky(failures=0)
    flaky.may_end.set()

    supervisor.start("short", flaky.run)
    await supervisor.wait()

    assert flaky.runs == 1


async def test_one_failing_task_does_not_disturb_another() -> None:
    supervisor = Supervisor()
    well, ill = Flaky(failures=0), Flaky(failures=10**9)
    supervisor.start("well", well.run)
    supervisor.start("ill", ill.run)
    await well.works.wait()
    async with asyncio.timeout(30):
        while ill.runs < 3:
            await asyncio.sleep(0.01)

    assert (well.runs, supervisor.failing) == (1, ["ill"])
    well.may_end.set()
    await supervisor.stop()


async def test_a_cancellation_that_a_library_lets_escape_is_a_failure_like_any_other() -> None:
    supervisor = Supervisor()
    runs = 0

    async def await_a_cancelled_future() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            future.cancel()
            await future

    supervisor.start("unlucky", await_a_cancelled_future)
    await supervisor.wait()

    assert runs == 2


async def test_stopping_lets_tasks_end_by_themselves() -> None:
    supervisor = Supervisor()
    ended = []

    async def end_when_told() -> None:
        await supervisor.stopping.wait()
        await asyncio.sleep(0.05)
        ended.append("by itself")

    supervisor.start("polite", end_when_told)
    await asyncio.sleep(0)
    await supervisor.stop()

    assert ended == ["by itself"]


async def test_stopping_cancels_what_does_not_end_in_time() -> None:
    supervisor = Supervisor()
    cancelled = asyncio.Event()

    async def never_end() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    supervisor.start("stubborn", never_end)
    begun = time.monotonic()
    await asyncio.sleep(0)
    await supervisor.stop(grace=0.05)

    assert cancelled.is_set()
    assert time.monotonic() - begun < 10


async def test_stopping_ends_the_pause_of_a_failed_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_FIRST_PAUSE", 600)
    supervisor = Supervisor()
    flaky = Flaky(failures=10)
    supervisor.start("flaky", flaky.run)
    async with asyncio.timeout(30):
        while not supervisor.failing:
            await asyncio.sleep(0.01)

    await asyncio.wait_for(supervisor.stop(), 20)

    assert flaky.runs == 1


async def test_a_name_is_used_once() -> None:
    supervisor = Supervisor()
    flaky = Flaky(failures=0)
    flaky.may_end.set()
    supervisor.start("same", flaky.run)

    with pytest.raises(ValueError, match="same"):
        supervisor.start("same", flaky.run)
    await supervisor.stop()


async def test_stopping_with_nothing_to_stop_is_no_error() -> None:
    await Supervisor().stop()


async def test_a_notification_wakes_who_waits() -> None:
    wake_up = WakeUp()
    waiting = asyncio.create_task(wake_up.wait(5))
    await asyncio.sleep(0)

    wake_up.notify()

    assert await asyncio.wait_for(waiting, 20)


async def test_a_notification_while_nobody_waits_is_kept_for_the_next_and_only_once() -> None:
    wake_up = WakeUp()
    wake_up.notify()
    wake_up.notify()

    assert await wake_up.wait(0.01)
    assert not await wake_up.wait(0.01)


async def test_work_is_done_every_so_often_until_stopped_whatever_one_run_does() -> None:
    stop, runs = asyncio.Event(), 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs == 2:
            raise ValueError("no")
        if runs == 4:
            stop.set()

    with capture_logs() as lines:
        await asyncio.wait_for(every(0.001, work, stop=stop, name="tidying"), 30)

    assert runs == 4
    assert [line["task"] for line in lines] == ["tidying"]


async def test_a_timed_job_whose_database_is_away_is_told_of_without_a_traceback() -> None:
    stop = asyncio.Event()

    async def work() -> None:
        stop.set()
        raise ValueError("the database is away")

    with capture_logs() as lines:
        await asyncio.wait_for(every(0.001, work, stop=stop, name="tidying", is_away=lambda _: True), 30)

    (line,) = lines
    assert (line["log_level"], line["reason"]) == ("warning", "ValueError: the database is away")
    assert "exc_info" not in line


async def test_stopping_does_not_wait_for_the_next_time() -> None:
    stop, runs = asyncio.Event(), 0

    async def work() -> None:
        nonlocal runs
        runs += 1

    job = asyncio.create_task(every(600, work, stop=stop, name="tidying"))
    await asyncio.sleep(0.01)
    stop.set()

    await asyncio.wait_for(job, 20)
    assert runs == 1


async def test_an_event_happens_in_time_or_not() -> None:
    event = asyncio.Event()

    assert not await happens_within(event, 0.001)
    event.set()
    assert await happens_within(event, 0)


def test_jitter_shortens_by_half_at_most() -> None:
    pauses = [jittered(10) for _ in range(1000)]

    assert 5 <= min(pauses) < 6
    assert 9 < max(pauses) <= 10


class GoesOn:
    """A worker that does not end by itself."""

    def __init__(self) -> None:
        self.begun, self.cancelled = asyncio.Event(), asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        self.begun.set()
        try:
            await stop.wait()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


async def test_a_worker_that_does_not_end_after_a_signal_is_cancelled_when_its_time_is_over() -> None:
    worker = GoesOn()
    running = asyncio.create_task(run_until_signalled(worker, grace=0.05))
    await worker.begun.wait()

    with capture_logs() as lines:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(running, 20)

    assert worker.cancelled.is_set()
    assert [line["log_level"] for line in lines] == ["info", "warning"]
