from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest

from loans_service.domain.rules.calendar import Hours, Opening, SpecialWeek
from loans_service.domain.rules.calendar_document import InvalidCalendar, read_calendar, refuse_if_never_open

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


def test_an_opening_opens_in_spite_of_a_holiday_and_at_hours_of_its_own() -> None:
    feast = {"from": "2026-03-10", "to": "2026-03-10", "hours": [["10:00", "12:00"], ["12:00", "14:00"]]}

    calendar = read_calendar({"timezone": "UTC", "country": "AT", "open": [feast]}, holidays_of=no_holidays)

    assert (Opening(TUESDAY, TUESDAY, (Hours(time(10), time(12)), Hours(time(12), time(14)))),) == calendar.openings
    assert calendar.is_open(TUESDAY)


def test_other_hours_count_for_a_time_of_the_year_and_leave_out_what_they_do_not_name() -> None:
    summer = {"from": "2026-03-09", "to": "2026-03-10", "weekly": {"tue": [["10:00", "12:00"]], "wed": None}}

    calendar = read_calendar({"timezone": "UTC", "weeks": [summer]}, holidays_of=no_holidays)

    assert (SpecialWeek(MONDAY, TUESDAY, ((), (Hours(time(10), time(12)),), *[()] * 5)),) == calendar.special_weeks
    assert (False, True) == (calendar.is_open(MONDAY), calendar.is_open(TUESDAY))


def test_what_is_left_empty_closes_nothing() -> None:
    nothing = {"closed": None, "open": None, "weeks": None, "weekly": None, "country": None}

    calendar = read_calendar({"timezone": "UTC"} | nothing, holidays_of=no_holidays)

    assert ((), (), ()) == (calendar.closures, calendar.openings, calendar.special_weeks)
    assert calendar.is_open(TUESDAY)


def test_a_country_needs_no_part_of_it_to_have_holidays() -> None:
    calendar = read_calendar({"timezone": "UTC", "country": "AT"}, holidays_of=no_holidays)

    assert "None in AT" == calendar.why_closed(TUESDAY)


DAY: dict[str, Any] = {"from": "2026-03-09", "to": "2026-03-09"}
BACKWARDS: dict[str, Any] = {"from": "2026-03-09", "to": "2026-03-08"}
NINE_TO_TEN = [["09:00", "10:00"]]
AGAIN = {"hours": [["09:00", "12:00"], ["11:59", "18:00"]]}
ENDLESS = {"hours": [["09:00", "12:00"], ["18:00", "13:00"]]}
NO_ZONE = "A time zone is given by its IANA name, such as Europe/Vienna."
NOT_LATER = "A branch closes later on the day than it opens."
OVERLAP = "Hours of one day follow each other and do not overlap."
NO_HOURS = "Say from when until when the branch opens on these days."


@pytest.mark.parametrize(
    ("field", "sentence", "change"),
    [
        ("timezone", NO_ZONE, {"timezone": "Europe"}),
        ("timezone", NO_ZONE, {"timezone": "\x00"}),
        ("timezone", NO_ZONE, {"timezone": "Mars/Olympus"}),
        ("weekly.sun.0", NOT_LATER, {"weekly": {"sun": [["09:00", "09:00"]]}}),
        ("weekly.sun.1", OVERLAP, {"weekly": {"sun": [["13:00", "18:00"], ["09:00", "12:00"]]}}),
        ("closed.0.to", "A closure ends on its first day or later.", {"closed": [{**BACKWARDS, "name": "x"}]}),
        ("open.0.to", "An opening ends on its first day or later.", {"open": [{**BACKWARDS, "hours": NINE_TO_TEN}]}),
        ("open.1.hours", NO_HOURS, {"open": [{**DAY, "hours": NINE_TO_TEN}, {**DAY, "hours": []}]}),
        ("open.0.hours.1", OVERLAP, {"open": [DAY | AGAIN]}),
        ("open.0.hours.1", NOT_LATER, {"open": [DAY | ENDLESS]}),
        (
            "weeks.0.to",
            "A time of other hours ends on its first day or later.",
            {"weeks": [{**BACKWARDS, "weekly": {}}]},
        ),
        ("weeks.0.weekly.mon.0", NOT_LATER, {"weeks": [{**DAY, "weekly": {"mon": [["10:00", "09:00"]]}}]}),
    ],
)
def test_what_contradicts_itself_is_refused_at_its_place(field: str, sentence: str, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidCalendar) as refused:
        read_calendar({"timezone": "UTC"} | change, holidays_of=no_holidays)

    assert (field, sentence) == (refused.value.field, refused.value.detail)


CLOSED_FOR_A_TIME: dict[str, Any] = {"weeks": [DAY | {"weekly": {"mon": []}}]}
NEVER: dict[str, Any] = {"weekly": {}, "weeks": None, "open": None}


@pytest.mark.parametrize("closed", [{}, {"weekly": {"mon": [], "tue": None}}, CLOSED_FOR_A_TIME])
def test_a_calendar_by_which_a_branch_never_opens_is_refused(closed: dict[str, Any]) -> None:
    with pytest.raises(InvalidCalendar) as refused:
        refuse_if_never_open(NEVER | closed)

    sentence = "A branch opens on some day. Leave `weekly` out for every day, or close it for a time by `closed`."
    assert ("invalid-calendar", "weekly", sentence) == (refused.value.code, refused.value.field, refused.value.detail)


@pytest.mark.parametrize(
    "hours",
    [
        CLOSED_FOR_A_TIME | {"weekly": None},
        {"weekly": {"mon": [], "sun": NINE_TO_TEN}},
        {"weeks": [DAY | {"weekly": {}}, DAY | {"weekly": {"mon": [], "tue": NINE_TO_TEN}}]},
        {"open": [DAY | {"hours": NINE_TO_TEN}]},
    ],
)
def test_a_branch_may_open_at_some_times_alone(hours: dict[str, Any]) -> None:
    refuse_if_never_open(NEVER | hours)
