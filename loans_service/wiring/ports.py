"""The ports of the use cases: which database, which neighbours."""

from zoneinfo import ZoneInfo

from loans_service.adapters.books_over_http import BooksOverHttp
from loans_service.adapters.holds.stock_over_http import StockOverHttp
from loans_service.adapters.members_over_http import MembersOverHttp
from loans_service.adapters.neighbours import Neighbours
from loans_service.adapters.rules.public_holidays import public_holidays
from loans_service.application.consistency.queries import CirculationQueries
from loans_service.application.fines.queries import FineQueries
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.queries.accounts import AccountQueries
from loans_service.application.lending.queries.due_items import DueItemQueries
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.renewals.queries import RenewalQueries
from loans_service.application.ports import Ports
from loans_service.application.rules.queries import PastLoans, RuleQueries
from loans_service.persistence.merged_records import MergedRecords
from loans_service.persistence.rules.rulebook import RulesCache
from loans_service.persistence.unit_of_work import SYSTEM, UnitOfWork, UnitOfWorkFactory
from loans_service.settings import BackgroundSettings, WorkerSettings
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.receipts import Receipt
from shared.outgoing_http import AccessToken, Neighbour, Transports
from shared.persistence.database import Database
from shared.tasks import WakeUp


def rules_cache_of(settings: BackgroundSettings) -> RulesCache:
    """Return where the rules are kept between two acts."""
    zone = ZoneInfo(settings.library_timezone)
    return RulesCache(currency=settings.library_currency, zone=zone, holidays_of=public_holidays)


def units_of_work(database: Database, rules: RulesCache, clock: Clock, wake_up: WakeUp) -> UnitOfWorkFactory:
    """Return what opens a transaction; each notifies `wake_up` when it is committed."""

    def unit_of_work(receipt: Receipt | None = None, *, by: str = SYSTEM) -> UnitOfWork:
        return UnitOfWork(database, rules=rules, clock=clock, receipt=receipt, on_commit=wake_up.notify, by=by)

    return unit_of_work


def neighbours_of(settings: WorkerSettings, transports: Transports | None = None) -> Neighbours:
    """Return the services that this one asks; `transports` lead to those that are in the same process."""
    return Neighbours.at(
        settings.books_url,
        settings.members_url,
        timeout=settings.request_timeout,
        ca_file=settings.tls_ca_file,
        transports=transports or {},
    )


def ports_of(settings: WorkerSettings, database: Database, neighbours: Neighbours, wake_up: WakeUp) -> Ports:
    """Return everything that the use cases need."""
    secret = settings.client_secret.get_secret_value()
    token = AccessToken.of_client(neighbours.members, client_id=settings.client_id, client_secret=secret)
    rules, clock = rules_cache_of(settings), SystemClock()
    asked_books, asked_members = Neighbour(neighbours.books, token), Neighbour(neighbours.members, token)
    books, members = BooksOverHttp(asked_books), MembersOverHttp(asked_members)
    return Ports(
        unit_of_work=units_of_work(database, rules, clock, wake_up),
        views=LoanQueries(database, clock),
        rules=RuleQueries(database, rules),
        past=PastLoans(database),
        due_items=DueItemQueries(database),
        holds=HoldQueries(database),
        fines=FineQueries(database),
        accounts=AccountQueries(database),
        merged=MergedRecords(database),
        renewals=RenewalQueries(database),
        circulation=CirculationQueries(database),
        catalogue=books,
        stock=StockOverHttp(asked_books),
        shown=books,
        branches=books,
        members=members,
        titles=books,
        categories=members,
        guardians=members,
        clock=clock,
        currency=settings.library_currency,
        holidays_of=public_holidays,
    )
