"""Which adapters are the ports of the use cases."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from loans_service.adapters.books_over_http import BooksOverHttp
from loans_service.adapters.holds.stock_over_http import StockOverHttp
from loans_service.adapters.lending.logged_sweep import log_sweep_failure, log_target_failure
from loans_service.adapters.members_over_http import MembersOverHttp
from loans_service.adapters.moving_in import former_files
from loans_service.adapters.neighbours import Neighbours
from loans_service.adapters.reports.figures_over_http import FiguresOverHttp
from loans_service.adapters.reports.form_files import FormFiles
from loans_service.adapters.reports.own_figures import OwnFigures
from loans_service.adapters.rules.public_holidays import public_holidays
from loans_service.application.consistency.queries.circulation import ConsistencyQueries
from loans_service.application.consistency.queries.sums import MoneyQueries
from loans_service.application.fines.queries import FineQueries
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.queries.accounts import BorrowerAccountQueries
from loans_service.application.lending.queries.due_items import DueItemQueries
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.queries.sweep import SweepQueries
from loans_service.application.lending.renewals.queries import RenewalQueries
from loans_service.application.notices.queries import CirculationFactQueries
from loans_service.application.ports import Ports
from loans_service.application.reports.queries import ReportQueries
from loans_service.application.rules.queries import PastLoans, RuleQueries
from loans_service.application.tills.queries import TillQueries
from loans_service.domain.privacy.retention import Retention
from loans_service.domain.rights import SEE_CONTACTS, STATISTICS
from loans_service.domain.statistics.atoms import ATOMS
from loans_service.persistence.holds.retarget_requests import RetargetQueue
from loans_service.persistence.import_tables import import_profiles, imports
from loans_service.persistence.lending.forgetting import Forgetting
from loans_service.persistence.lending.late_loans import LateLoans
from loans_service.persistence.merged_records import MergedRecords
from loans_service.persistence.rules.rulebook import Rulebook, RulesCache
from loans_service.persistence.tables import plumbing
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory, UnitOfWork
from loans_service.settings import BackgroundSettings, WorkerSettings
from shared.kernel.clock import Clock
from shared.kernel.file_records import FileRecord
from shared.kernel.imports import ImportJob, Start
from shared.kernel.receipts import Receipt
from shared.outgoing_http import AccessToken, Neighbour
from shared.persistence.cube.answering import AnswerFigures
from shared.persistence.database import Database
from shared.persistence.import_profiles import SqlImportProfiles
from shared.persistence.imports import SqlImportJobs
from shared.tasks import WakeUp


def rules_cache_of(settings: BackgroundSettings, clock: Clock) -> RulesCache:
    """Return where the rules are kept between two acts."""
    zone = ZoneInfo(settings.library_timezone)
    return RulesCache(currency=settings.library_currency, zone=zone, holidays_of=public_holidays, clock=clock)


def unit_of_work_factory(database: Database, rules: RulesCache, clock: Clock, wake_up: WakeUp) -> LoansWorkFactory:
    """Return what opens a transaction; each notifies `wake_up` when it is committed."""

    def unit_of_work(receipt: Receipt | None = None, *, by: str = SYSTEM) -> UnitOfWork:
        return UnitOfWork(database, rules=rules, clock=clock, receipt=receipt, on_commit=wake_up.notify, by=by)

    return unit_of_work


def ports_of(
    settings: WorkerSettings, database: Database, neighbours: Neighbours, *, clock: Clock, wake_up: WakeUp
) -> Ports:
    """Return everything that the use cases need."""
    rules = rules_cache_of(settings, clock)
    asked_books, asked_members = _asked(settings, neighbours)
    books, members = BooksOverHttp(asked_books), MembersOverHttp(asked_members)
    return Ports(
        unit_of_work=unit_of_work_factory(database, rules, clock, wake_up),
        loans=LoanQueries(database, clock),
        rules=RuleQueries(database, rules),
        past=PastLoans(database),
        due_items=DueItemQueries(database),
        sweeps=SweepQueries(database),
        due_requests=RetargetQueue(database),
        forgetting=Forgetting(database),
        holds=HoldQueries(database),
        fines=FineQueries(database),
        tills=TillQueries(database, rules.zone),
        accounts=BorrowerAccountQueries(database),
        merged=MergedRecords(database),
        renewals=RenewalQueries(database),
        late_loans=LateLoans(database.rows, Rulebook(database.rows, rules, on_sqlite=True)),
        circulation=ConsistencyQueries(database),
        money=MoneyQueries(database),
        facts=CirculationFactQueries(database),
        catalogue=books,
        stock=StockOverHttp(asked_books),
        catalogue_states=books,
        branches=books,
        members=members,
        titles=books,
        categories=members,
        guardians=members,
        **_files_of(settings, database, clock=clock, wake_up=wake_up),
        **_reports_of(settings, database, clock=clock, books=asked_books, members=asked_members),
        report_sweep_failure=log_sweep_failure,
        report_target_failure=log_target_failure,
        clock=clock,
        currency=settings.library_currency,
        zone=rules.zone,
        holidays_of=public_holidays,
        retention=Retention(settings.kept_days),
    )


def _files_of(settings: WorkerSettings, database: Database, *, clock: Clock, wake_up: WakeUp) -> dict[str, Any]:
    """Return what imports need."""
    return {
        "imports": SqlImportJobs(database, imports, plumbing, clock=clock, on_commit=wake_up.notify),
        "profiles": SqlImportProfiles(database, import_profiles),
        "check_file": _check_file,
        "read_file": partial(_read_file, currency=settings.library_currency),
    }


def _reports_of(
    settings: WorkerSettings, database: Database, *, clock: Clock, books: Neighbour, members: Neighbour
) -> dict[str, Any]:
    """Return what annual reports need: the forms, and who counts."""
    atoms = {atom.name: atom for atom in ATOMS}
    own = AnswerFigures(database, plumbing.cube, atoms, clock, STATISTICS, SEE_CONTACTS)
    counters = {"loans": OwnFigures(own), "books": FiguresOverHttp(books), "members": FiguresOverHttp(members)}
    forms = FormFiles(first_month=settings.fiscal_year_begins, groups=settings.item_type_groups)
    return {"reports": ReportQueries(database), "forms": forms, "figures": counters}


def _asked(settings: WorkerSettings, neighbours: Neighbours) -> tuple[Neighbour, Neighbour]:
    """Return books and members with the token of this service."""
    secret = settings.client_secret.get_secret_value()
    token = AccessToken.of_client(neighbours.members, client_id=settings.client_id, client_secret=secret)
    return Neighbour(neighbours.books, token), Neighbour(neighbours.members, token)


def _check_file(command: Start) -> None:
    former_files.check(command.what, command.format, command.mapping, command.rules)


def _read_file(job: ImportJob, pieces: AsyncIterator[bytes], *, currency: str) -> AsyncIterator[FileRecord[Any]]:
    return former_files.read_records(job.what, job.format, pieces, job.mapping, currency=currency)
