"""A form as one library fills it in for one year."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from loans_service.domain.reports.reporting_year import ReportingYear
from shared.kernel.errors import Conflict, refuse_if_stale


class ReportFrozen(Conflict):
    """A report that was handed in never changes."""

    code = "report-frozen"
    detail = (
        "This report is frozen: it says what was handed in, and never changes. "
        "Tell those who have it what is wrong in it."
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody entered in a line, and why. `version` counts how often that was done."""

    value: int | None
    note: str | None
    by: str
    at: datetime
    version: int


@dataclass(slots=True)
class AnnualReport:
    """What is on record of a form and a year: what was entered, and what was handed in once it is frozen."""

    form: str
    year: int
    entries: dict[str, Entry] = field(default_factory=dict)
    document: Mapping[str, Any] | None = None
    frozen_at: datetime | None = None
    frozen_by: str | None = None

    def enter(
        self, code: str, value: int | None, note: str | None, *, seen: int | None, by: str, now: datetime
    ) -> Entry:
        """Enter a value in a line; None: it is unknown again. `seen` is the version of the entry that is replaced.

        Raises ReportFrozen, or OutOfDate.
        """
        if self.frozen_at is not None:
            raise ReportFrozen
        present = self.entries.get(code)
        version = 0 if present is None else present.version
        refuse_if_stale(seen, version, thing="entry")
        self.entries[code] = entry = Entry(value, note, by, now, version + 1)
        return entry

    def expect_unfrozen(self, year: ReportingYear, *, today: date) -> None:
        """Raise ReportFrozen, or YearNotOver, unless the report can be handed in; `year` are its days."""
        if self.frozen_at is not None:
            raise ReportFrozen
        year.expect_over(today=today)

    def freeze(self, document: Mapping[str, Any], year: ReportingYear, *, by: str, now: datetime, today: date) -> None:
        """Keep the report as it is for good. Raises ReportFrozen, or YearNotOver."""
        self.expect_unfrozen(year, today=today)
        self.document, self.frozen_at, self.frozen_by = document, now, by
