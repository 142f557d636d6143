"""What borrowing costs, late or not."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.rental import Rental, RentalUnit
from tests.loans.makers import ALWAYS_OPEN, NOW, euros

DAY = timedelta(days=1)
DAILY = Rental(euros(50), RentalUnit.DAY)


def cost(rental: Rental, length: timedelta) -> Money | None:
    return rental.cost(NOW, NOW + length, ALWAYS_OPEN)


def test_a_rental_for_each_loan_does_not_depend_on_how_long_it_is() -> None:
    assert [euros(150)] * 2 == [cost(Rental(euros(150)), length) for length in (timedelta(hours=2), 28 * DAY)]


def test_a_rental_for_each_day_counts_the_days_until_it_is_due_and_at_least_one() -> None:
    assert [euros(50), euros(50), euros(350)] == [cost(DAILY, length) for length in (timedelta(hours=2), DAY, 7 * DAY)]


def test_days_are_those_of_the_branch() -> None:
    midnight = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)

    found = [DAILY.cost(midnight, midnight + 2 * DAY - timedelta(hours=1), Calendar(ZoneInfo(zone)))
             for zone in ("UTC", "Europe/Vienna")]  # fmt: skip

    assert [euros(100), euros(50)] == found


def test_a_rental_of_a_cent_is_one() -> None:
    assert euros(1) == cost(Rental(euros(1)), DAY)


def test_a_rental_of_nothing_is_none() -> None:
    assert [None, None] == [cost(Rental(euros(0), per), 7 * DAY) for per in RentalUnit]
