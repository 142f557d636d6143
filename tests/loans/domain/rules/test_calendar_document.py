from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest

from loans_service.domain.rules.calendar import Hours
from loans_service.domain.rules.calendar_document import InvalidCalendar, read_calendar

MONDAY, TUESDAY = date(2026, 3, 9), date(2026, 3, 10)


def no_holidays(country: str, subdivision: str | None) -> Callable[[date], str | None]:
    return lambda day: f"{subdivision} in {country}" if day == TUESDAY else None


def test_a_calendar_with_nothing_but_a_zone_is_open_every_day() -> None:
    calendar = read_calendar({"timezone": "Europe/Vienna"}, holidays_of=no_holidays)

    assert ("Europe/Vienna", None, ()) == (calendar.zone.key, calendar.weekly, calendar.closures)
    assert calendar.is_open(TUESDAY)


def test_a_day_that_the_week_leaves_out_is_closed() -> None:
    document = {"timezone": "UTC", "weekly": {"mon": [["09:00", "12:00"], ["13:00", "18:00"]]}}

    calendar = read_calendar(document, holidays_of=no_holidays)

    assert calendar.weekly is not None
    assert (Hours(time(9), time(12)), Hours(time(13), time(18))) == calendar.weekly[0]
    assert (True, False) == (calendar.is_open(MONDAY), calendar.is_open(TUESDAY))


def test_closures_and_holidays_close_with_their_names() -> None:
    closed = [{"from": "2026-03-09", "to": "2026-03-09", "name": "Moving"}]
    document = {"timezone": "UTC", "closed": closed, "country": "AT", "subdivision": "9"}

    calendar = read_calendar(document, holidays_of=no_holidays)

    assert ["Moving", "9 in AT"] == [calendar.why_closed(day) for day in (MONDAY, TUESDAY)]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("timezone", {"timezone": "Europe"}),
        ("timezone", {"timezone": "\x00"}),
        ("weekly.sun.0", {"weekly": {"sun": [["09:00", "09:00"]]}}),
        ("weekly.sun.1", {"weekly": {"sun": [["13:00", "18:00"], ["09:00", "12:00"]]}}),
        ("closed.0.to", {"closed": [{"from": "2026-03-09", "to": "2026-03-08", "name": "x"}]}),
    ],
)
def test_what_contradicts_itself_is_refused_at_its_place(field: str, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidCalendar) as refused:
        read_calendar({"timezone": "UTC"} | change, holidays_of=no_holidays)

    assert field == refused.value.field
