from datetime import date

import pytest

from loans_service.adapters.rules.public_holidays import public_holidays
from loans_service.domain.rules.calendar_document import InvalidCalendar


def test_a_public_holiday_has_a_name_and_other_days_have_none() -> None:
    holiday = public_holidays("US", None)

    assert holiday(date(2026, 7, 4)) is not None
    assert holiday(date(2026, 7, 6)) is None


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    womens_day = date(2026, 3, 8)

    assert public_holidays("DE", "BE")(womens_day) is not None
    assert public_holidays("DE", "BY")(womens_day) is None


@pytest.mark.parametrize(
    ("country", "subdivision", "field"),
    [("Atlantis", None, "country"), ("", None, "country"), ("DE", "X", "subdivision")],
)
def test_a_place_that_nobody_knows_is_refused(country: str, subdivision: str | None, field: str) -> None:
    with pytest.raises(InvalidCalendar) as refused:
        public_holidays(country, subdivision)

    assert field == refused.value.field


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
def test_a_year_of_which_nobody_knows_the_holidays_has_none(day: date) -> None:
    assert public_holidays("US", None)(day) is None
