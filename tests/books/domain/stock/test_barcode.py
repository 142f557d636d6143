from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from books_service.domain.stock.barcode import Barcode


@given(st.uuids())
def test_a_barcode_that_is_drawn_has_fourteen_digits_the_first_a_three_and_the_last_a_check_digit(by: UUID) -> None:
    drawn = str(Barcode.drawn(by))

    assert (14, "3", True) == (len(drawn), drawn[0], luhn.is_valid(drawn))
