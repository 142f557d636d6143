import pytest

from members_service.domain.pin import InvalidPin, PinTooCommon, check_digits, check_pin


@pytest.mark.parametrize("pin", ["4819", "13792468"])
def test_a_pin_has_four_to_eight_digits(pin: str) -> None:
    assert pin == check_pin(pin)


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "12 34", "\u0661\u0662\u0663\u0664", "1234\n"])
def test_what_no_machine_lets_anybody_type_is_no_pin(pin: str) -> None:
    with pytest.raises(InvalidPin):
        check_pin(pin)


@pytest.mark.parametrize("pin", ["1234", "0000", "2580", "1984", "2468", "4200"])
def test_what_people_choose_most_is_no_good_pin(pin: str) -> None:
    with pytest.raises(PinTooCommon):
        check_pin(pin)


@pytest.mark.parametrize("pin", ["77777", "909090", "123123", "48194819", "345678", "98765", "67890", "43210", "3434"])
def test_nor_is_a_repetition_or_a_row_however_long(pin: str) -> None:
    with pytest.raises(PinTooCommon):
        check_pin(pin)


@pytest.mark.parametrize("pin", ["1234", "13579", "77777777"])
def test_one_that_somebody_has_already_is_read_as_it_is(pin: str) -> None:
    assert pin == check_digits(pin)


def test_a_hundred_of_ten_thousand_are_taken_from_those_who_guess() -> None:
    refused = []
    for number in range(10_000):
        try:
            check_pin(f"{number:04}")
        except PinTooCommon:
            refused.append(number)

    assert 100 < len(refused) < 250
