"""A calendar as a document of plain values, as it is stored and sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from loans_service.domain.rules.calendar import Calendar, Closure, Hours, Opening, SpecialWeek, Week
from shared.kernel.errors import InvalidValue

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Document = Mapping[str, Any]
HolidaysOf = Callable[[str, str | None], Callable[[date], str | None]]
"""Returns the holidays of a country or a part of it. Raises InvalidCalendar if there is no such place."""


class InvalidCalendar(InvalidValue):
    """The calendar contradicts itself, or names an unknown place or zone."""

    code = "invalid-calendar"
    example: ClassVar = {"field": "closed.0.to", "detail": "A closure ends on its first day or later."}

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail, field=field)


def read_calendar(document: Document, *, holidays_of: HolidaysOf) -> Calendar:
    """Build the calendar that `document` describes. Its shape and types have been validated before.

    If `weekly` is None, the branch is open every day, else it is closed on days that it leaves out. `open` are
    exceptional openings, `weeks` times of the year with other hours. Raises InvalidCalendar.
    """
    weekly, country = document.get("weekly"), document.get("country")
    holiday = {} if country is None else {"holiday": holidays_of(country, document.get("subdivision"))}
    return Calendar(
        zone=_zone(document["timezone"]),
        weekly=None if weekly is None else _week("weekly", weekly),
        closures=tuple(_closure(place, closure) for place, closure in enumerate(document.get("closed") or ())),
        openings=tuple(_opening(place, opening) for place, opening in enumerate(document.get("open") or ())),
        special_weeks=tuple(_special(place, special) for place, special in enumerate(document.get("weeks") or ())),
        **holiday,
    )


def refuse_if_never_open(document: Document) -> None:
    """Raise InvalidCalendar if no day of any week has hours, because nothing could fall due.

    Only changes are checked; a stored calendar is read in any case.
    """
    weeks = [document.get("weekly"), *(special["weekly"] for special in document.get("weeks") or ())]
    if not document.get("open") and all(week is not None and not any(week.values()) for week in weeks):
        raise InvalidCalendar(
            "weekly",
            "A branch opens on some day. Leave `weekly` out for every day, or close it for a time by `closed`.",
        )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # a folder, an impossible path, an unknown name
        raise InvalidCalendar("timezone", "A time zone is given by its IANA name, such as Europe/Vienna.") from error


def _week(field: str, weekly: Document) -> Week:
    return tuple(_hours(f"{field}.{day}", weekly.get(day) or ()) for day in WEEK)


def _hours(field: str, spans: Sequence[Sequence[str]]) -> tuple[Hours, ...]:
    hours = tuple(Hours(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in spans)
    for place, each in enumerate(hours):
        if each.closes <= each.opens:
            raise InvalidCalendar(f"{field}.{place}", "A branch closes later on the day than it opens.")
    for place, (earlier, later) in enumerate(pairwise(hours), start=1):
        if later.opens < earlier.closes:
            raise InvalidCalendar(f"{field}.{place}", "Hours of one day follow each other and do not overlap.")
    return hours


def _days(field: str, document: Document, what: str) -> tuple[date, date]:
    first, last = date.fromisoformat(document["from"]), date.fromisoformat(document["to"])
    if last < first:
        raise InvalidCalendar(f"{field}.to", f"{what} ends on its first day or later.")
    return first, last


def _closure(place: int, document: Document) -> Closure:
    return Closure(*_days(f"closed.{place}", document, "A closure"), document["name"])


def _opening(place: int, document: Document) -> Opening:
    hours = _hours(f"open.{place}.hours", document["hours"])
    if not hours:
        raise InvalidCalendar(f"open.{place}.hours", "Say from when until when the branch opens on these days.")
    return Opening(*_days(f"open.{place}", document, "An opening"), hours)


def _special(place: int, document: Document) -> SpecialWeek:
    first, last = _days(f"weeks.{place}", document, "A time of other hours")
    return SpecialWeek(first, last, _week(f"weeks.{place}.weekly", document["weekly"]))


@dataclass(frozen=True, slots=True)
class BranchCalendar:
    """The calendar of a branch, as a document of plain values. `branch` is in capitals."""

    branch: str
    version: int
    document: Mapping[str, Any]
    changed_at: datetime
