"""Show the annual forms, and what is to be written into them."""

from dataclasses import dataclass

from loans_service.application.reports.fill_in import FormDesk, as_handed_in, expect_full_sight, filled_in
from loans_service.application.reports.queries import ReportQueries
from loans_service.application.reports.report_views import FormView, ReportView, form_view
from loans_service.domain.reports.form import FormNotFound
from loans_service.domain.reports.reporting_year import YearNotBegun
from shared.kernel.errors import NeighbourUnavailable, refuses
from shared.kernel.rights import RightMissing


@refuses(FormNotFound, YearNotBegun, RightMissing, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class ShowReport:
    """Fill a form in for a year from what was counted, and from what was entered.

    - Each value shows its formula and the parts of it. What the library cannot know is `enter`.
    - The figures are those of all three services; of a year that goes on, those so far. Forms for the fiscal year tell
      of the library's own, which has the name of the calendar year in which it ends. Different borrowers are counted
      once in a calendar year, and in no other.
    - A frozen report is shown as it was handed in.
    - It needs the right `see_contacts` everywhere, too: beside other figures, totals of all tell of few people.
    """

    desk: FormDesk
    queries: ReportQueries

    async def __call__(self, name: str, year: int) -> ReportView:
        expect_full_sight()
        form = self.desk.forms.get(name)
        days = form.year(year)
        days.expect_begun(today=self.desk.now.date())
        report = await self.queries.report(form.name, year)
        if report.document is not None:
            return as_handed_in(report)
        return filled_in(form, report, await self.desk.counted(form, days))


@dataclass(frozen=True, slots=True)
class ListForms:
    """List the forms that there are."""

    desk: FormDesk

    def __call__(self) -> list[FormView]:
        return [form_view(form) for form in self.desk.forms.all()]
