import pytest

from loans_service.domain.money import Money
from tests.loans.makers import euros


def test_amounts_of_one_currency_are_added_subtracted_multiplied_and_compared() -> None:
    assert euros(350) == euros(250) + euros(100)
    assert euros(150) == euros(250) - euros(100)
    assert euros(60) == euros(20) * 3
    assert euros(20) == min(euros(20), euros(21))
    assert euros(20) <= euros(20)
    assert not euros(20) < euros(20)


def test_two_currencies_never_mix() -> None:
    for mix in (
        lambda: euros(1) + Money(1, "USD"),
        lambda: euros(1) - Money(1, "USD"),
        lambda: euros(1) < Money(1, "USD"),
    ):
        with pytest.raises(ValueError, match="do not mix"):
            mix()


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "€"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(ValueError, match="three capital letters"):
        Money(1, currency)
