"""Queries for annual reports."""

from loans_service.domain.reports.annual_report import AnnualReport
from loans_service.persistence.reports.reports import ONE, report_of
from shared.persistence.database import Database


class ReportQueries:
    """Looks up what is on record of annual reports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, form: str, year: int) -> AnnualReport:
        """Return what is on record of a form and a year; an empty report if nothing is."""
        row = await self._database.first(ONE, of_form=form, of_year=year)
        return AnnualReport(form, year) if row is None else report_of(row)
