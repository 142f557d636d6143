"""What circulation needs: transactions, queries, neighbours, a clock and a few figures."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from loans_service.application.consistency.queries.circulation import ConsistencyQueries
from loans_service.application.consistency.queries.sums import MoneyQueries
from loans_service.application.fines.queries import FineQueries
from loans_service.application.holds.choose_targets import ReportFailure
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.queries.accounts import BorrowerAccountQueries
from loans_service.application.lending.queries.due_items import DueItemQueries
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.queries.sweep import SweepQueries
from loans_service.application.lending.renewals.queries import RenewalQueries
from loans_service.application.neighbours import (
    Branches,
    Catalogue,
    CatalogueStates,
    Categories,
    Guardians,
    MemberDirectory,
    Stock,
    Titles,
)
from loans_service.application.notices.queries import CirculationFactQueries
from loans_service.application.reports.fill_in import Figures, Forms
from loans_service.application.reports.queries import ReportQueries
from loans_service.application.rules.queries import PastLoans, RuleQueries
from loans_service.application.tills.queries import TillQueries
from loans_service.domain.privacy.retention import Retention
from loans_service.domain.reports.formula import Counter
from loans_service.domain.rules.calendar_document import HolidaysOf
from loans_service.persistence.holds.retarget_requests import RetargetQueue
from loans_service.persistence.lending.forgetting import Forgetting
from loans_service.persistence.lending.late_loans import LateLoans
from loans_service.persistence.merged_records import MergedRecords
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.file_records import FileRecord
from shared.kernel.import_profiles import ImportProfiles
from shared.kernel.imports import Check, ImportJob, ImportJobs

FileReader = Callable[[ImportJob, AsyncIterator[bytes]], AsyncIterator[FileRecord[Any]]]
"""Reads the records of a job's file. Raises FileUnusable when the file as a whole cannot be read."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that the use cases are given; chosen in `wiring/`."""

    unit_of_work: LoansWorkFactory
    loans: LoanQueries
    rules: RuleQueries
    past: PastLoans
    due_items: DueItemQueries
    sweeps: SweepQueries
    due_requests: RetargetQueue
    forgetting: Forgetting
    holds: HoldQueries
    fines: FineQueries
    tills: TillQueries
    reports: ReportQueries
    forms: Forms
    figures: Mapping[Counter, Figures]
    accounts: BorrowerAccountQueries
    merged: MergedRecords
    renewals: RenewalQueries
    late_loans: LateLoans
    circulation: ConsistencyQueries
    money: MoneyQueries
    facts: CirculationFactQueries
    catalogue: Catalogue
    stock: Stock
    catalogue_states: CatalogueStates
    branches: Branches
    members: MemberDirectory
    guardians: Guardians
    titles: Titles
    categories: Categories
    imports: ImportJobs
    profiles: ImportProfiles
    check_file: Check
    read_file: FileReader
    report_sweep_failure: ReportFailure
    report_target_failure: ReportFailure
    clock: Clock
    currency: str
    zone: ZoneInfo
    holidays_of: HolidaysOf
    retention: Retention
