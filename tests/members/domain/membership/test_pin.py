import pytest

from members_service.domain.membership.pin import InvalidPin, check_pin


@pytest.mark.parametrize("pin", ["0000", "12345678"])
def test_a_pin_has_four_to_eight_digits(pin: str) -> None:
    assert pin == check_pin(pin)


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "12 34", "\u0661\u0662\u0663\u0664", "1234\n"])
def test_what_no_machine_lets_anybody_type_is_no_pin(pin: str) -> None:
    with pytest.raises(InvalidPin):
        check_pin(pin)
