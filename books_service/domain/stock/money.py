"""Money in minor units: 250 EUR-cents, never 2.5."""

import re
from dataclasses import dataclass
from typing import Self

from shared.kernel.errors import InvalidValue

HIGHEST_AMOUNT = 1_000_000_000


class InvalidPrice(InvalidValue):
    """Nothing costs that."""

    code = "invalid-price"
    detail = (
        f"A price has an amount from 0 to {HIGHEST_AMOUNT} in minor units (cents), and a currency of three capital"
        " letters."
    )
    field = "price"


class PriceInOtherCurrency(InvalidValue):
    """Who loses the copy pays in the library's currency, so nothing is priced in another one."""

    code = "price-in-other-currency"
    detail = "Prices are kept in the library's currency alone. Give what the copy costs in that currency."
    field = "price"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of an ISO 4217 currency."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= HIGHEST_AMOUNT or not re.fullmatch("[A-Z]{3}", self.currency):
            raise InvalidPrice

    @classmethod
    def revised(cls, before: Self | None, *, amount: int | None = None, currency: str | None = None) -> Self:
        """Return `before` with another amount or currency. Raises InvalidPrice, also for half a new price."""
        if before is not None:
            amount = before.amount if amount is None else amount
            currency = before.currency if currency is None else currency
        if amount is None or currency is None:
            raise InvalidPrice
        return cls(amount, currency)

    def require_currency(self, currency: str) -> Self:
        """Return it if it is in `currency`. Raises PriceInOtherCurrency."""
        if self.currency != currency:
            raise PriceInOtherCurrency(
                f"Prices are kept in {currency}, not in {self.currency}. Give what the copy costs in {currency}."
            )
        return self
