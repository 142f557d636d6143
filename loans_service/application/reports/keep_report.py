"""Enter what the library cannot know, and freeze a report that is handed in."""

from dataclasses import dataclass

from loans_service.application.reports.fill_in import FormDesk, as_handed_in, expect_full_sight, filled_in
from loans_service.application.reports.queries import ReportQueries
from loans_service.application.reports.report_views import EntryView, ReportView
from loans_service.domain.reports.annual_report import ReportFrozen
from loans_service.domain.reports.form import FormNotFound, LineNotFound
from loans_service.domain.reports.reporting_year import YearNotBegun, YearNotOver
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory
from shared.kernel.errors import NeighbourUnavailable, OutOfDate, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import RightMissing


@dataclass(frozen=True, slots=True)
class EntryChange:
    """What is to be entered. `in_place_of` is the version that the caller has seen: 0 for none, None for any."""

    form: str
    year: int
    code: str
    value: int | None
    note: str | None
    in_place_of: int | None
    by: str = SYSTEM


@refuses(FormNotFound, LineNotFound, YearNotBegun, ReportFrozen, OutOfDate)
@dataclass(frozen=True, slots=True)
class EnterValue:
    """Enter a value in a line of a report; null: it is unknown again.

    - It counts before what was counted, which a library needs in the year in which it moved in. The parts that were
      counted are shown all the same.
    """

    unit_of_work: LoansWorkFactory
    desk: FormDesk

    async def __call__(self, command: EntryChange) -> EntryView:
        form = self.desk.forms.get(command.form)
        line, now = form.line(command.code), self.desk.now
        form.year(command.year).expect_begun(today=now.date())
        async with self.unit_of_work(by=command.by) as uow:
            report = await uow.reports.get(form.name, command.year)
            entry = report.enter(
                line.code,
                command.value,
                command.note,
                seen=command.in_place_of,
                by=command.by,
                now=self.desk.clock.now(),
            )
            await uow.reports.put(report)
            await uow.commit()
        return EntryView.of(entry)


@dataclass(frozen=True, slots=True)
class Freezing:
    """Which report is handed in, and by whom."""

    form: str
    year: int
    by: str = SYSTEM


@refuses(FormNotFound, ReportFrozen, YearNotOver, RightMissing, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class FreezeReport:
    """Freeze a report, because it is handed in: from now on it says what it says, whatever is corrected later.

    - The year must be over. There is no way back.
    """

    unit_of_work: LoansWorkFactory
    desk: FormDesk
    queries: ReportQueries

    async def __call__(self, command: Freezing, receipt: Receipt | None = None) -> ReportView:
        expect_full_sight()
        form, today = self.desk.forms.get(command.form), self.desk.now.date()
        year = form.year(command.year)
        (await self.queries.report(form.name, command.year)).expect_unfrozen(year, today=today)
        counted = await self.desk.counted(form, year)  # no question is asked under a lock
        async with self.unit_of_work(receipt, by=command.by) as uow:
            report = await uow.reports.get(form.name, command.year)
            document = filled_in(form, report, counted).document()
            report.freeze(document, year, by=command.by, now=self.desk.clock.now(), today=today)
            await uow.reports.put(report)
            view = as_handed_in(report)
            await uow.commit(answer=view)
        return view
