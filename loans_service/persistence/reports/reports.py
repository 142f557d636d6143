"""Annual reports in the database."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from loans_service.domain.reports.annual_report import AnnualReport, Entry
from loans_service.persistence.reports.report_tables import annual_reports
from shared.persistence.lists import for_both, insert_for
from shared.persistence.statements import Prepared, Runs

_KEY = (annual_reports.c.form == bindparam("of_form"), annual_reports.c.year == bindparam("of_year"))
ONE = select(annual_reports).where(*_KEY)
_LOCKED = Prepared(ONE.with_for_update())
_MADE = for_both(
    lambda dialect: (
        insert_for(dialect)(annual_reports)
        .values(form=bindparam("form"), year=bindparam("year"), entries=bindparam("entries"))
        .on_conflict_do_nothing()
    )
)
_CHANGED = ("entries", "document", "frozen_at", "frozen_by")
_CHANGE = Prepared(update(annual_reports).where(*_KEY).values({name: bindparam(name) for name in _CHANGED}))


class AnnualReports:
    """The annual reports on record, for one transaction."""

    def __init__(self, run: Runs) -> None:
        self._run = run

    async def get(self, form: str, year: int) -> AnnualReport:
        """Return what is on record of a form and a year, locked until this transaction ends."""
        await self._run(_MADE, form=form, year=year, entries={})
        (row,) = await self._run(_LOCKED, of_form=form, of_year=year)
        return report_of(row)

    async def put(self, report: AnnualReport) -> None:
        """Keep a report as it is now."""
        await self._run(
            _CHANGE,
            of_form=report.form,
            of_year=report.year,
            entries={code: asdict(entry) | {"at": entry.at.isoformat()} for code, entry in report.entries.items()},
            document=report.document,
            frozen_at=report.frozen_at,
            frozen_by=report.frozen_by,
        )


def report_of(row: Any) -> AnnualReport:
    """Return the report in a row of the table."""
    entries = {
        code: Entry(**entry | {"at": datetime.fromisoformat(entry["at"])}) for code, entry in row.entries.items()
    }
    return AnnualReport(row.form, row.year, entries, row.document, row.frozen_at, row.frozen_by)
