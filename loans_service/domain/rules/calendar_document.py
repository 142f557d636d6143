"""A calendar as a document of plain values: how it is stored and sent."""

from collections.abc import Callable, Mapping
from datetime import date, time
from itertools import pairwise
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from loans_service.domain.rules.calendar import Calendar, Closure, Hours
from shared.kernel.errors import InvalidValue

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Document = Mapping[str, Any]
HolidaysOf = Callable[[str, str | None], Callable[[date], str | None]]
"""Finds the public holidays of a country, or of a part of it. Raises InvalidCalendar when there is no such place."""


class InvalidCalendar(InvalidValue):
    """The calendar contradicts itself, or names an unknown place or zone."""

    code = "invalid-calendar"
    example: ClassVar = {"field": "closed.0.to", "detail": "A closure ends on its first day or later."}

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail, field=field)


def read_calendar(document: Document, *, holidays_of: HolidaysOf) -> Calendar:
    """Build the calendar that `document` describes. Shapes and types are taken for granted.

    `weekly` of None means open every day; with it, a day that it leaves out is closed. Raises InvalidCalendar.
    """
    weekly, country = document.get("weekly"), document.get("country")
    holiday = {} if country is None else {"holiday": holidays_of(country, document.get("subdivision"))}
    return Calendar(
        zone=_zone(document["timezone"]),
        weekly=None if weekly is None else tuple(_hours(day, weekly.get(day, ())) for day in WEEK),
        closures=tuple(_closure(place, closure) for place, closure in enumerate(document.get("closed", ()))),
        **holiday,
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # a folder, an impossible path, an unknown name
        raise InvalidCalendar("timezone", "A time zone is given by its IANA name, such as Europe/Vienna.") from error


def _hours(day: str, spans: list[list[str]]) -> tuple[Hours, ...]:
    hours = tuple(Hours(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in spans)
    for place, each in enumerate(hours):
        if each.closes <= each.opens:
            raise InvalidCalendar(f"weekly.{day}.{place}", "A branch closes later on the day than it opens.")
    for place, (earlier, later) in enumerate(pairwise(hours), start=1):
        if later.opens < earlier.closes:
            raise InvalidCalendar(f"weekly.{day}.{place}", "Hours of one day follow each other and do not overlap.")
    return hours


def _closure(place: int, document: Document) -> Closure:
    closure = Closure(date.fromisoformat(document["from"]), date.fromisoformat(document["to"]), document["name"])
    if closure.last < closure.first:
        raise InvalidCalendar(f"closed.{place}.to", "A closure ends on its first day or later.")
    return closure
