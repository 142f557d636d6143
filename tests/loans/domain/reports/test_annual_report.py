"""A report takes entries until it is frozen, and then never changes."""

from datetime import UTC, date, datetime

import pytest

from loans_service.domain.reports.annual_report import AnnualReport, ReportFrozen
from loans_service.domain.reports.reporting_year import ReportingYear, YearNotBegun, YearNotOver
from shared.kernel.errors import OutOfDate

YEAR = ReportingYear.of(2025)
NOW = datetime(2026, 1, 9, 10, tzinfo=UTC)


def a_report() -> AnnualReport:
    return AnnualReport("pls", 2025)


def enter(report: AnnualReport, value: int | None, *, seen: int | None) -> int:
    return report.enter("501", value, None, seen=seen, by="ann", now=NOW).version


def test_what_is_entered_again_replaces_the_version_that_was_seen() -> None:
    report = a_report()

    assert [1, 2, 3] == [enter(report, 5, seen=0), enter(report, 6, seen=1), enter(report, None, seen=None)]
    assert None is report.entries["501"].value
    with pytest.raises(OutOfDate):
        enter(report, 7, seen=2)


def test_a_frozen_report_takes_nothing_more_and_is_not_frozen_again() -> None:
    report = a_report()
    report.freeze({"year": 2025}, YEAR, by="ann", now=NOW, today=NOW.date())

    with pytest.raises(ReportFrozen):
        enter(report, 5, seen=0)
    with pytest.raises(ReportFrozen):
        report.freeze({"year": 2026}, YEAR, by="ann", now=NOW, today=NOW.date())
    assert ({"year": 2025}, NOW, "ann") == (report.document, report.frozen_at, report.frozen_by)


def test_a_year_that_is_not_over_is_not_frozen_and_one_to_come_not_asked_for() -> None:
    with pytest.raises(YearNotOver):
        a_report().freeze({}, YEAR, by="ann", now=NOW, today=date(2025, 12, 31))
    with pytest.raises(YearNotBegun):
        ReportingYear.of(2026).expect_begun(today=date(2025, 12, 31))
    YEAR.expect_begun(today=date(2025, 1, 1))


def test_a_year_that_begins_in_july_is_that_in_which_it_ends() -> None:
    year = ReportingYear.of(2026, first_month=7)

    assert (date(2025, 7, 1), date(2026, 6, 30)) == (year.begins_on, year.ends_on)
    assert [True, False] == [ReportingYear.of(2026).is_calendar_year, year.is_calendar_year]
    year.expect_begun(today=date(2025, 7, 1))
    with pytest.raises(YearNotBegun):
        year.expect_begun(today=date(2025, 6, 30))
    with pytest.raises(YearNotOver):
        year.expect_over(today=date(2026, 6, 30))
    year.expect_over(today=date(2026, 7, 1))
