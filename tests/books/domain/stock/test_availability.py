import pytest

from books_service.domain.stock.availability import Availability, CopyAvailability
from books_service.domain.stock.copy_status import CopyStatus
from tests.books.makers import NOW

OUT = CopyAvailability(Availability.ON_LOAN, NOW)
NOT_LENT = [status for status in CopyStatus if not status.lendable]


def test_a_copy_that_was_never_out_is_available() -> None:
    assert CopyAvailability(Availability.AVAILABLE) == CopyAvailability.of(CopyStatus.IN_SERVICE, None)


@pytest.mark.parametrize("availability", Availability)
def test_a_copy_in_service_is_where_circulation_says(availability: Availability) -> None:
    assert availability is CopyAvailability.of(CopyStatus.IN_SERVICE, CopyAvailability(availability)).availability


@pytest.mark.parametrize("status", NOT_LENT)
@pytest.mark.parametrize("availability", [each for each in Availability if each is not Availability.ON_LOAN])
def test_a_copy_that_is_not_lent_is_unavailable_wherever_it_stands(
    status: CopyStatus, availability: Availability
) -> None:
    assert CopyAvailability(Availability.UNAVAILABLE) == CopyAvailability.of(status, CopyAvailability(availability))


@pytest.mark.parametrize("status", CopyStatus)
def test_a_copy_that_a_borrower_still_has_is_on_loan_whatever_its_status(status: CopyStatus) -> None:
    assert OUT == CopyAvailability.of(status, OUT)


def test_only_a_copy_on_its_way_goes_somewhere() -> None:
    moving = CopyAvailability(Availability.IN_TRANSIT, None, "EAST")

    assert "EAST" == CopyAvailability.of(CopyStatus.IN_SERVICE, moving).transit_to
    assert CopyAvailability.of(CopyStatus.LOST, moving).transit_to is None
    assert CopyAvailability.of(CopyStatus.IN_SERVICE, CopyAvailability(Availability.AVAILABLE)).transit_to is None
    arrived = CopyAvailability(Availability.AVAILABLE, NOW, "EAST")
    assert CopyAvailability(Availability.AVAILABLE) == CopyAvailability.of(CopyStatus.IN_SERVICE, arrived)
