"""Background tasks that are restarted when they fail, and end in order with the process."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

import structlog

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0  # seconds before a failed task is started again
_WELL_AFTER = 60.0  # seconds without a failure after which a task counts as healthy again

_log = structlog.get_logger(__name__)

Value = TypeVar("Value")

Act = Callable[[], Awaitable[object]]
"""Work to be run, once or at intervals."""


class Supervisor:
    """Keeps tasks running: one that fails is logged, counted and restarted, after a growing pause.

    A task that returns has finished and is not restarted. Tasks that end on a signal wait for `stopping`. `on_restart`
    is called with the name of each task that is restarted. An outage, by `is_away`, is no failure of the task: it is
    restarted, but not counted.
    """

    def __init__(
        self,
        on_restart: Callable[[str], None] = lambda _: None,
        *,
        is_away: Callable[[Exception], bool] = lambda _: False,
    ) -> None:
        self.stopping = asyncio.Event()
        self._is_away = is_away
        self._on_restart = on_restart
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failing: set[str] = set()

    @property
    def failing(self) -> list[str]:
        """The names of the tasks that have failed and are not healthy again yet."""
        return sorted(self._failing)

    def start(self, name: str, factory: Callable[[], Awaitable[None]]) -> None:
        """Run `factory()` in the background, and again whenever it fails. Names are unique."""
        if name in self._tasks:
            raise ValueError(f"there is a task named {name} already")
        self._tasks[name] = asyncio.create_task(self._keep_running(name, factory), name=name)

    async def wait(self) -> None:
        """Return when every task has finished."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def stop(self, grace: float | None = 10) -> None:
        """Set `stopping`, let the tasks end by themselves for `grace` seconds, then cancel the rest.

        Without a `grace` they are cancelled only when this call is.
        """
        self.stopping.set()
        if not self._tasks:
            return
        try:
            _, late = await asyncio.wait(self._tasks.values(), timeout=grace)
        except asyncio.CancelledError:
            for task in self._tasks.values():
                task.cancel()
            await self.wait()
            raise
        for task in late:
            _log.warning("task cancelled because it did not end in time", task=task.get_name(), grace=grace)
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _keep_running(self, name: str, factory: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE
        while not self.stopping.is_set():
            began = loop.time()
            well = loop.call_later(_WELL_AFTER, self._failing.discard, name)
            try:
                await factory()
            except (Exception, asyncio.CancelledError) as error:
                if _is_being_cancelled():
                    raise
                pause = _FIRST_PAUSE if loop.time() - began > _WELL_AFTER else min(pause * 2, _LONGEST_PAUSE)
                if isinstance(error, Exception) and self._is_away(error):
                    _log.warning("background task has to wait", task=name, reason=_reason(error))
                else:
                    self._failing.add(name)
                    self._on_restart(name)
                    _log.exception("background task failed and will be started again", task=name)
            else:
                self._failing.discard(name)
                return
            finally:
                well.cancel()
            await happens_within(self.stopping, jittered(pause))


class Worker(Protocol):
    """The background side of a service."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish the current work."""


async def run_until_signalled(worker: Worker, *, grace: float) -> None:
    """Run the worker until SIGTERM or SIGINT; a second signal ends the process at once.

    Current work has `grace` seconds to finish, then it is cancelled.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def begin_to_stop(number: signal.Signals) -> None:
        _log.info("stopping", signal=number.name)
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, begin_to_stop, number)
    work, stopped = asyncio.ensure_future(worker.run(stop)), asyncio.ensure_future(stop.wait())
    await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    _, late = await asyncio.wait({work}, timeout=grace)
    if late:
        _log.warning("what was at work did not end in time, and is cancelled", grace=grace)
        work.cancel()
        await asyncio.wait({work})
    else:
        work.result()


def _is_being_cancelled() -> bool:
    """Return whether the current task is cancelled, as opposed to a future of a library whose cancellation escaped."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class WakeUp:
    """Wakes one waiting task of the same event loop; without one, the next to wait is woken at once."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def notify(self) -> None:
        """Wake the waiting task."""
        self._rung.set()

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109 - not being rung is no error
        """Wait for a call, at most `timeout` seconds; return whether there was one."""
        rung = await happens_within(self._rung, timeout)
        self._rung.clear()
        return rung


async def happens_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for `event`, at most `seconds`; return whether it is set."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]


def jittered(seconds: float) -> float:
    """Return between half of `seconds` and all of it, so that many waiting tasks do not wake at the same moment."""
    return seconds * random.uniform(0.5, 1)  # noqa: S311 - no secret


async def every(
    seconds: float,
    work: Act,
    *,
    stop: asyncio.Event,
    name: str,
    is_away: Callable[[Exception], bool] = lambda _: False,
) -> None:
    """Run `work` now, and then every `seconds`, until `stop` is set.

    A run that fails is logged with the `name` of the job, as an outage if `is_away` says so; the next run follows.
    """
    while not stop.is_set():
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - logged
            if is_away(error):
                _log.warning("timed job has to wait for its next time", task=name, reason=_reason(error))
            else:
                _log.exception("timed job failed; it will be tried again at its next time", task=name)
        await happens_within(stop, seconds)


async def work_off(work: Callable[[], Awaitable[bool]], stop: asyncio.Event, *, looks_every: float = 0.5) -> None:
    """Run `work` without a pause while it finds something to do, else every few seconds, until `stop` is set."""
    while not stop.is_set():
        if not await work():
            await happens_within(stop, looks_every)


def together(*named: Mapping[str, Value]) -> dict[str, Value]:
    """Return all jobs in one mapping. Raises ValueError when two have the same name, as one would never run."""
    found: dict[str, Value] = {}
    for some in named:
        if twice := sorted(found.keys() & some.keys()):
            raise ValueError(f"there is something named {twice[0]} already")
        found |= some
    return found
