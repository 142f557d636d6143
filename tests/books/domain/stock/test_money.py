import pytest

from books_service.domain.stock.money import HIGHEST_AMOUNT, InvalidPrice, Money, PriceInOtherCurrency


@pytest.mark.parametrize("amount", [0, HIGHEST_AMOUNT])
def test_a_price_may_be_nothing_and_as_high_as_is_allowed(amount: int) -> None:
    assert amount == Money(amount, "EUR").amount


@pytest.mark.parametrize(
    ("fields", "price"),
    [
        ({}, Money(1290, "EUR")),
        ({"amount": 990}, Money(990, "EUR")),
        ({"currency": "USD"}, Money(1290, "USD")),
        ({"amount": 0, "currency": "USD"}, Money(0, "USD")),
    ],
)
def test_what_is_not_said_anew_of_a_price_stays(fields: dict[str, int | str], price: Money) -> None:
    assert price == Money.revised(Money(1290, "EUR"), **fields)  # type: ignore[arg-type] # each fits its name


def test_a_first_price_needs_an_amount_and_a_currency() -> None:
    assert Money(990, "EUR") == Money.revised(None, amount=990, currency="EUR")
    with pytest.raises(InvalidPrice):
        Money.revised(None, amount=990)
    with pytest.raises(InvalidPrice):
        Money.revised(None, currency="EUR")


def test_a_price_in_another_currency_is_refused_and_both_currencies_are_named() -> None:
    assert Money(990, "EUR") == Money(990, "EUR").require_currency("EUR")
    with pytest.raises(PriceInOtherCurrency) as refused:
        Money(990, "USD").require_currency("EUR")

    sentence = "Prices are kept in EUR, not in USD. Give what the copy costs in EUR."
    assert (sentence, "price") == (refused.value.detail, refused.value.field)
