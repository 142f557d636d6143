"""Puts the background side together: which listeners and timed jobs. Nothing connects before it runs."""

from datetime import timedelta
from functools import partial

from loans_service.adapters.lending.circulation_metrics import measure
from loans_service.adapters.lending.logged_sweep import log_target_failure, logged_sweep
from loans_service.application.holds.choose_targets import ChooseTargets
from loans_service.application.holds.join_queues import JoinQueues
from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.lending.amendments.correct_title import CorrectTitle
from loans_service.application.moving_in.use_cases import take_in_of
from loans_service.application.privacy.clear_borrower import ClearBorrowers, NoteLeaving
from loans_service.application.privacy.follow_member import FollowCategory, FollowHistoryChoice, JoinBorrowers
from loans_service.application.rules.note_zones import NoteZones
from loans_service.listeners import copy_events, member_events
from loans_service.persistence.holds.retarget_requests import RetargetQueue
from loans_service.settings import WorkerSettings
from loans_service.wiring.ports import neighbours_of, ports_of
from loans_service.wiring.service import SERVICE, database_of
from loans_service.wiring.use_cases import clear_borrower_of, moving_in_of, sweep_of
from shared.kernel.imports import ForgetImports
from shared.messaging.bus import Bus
from shared.messaging.worker import BackgroundWorker
from shared.outgoing_http import Transports
from shared.service import worker
from shared.service.worker import TimedJob
from shared.tasks import WakeUp, work_off

_CLEARS_BORROWERS_EVERY = 2.0  # seconds; finds those whose last loan was closed meanwhile, by whatever act
_CHOOSES_TARGETS_EVERY = 1.0  # seconds; whoever can be served waits no longer than five
_SWEEPS_EVERY = 300.0
_LEARNS_ZONES_EVERY = 60.0
_MEASURES_EVERY = 15.0


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
    wake_up = wake_up or WakeUp()
    ports = ports_of(settings, database, neighbours, wake_up)
    unit_of_work, clock = ports.unit_of_work, ports.clock
    choose_targets = ChooseTargets(unit_of_work, RetargetQueue(database), ports.stock, clock, log_target_failure)
    clear_borrower = clear_borrower_of(database, unit_of_work, clock)
    sweep = sweep_of(database, unit_of_work, clock, ports.members, kept_days=settings.kept_days)
    run_import = moving_in_of(database, take_in_of(ports), ports, wake_up.notify).run_import
    return worker.create_worker(
        SERVICE,
        settings,
        database=database,
        clock=clock,
        wake_up=wake_up,
        bus=bus,
        listeners={
            "members": member_events.members_listener(
                NoteLeaving(unit_of_work, clear_borrower),
                JoinBorrowers(unit_of_work, clear_borrower.cancel_hold, clock),
                FollowCategory(unit_of_work, clock),
                FollowHistoryChoice(unit_of_work, clock),
            ),
            "copies": copy_events.copies_listener(
                NoteCopyReport(unit_of_work, clock),
                CorrectTitle(unit_of_work, ports.stock),
                JoinQueues(unit_of_work, clock),
            ),
        },
        timed={
            "erasure_requests": TimedJob(_CLEARS_BORROWERS_EVERY, ClearBorrowers(unit_of_work, clear_borrower)),
            "zones": TimedJob(_LEARNS_ZONES_EVERY, NoteZones(unit_of_work, ports.branches)),
            "targets": TimedJob(_CHOOSES_TARGETS_EVERY, choose_targets),
            "sweep": TimedJob(_SWEEPS_EVERY, partial(logged_sweep, sweep)),
            "gauges": TimedJob(_MEASURES_EVERY, lambda: measure(database, now=clock.now())),
        },
        tidy=[ForgetImports(run_import.jobs, clock, timedelta(days=settings.imports_kept_days))],
        jobs={"imports": partial(work_off, run_import)} if settings.imports_in == "relay" else {},
        close=neighbours.aclose,
    )
