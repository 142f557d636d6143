"""The frame of a service's background side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from shared import metrics
from shared.configuration import ServiceSettings
from shared.kernel.clock import Clock
from shared.messaging.bus import Bus, Listener
from shared.messaging.housekeeping import EVERY, housekeeping
from shared.messaging.relay import OutboxRelay
from shared.messaging.worker import BackgroundWorker, Job
from shared.persistence.cube.closing import CloseSpans
from shared.persistence.cube.gauges import MeasureFigures
from shared.persistence.cube.recounts import DoRecounts
from shared.persistence.cube.totals import MendTotals
from shared.persistence.database import Database, is_away
from shared.service import Service, answers_of, recount_of
from shared.tasks import Act, WakeUp, every, together

_RECOUNTS_EVERY = 5.0  # seconds
_MEASURES_EVERY = 300.0
_MENDS_EVERY = 21_600.0


@dataclass(frozen=True, slots=True)
class TimedJob:
    """Work that is done at the start, and then every `seconds`."""

    seconds: float
    work: Act


def create_worker(
    service: Service,
    settings: ServiceSettings,
    *,
    database: Database,
    clock: Clock,
    wake_up: WakeUp,
    bus: Bus | None = None,
    listeners: Mapping[str, Listener],
    tidy: Iterable[Act] = (),
    timed: Mapping[str, TimedJob] | None = None,
    jobs: Mapping[str, Job] | None = None,
    close: Act | None = None,
) -> BackgroundWorker:
    """Return the background side: the relay, the listeners, the hourly housekeeping, and the service's own jobs.

    `bus` is the broker's by default. `tidy` is the service's own part of housekeeping. The keys of `listeners`, `timed`
    and `jobs` are their names in metrics and logs. `close` is awaited at the end.
    """
    if bus is None:
        from shared.messaging.rabbit import RabbitBus  # noqa: PLC0415 - who only serves has no use for aio-pika

        bus = RabbitBus(settings.rabbitmq_url or "", ca_file=settings.tls_ca_file)
    relay = OutboxRelay(
        database,
        service.tables,
        bus.publisher(),
        source=f"/{service.name}",
        must_arrive=service.must_arrive,
        wake_up=wake_up,
    )
    closing = _closing(service, database, clock)
    rounds = (housekeeping(database, service.tables, clock), *closing, *tidy)
    of_figures = _of_figures(service, settings, database, clock)
    repeated = together({"housekeeping": TimedJob(EVERY, partial(_in_turn, rounds))}, of_figures, timed or {})
    return BackgroundWorker(
        service=service.name,
        jobs=together(
            {"relay": relay.run},
            {name: partial(bus.listen, listener) for name, listener in listeners.items()},
            {name: _repeated(name, job) for name, job in repeated.items()},
            jobs or {},
        ),
        close=partial(_in_turn, [*([close] if close else ()), database.dispose]),
        listeners=listeners,
    )


def _closing(service: Service, database: Database, clock: Clock) -> tuple[Act, ...]:
    if service.counts is None:
        return ()
    tables = service.tables
    return (CloseSpans(database, tables.outbox, tables.cube, service.counts.atoms, clock),)


def _of_figures(service: Service, settings: Any, database: Database, clock: Clock) -> dict[str, TimedJob]:
    recount = recount_of(service, settings, database, clock)
    if service.counts is None or recount is None:
        return {}
    measure = MeasureFigures(answers_of(service, database, clock), service.name, metrics.statistics_of_year)
    return {
        "recounts": TimedJob(_RECOUNTS_EVERY, DoRecounts(database, service.tables.recounts, recount, clock)),
        "figures": TimedJob(_MEASURES_EVERY, measure),
        "totals": TimedJob(_MENDS_EVERY, MendTotals(database, service.tables.cube, service.counts.atoms, clock)),
    }


def _repeated(name: str, job: TimedJob) -> Job:
    return lambda stop: every(job.seconds, job.work, stop=stop, name=name, is_away=is_away)


async def _in_turn(acts: Sequence[Act]) -> None:
    for act in acts:
        await act()
