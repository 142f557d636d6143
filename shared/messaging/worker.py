"""The background side of a service: relay, listeners and timed jobs, side by side until they are stopped."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from shared import metrics
from shared.messaging.bus import Listener
from shared.persistence.database import is_away
from shared.tasks import Supervisor

Job = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until the event is set; restarted if it fails."""


class BackgroundWorker:
    """Runs jobs by name. `close` is awaited when no job runs any more. Metrics report the `listeners`."""

    def __init__(
        self,
        *,
        service: str,
        jobs: Mapping[str, Job],
        close: Callable[[], Awaitable[None]],
        listeners: Mapping[str, Listener] | None = None,
    ) -> None:
        self.listeners = dict(listeners or {})
        self._service = service
        self._jobs = dict(jobs)
        self._close = close
        for name in self._jobs:
            metrics.background_task_restarts_total.labels(
                service, name
            )  # so that the metric exists from the start, as zero

    async def run(self, stop: asyncio.Event) -> None:
        """Run all jobs until `stop` is set, then wait until they have finished their current work."""
        supervisor = Supervisor(on_restart=self._count, is_away=is_away)
        try:
            for name, job in self._jobs.items():
                supervisor.start(name, partial(job, supervisor.stopping))
            await stop.wait()
        finally:
            try:
                await supervisor.stop(grace=None if stop.is_set() else 10)
            finally:
                await self._close()

    def _count(self, task: str) -> None:
        metrics.background_task_restarts_total.labels(self._service, task).inc()
