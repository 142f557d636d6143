"""Assembles the background side: its listeners and timed jobs. Nothing connects before it runs."""

from datetime import timedelta
from functools import partial

from loans_service.adapters.lending.circulation_metrics import measure
from loans_service.adapters.lending.logged_sweep import logged_sweep
from loans_service.application.use_cases import UseCases
from loans_service.listeners import copy_events, member_events
from loans_service.persistence.fines.kept_sums import KeptSums
from loans_service.settings import WorkerSettings
from loans_service.wiring.neighbours import neighbours_of
from loans_service.wiring.ports import ports_of
from loans_service.wiring.service import SERVICE, database_of
from shared.kernel.clock import SystemClock
from shared.kernel.imports import ForgetImports
from shared.messaging.bus import Bus
from shared.messaging.worker import BackgroundWorker
from shared.outgoing_http import Transports
from shared.service import worker
from shared.service.worker import TimedJob
from shared.tasks import WakeUp, work_off

_CLEARS_BORROWERS_EVERY = 2.0  # seconds; finds those whose last loan was closed meanwhile, by any act
_CHOOSES_TARGETS_EVERY = 1.0  # seconds; whoever can be served waits no longer than five
_SWEEPS_EVERY = 300.0
_LEARNS_ZONES_EVERY = 60.0
_EMPTIES_CLOSED_BRANCHES_EVERY = 20.0
_MEASURES_EVERY = 15.0
_KEEPS_SUMS_EVERY = 300.0


def create_worker(
    settings: WorkerSettings,
    *,
    bus: Bus | None = None,
    wake_up: WakeUp | None = None,
    transports: Transports | None = None,
) -> BackgroundWorker:
    """Return the background side: relay, listener, timed jobs, and imports unless the application does them.

    `bus` is the broker's unless one is handed in. `transports` lead to neighbours that are in the same process.
    """
    database, neighbours = database_of(settings), neighbours_of(settings, transports)
    clock, wake_up = SystemClock(), wake_up or WakeUp()
    use_cases = UseCases(ports_of(settings, database, neighbours, clock=clock, wake_up=wake_up))
    lending, holding, privacy = use_cases.lending, use_cases.holding, use_cases.privacy
    moving_in = use_cases.moving_in
    return worker.create_worker(
        SERVICE,
        settings,
        database=database,
        clock=clock,
        wake_up=wake_up,
        bus=bus,
        listeners={
            "members": member_events.members_listener(
                privacy.note_leaving,
                privacy.join_borrowers,
                privacy.follow_category,
                privacy.follow_history_choice,
                use_cases.fines.charge_fees,
            ),
            "copies": copy_events.copies_listener(holding.note_copy_report, lending.correct_title, holding.join_queues),
        },
        timed={
            "erasure_requests": TimedJob(_CLEARS_BORROWERS_EVERY, privacy.clear_borrowers),
            "zones": TimedJob(_LEARNS_ZONES_EVERY, use_cases.rules.note_zones),
            "targets": TimedJob(_CHOOSES_TARGETS_EVERY, holding.choose_targets),
            "closed_branches": TimedJob(_EMPTIES_CLOSED_BRANCHES_EVERY, holding.empty_closed_branches),
            "sweep": TimedJob(_SWEEPS_EVERY, partial(logged_sweep, lending.sweep)),
            "sums": TimedJob(_KEEPS_SUMS_EVERY, lambda: KeptSums(database).keep(now=clock.now())),
            "gauges": TimedJob(_MEASURES_EVERY, lambda: measure(database, now=clock.now())),
        },
        tidy=[ForgetImports(moving_in.imports, clock, timedelta(days=settings.imports_kept_days))],
        jobs={"imports": partial(work_off, moving_in.run_import)} if settings.imports_in == "relay" else {},
        close=neighbours.aclose,
    )
