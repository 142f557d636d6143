import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from loans_service.adapters.moving_in.former_files import read_records
from loans_service.domain.moving_in.former_records import FormerDebt

DEBT = {"card_number": "ADA", "reason": "card", "since": "2026-01-15"}


async def debt(amount: str, currency: str) -> Any:
    async def pieces() -> AsyncIterator[bytes]:
        yield json.dumps(DEBT | {"amount": amount}).encode()

    (record,) = [record async for record in read_records("fines", "json", pieces(), {}, currency=currency)]
    return record.content


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("2.50", "EUR", 250), ("2,5", "EUR", 250), ("250.00", "JPY", 250), ("1.250", "KWD", 1250), ("1.25", "KWD", 1250)],
)
async def test_a_point_parts_as_many_digits_as_the_currency_has(amount: str, currency: str, minor: int) -> None:
    found = await debt(amount, currency)

    assert isinstance(found, FormerDebt)
    assert minor == found.amount


@pytest.mark.parametrize(("amount", "currency"), [("2.505", "EUR"), ("2.50", "JPY"), ("1.2505", "KWD")])
async def test_an_amount_with_more_digits_than_its_currency_is_refused(amount: str, currency: str) -> None:
    wrong = await debt(amount, currency)

    assert f"an amount in {currency} has" in str(wrong.detail)
