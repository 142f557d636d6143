"""Public holidays of some 150 countries, from the `holidays` package."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

from loans_service.domain.rules.calendar_document import InvalidCalendar


def public_holidays(country: str, subdivision: str | None) -> Callable[[date], str | None]:
    """Implements `calendar_document.HolidaysOf`. Raises InvalidCalendar for an unknown place."""
    try:
        _of_year(country, None, 2026)
    except NotImplementedError as error:
        raise InvalidCalendar("country", "No holidays are known for this country; give its ISO 3166 code.") from error
    try:
        _of_year(country, subdivision, 2026)
    except NotImplementedError as error:
        raise InvalidCalendar("subdivision", "This country has no such part; give its ISO 3166-2 code.") from error
    return lambda day: _of_year(country, subdivision, day.year).get(day)


@lru_cache(maxsize=1000)
def _of_year(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    import holidays  # noqa: PLC0415 - three megabytes, and only where a calendar asks for them

    return dict(holidays.country_holidays(country, subdiv=subdivision, years=year))
