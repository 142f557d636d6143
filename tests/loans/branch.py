"""A branch with a real database."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from loans_service.adapters.moving_in.former_files import read_records
from loans_service.adapters.reports.form_files import FormFiles
from loans_service.adapters.rules.public_holidays import public_holidays
from loans_service.application.consistency.queries.circulation import ConsistencyQueries
from loans_service.application.consistency.queries.sums import MoneyQueries
from loans_service.application.fines.fine_views import FineFilter, FineView
from loans_service.application.fines.pay_borrower import PayBorrower
from loans_service.application.fines.queries import FineQueries
from loans_service.application.fines.settle_fine import Payment, WaiveFine, Waiver
from loans_service.application.fines.use_cases import FinesUseCases
from loans_service.application.holds.commands import HoldCancellation, OfHold
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.holds.placing.ask_all import NewHold
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.holds.use_cases import HoldUseCases
from loans_service.application.lending.amendments.amend_loan import Amendment, ClaimReturned, DeclareLost, Loss
from loans_service.application.lending.amendments.charge_borrower import settle_loss
from loans_service.application.lending.amendments.close_branch import CloseBranch, Closing
from loans_service.application.lending.ask_both import CheckOut
from loans_service.application.lending.queries.accounts import BorrowerAccountQueries
from loans_service.application.lending.queries.due_items import DueItemQueries
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.queries.sweep import SweepQueries
from loans_service.application.lending.renewals.queries import RenewalQueries
from loans_service.application.lending.renewals.renew_loan import Renew
from loans_service.application.lending.return_copy import Scan
from loans_service.application.lending.use_cases import LendingUseCases
from loans_service.application.lending.views import ClosingView, LoanView, ReturnView
from loans_service.application.neighbours import MemberKey
from loans_service.application.notices.queries import CirculationFactQueries
from loans_service.application.ports import Ports
from loans_service.application.privacy.use_cases import PrivacyUseCases
from loans_service.application.reports.queries import ReportQueries
from loans_service.application.rules.change_calendar import CalendarChange, ChangeCalendar
from loans_service.application.rules.change_policy import ChangePolicy, PolicyChange
from loans_service.application.rules.queries import PastLoans, RuleQueries
from loans_service.application.tills.queries import TillQueries
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.fines.fine import Posting
from loans_service.domain.lendable_copy import LendableCopy
from loans_service.domain.money import Money
from loans_service.domain.privacy.retention import Retention
from loans_service.persistence.holds.retarget_requests import RetargetQueue
from loans_service.persistence.import_tables import import_profiles, imports
from loans_service.persistence.lending.forgetting import Forgetting
from loans_service.persistence.lending.late_loans import LateLoans
from loans_service.persistence.merged_records import MergedRecords
from loans_service.persistence.metadata import metadata
from loans_service.persistence.rules.rulebook import Rulebook, RulesCache
from loans_service.persistence.tables import loans, plumbing
from loans_service.persistence.unit_of_work import SYSTEM, UnitOfWork
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.import_profiles import SqlImportProfiles
from shared.persistence.imports import SqlImportJobs
from tests.clocks import SteppingClock
from tests.emptying import empty
from tests.loans.fakes import FakeBranches, FakeCatalogue, FakeFigures, FakeMembers
from tests.loans.makers import EMMA, NOW, UTC_ZONE, a_copy, a_loan, a_standing, default_document


def raise_failure(_: UUID, error: Exception) -> None:
    """Stand in for the log of what must not fail here."""
    raise error


class Branch:
    """A branch with a real database; everything else is in memory."""

    def __init__(self, database: Database, *copies: LendableCopy) -> None:
        self.database = database
        self.clock = SteppingClock(NOW)
        self.catalogue = FakeCatalogue(*(copies or (a_copy(),)))
        self.members = FakeMembers(ADA=a_standing(), KIM=a_standing(member_id=new_id(), category="child"))
        self.rules = self.no_rules_cached()
        self.rung = 0

    def no_rules_cached(self) -> RulesCache:
        return RulesCache(currency="EUR", zone=UTC_ZONE, holidays_of=public_holidays, clock=self.clock)

    def unit_of_work(self, receipt: Receipt | None = None, *, by: str = SYSTEM) -> UnitOfWork:
        wake = self._wake
        return UnitOfWork(self.database, rules=self.rules, clock=self.clock, receipt=receipt, on_commit=wake, by=by)

    def _wake(self) -> None:
        self.rung += 1

    @property
    def lending(self) -> LendingUseCases:
        """What can be asked for at the desk."""
        return LendingUseCases(self.ports)

    @property
    def holding(self) -> HoldUseCases:
        """What can be asked for about holds."""
        return HoldUseCases(self.ports)

    @property
    def ports(self) -> Ports:
        """Everything that the use cases need."""
        return Ports(
            unit_of_work=self.unit_of_work,
            loans=LoanQueries(self.database, self.clock),
            rules=RuleQueries(self.database, self.rules),
            past=PastLoans(self.database),
            due_items=DueItemQueries(self.database),
            sweeps=SweepQueries(self.database),
            due_requests=RetargetQueue(self.database),
            forgetting=Forgetting(self.database),
            holds=HoldQueries(self.database),
            fines=FineQueries(self.database),
            tills=TillQueries(self.database, UTC_ZONE),
            reports=ReportQueries(self.database),
            forms=FormFiles(),
            figures=dict.fromkeys(("books", "members", "loans"), FakeFigures()),
            accounts=BorrowerAccountQueries(self.database),
            merged=MergedRecords(self.database),
            renewals=RenewalQueries(self.database),
            late_loans=LateLoans(self.database.rows, Rulebook(self.database.rows, self.rules, on_sqlite=True)),
            circulation=ConsistencyQueries(self.database),
            money=MoneyQueries(self.database),
            facts=CirculationFactQueries(self.database),
            catalogue=self.catalogue,
            stock=self.catalogue,
            catalogue_states=self.catalogue,
            branches=FakeBranches(self.catalogue),
            members=self.members,
            titles=self.catalogue,
            categories=self.members,
            guardians=self.members,
            profiles=SqlImportProfiles(self.database, import_profiles),
            imports=SqlImportJobs(self.database, imports, plumbing, clock=self.clock, on_commit=self._wake),
            check_file=lambda _: None,
            read_file=lambda job, pieces: read_records(job.what, job.format, pieces, job.mapping, currency="EUR"),
            report_sweep_failure=raise_failure,
            report_target_failure=raise_failure,
            clock=self.clock,
            currency="EUR",
            zone=UTC_ZONE,
            holidays_of=public_holidays,
            retention=Retention({}),
        )

    async def check_out(
        self, barcode: str = "30000000000019", *, card: str = "ADA", receipt: Receipt | None = None, **asked: Any
    ) -> LoanView:
        command = CheckOut(CopyKey(barcode=barcode), MemberKey(card_number=card), **asked)
        return await self.lending.check_out_copy(command, receipt)

    async def bring_back(self, barcode: str = "30000000000019", *, branch: str | None = None) -> LoanView | None:
        return (await self.scan(barcode, branch=branch)).loan

    async def scan(self, barcode: str = "30000000000019", *, branch: str | None = None) -> ReturnView:
        return await self.lending.return_copy(Scan(CopyKey(barcode=barcode), branch=branch))

    async def choose_targets(self) -> int:
        """Do what the worker does once a second; return how many books were looked at."""
        return await self.holding.choose_targets()

    async def forget_everything(self) -> None:
        """Start anew: no loans, holds or calendars, and nothing told."""
        names = (table.name for table in reversed(metadata.sorted_tables))
        await empty(self.database, [name for name in names if name != "policies"])
        self.rules = self.no_rules_cached()

    async def lend_before(self, number: int, *, out: bool) -> None:
        """Let Ada have so many loans already, and if `out` somebody else the copy."""
        async with self.unit_of_work() as uow:
            for _ in range(number):
                uow.loans.add(a_loan(copy_id=new_id(), due_at=self.clock.now() + timedelta(days=1)))
            if out:
                uow.loans.add(a_loan(member_id=new_id()))
            await uow.commit()

    async def owe(self, barcode: str) -> UUID:
        """Lose a copy and find it again too late; return the fine for its price, of 25.00."""
        loan = await self.check_out(barcode)
        await self.declare_lost(loan.loan_id)
        self.clock.pass_by(timedelta(days=181))
        await self.bring_back(barcode)
        by_reason = {}
        for fine in await FineQueries(self.database).fines(FineFilter(loan_id=loan.loan_id), limit=9, before=None):
            by_reason[fine.reason] = fine.fine_id
            if fine.reason != "lost":
                await self.waive(fine.fine_id)
        return by_reason["lost"]

    async def pay(self, fine_id: UUID, cents: int) -> FineView:
        return await FinesUseCases(self.ports, settle_loss).pay_fine(Payment(fine_id, Money(cents, "EUR")))

    @property
    def pay_borrower(self) -> PayBorrower:
        """One payment over several fines."""
        return FinesUseCases(self.ports, settle_loss).pay_borrower

    async def waive(self, fine_id: UUID) -> FineView:
        return await WaiveFine(self.unit_of_work, settle_loss, self.clock)(Waiver(fine_id, "A flood."))

    async def declare_lost(self, loan_id: UUID) -> LoanView:
        queries = LoanQueries(self.database, self.clock)
        declare_lost = DeclareLost(self.unit_of_work, queries, self.catalogue, self.clock, "EUR")
        return await declare_lost(Loss(loan_id))

    async def claim_returned(self, loan_id: UUID) -> LoanView:
        queries = LoanQueries(self.database, self.clock)
        return await ClaimReturned(self.unit_of_work, queries, self.clock)(Amendment(loan_id))

    @property
    def privacy(self) -> PrivacyUseCases:
        """What follows when members tells of borrowers."""
        return PrivacyUseCases(self.ports)

    async def balance(self, fine_id: UUID) -> tuple[int, int]:
        """Return what is owed of a fine, and the sum of its ledger."""
        queries = FineQueries(self.database)
        fine = await queries.fine(fine_id)
        assert fine is not None
        posted = await queries.postings(fine_id)
        return fine.owed.amount, sum(Posting(line.posting).sign * line.amount.amount for line in posted)

    async def hold(self, *, card: str = "ADA", copy_id: UUID | None = None, branch: str | None = "MAIN") -> HoldView:
        book_id = EMMA if copy_id is None else None
        return await self.holding.place_hold(NewHold(MemberKey(card_number=card), book_id, copy_id, branch))

    async def held(self, hold_id: UUID) -> HoldView:
        return await self.holding.show_hold(hold_id, only_of=None)

    async def cancel(self, hold_id: UUID, *, reason: str | None = None) -> HoldView:
        return await self.holding.cancel_hold(HoldCancellation(OfHold(hold_id), reason))

    async def renew(self, loan_id: UUID) -> LoanView:
        return await self.lending.renew_loan(Renew(loan_id))

    async def put_policy(self, **change: Any) -> int:
        """Change the table that ships, and return its version."""
        document = default_document() | {"cases": []} | change
        branches = FakeBranches(self.catalogue)
        change_policy = ChangePolicy(self.unit_of_work, branches, self.members, self.clock, "EUR")
        return (await change_policy(PolicyChange(document, in_place_of=None))).version

    async def put_calendar(self, document: dict[str, Any], branch: str = "MAIN") -> None:
        branches = FakeBranches(self.catalogue)
        change_calendar = ChangeCalendar(self.unit_of_work, branches, self.clock, public_holidays)
        await change_calendar(CalendarChange(branch, document, in_place_of=None))

    async def close(self, first: date, last: date) -> ClosingView:
        due, branches = DueItemQueries(self.database), FakeBranches(self.catalogue)
        close_branch = CloseBranch(self.unit_of_work, due, branches, self.clock, public_holidays)
        return await close_branch(Closing("MAIN", first, last, "Burst pipe"))

    async def due_dates(self) -> dict[UUID, datetime]:
        rows = await self.database.rows(select(loans.c.loan_id, loans.c.due_at).where(loans.c.returned_at.is_(None)))
        return {row.loan_id: row.due_at for row in rows}

    async def events(self) -> list[str]:
        rows = await self.database.rows(select(plumbing.outbox.c.type).order_by(plumbing.outbox.c.sequence))
        return [row.type for row in rows]

    async def open_loans(self) -> int:
        counted = select(func.count()).select_from(loans).where(loans.c.returned_at.is_(None))
        return int((await self.database.first(counted))[0])
