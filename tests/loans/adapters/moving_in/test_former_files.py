import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from loans_service.adapters.moving_in.former_files import read_records
from loans_service.domain.moving_in.former_records import FormerDebt, FormerLoan

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


LOAN = {"barcode": "C1", "card_number": "ADA", "checked_out_at": "2026-01-10", "due_at": "2026-01-31"}
HOLD = {"barcode": "C1", "card_number": "ADA", "placed_at": "2026-01-10"}
TIMES: dict[str, tuple[Any, ...]] = {
    "loans": (LOAN, "checked_out_at", "due_at", "status_since"),
    "holds": (HOLD, "placed_at", "pickup_until", "not_before", "expires_on", "suspended_until"),
    "fines": (DEBT | {"amount": 100}, "since"),
}


async def content(what: str, record: dict[str, Any]) -> Any:
    async def pieces() -> AsyncIterator[bytes]:
        yield json.dumps(record).encode()

    (read,) = [read async for read in read_records(what, "json", pieces(), {}, currency="EUR")]
    return read.content


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"])
@pytest.mark.parametrize(("what", "field"), [(what, field) for what, (_, *fields) in TIMES.items() for field in fields])
async def test_a_year_in_which_no_days_can_be_counted_is_wrong_with_its_record(what: str, field: str, day: str) -> None:
    refused = await content(what, TIMES[what][0] | {field: day})

    assert ("invalid-field", field) == (refused.code, refused.field)
    assert "a year from 1900 to 2999" in refused.detail


@pytest.mark.parametrize("moment", ["yesterday", "2026-02-30", "01.03.2026", "", 20260301])
async def test_what_is_no_moment_is_told_how_one_is_written(moment: object) -> None:
    refused = await content("loans", LOAN | {"due_at": moment})

    assert "due_at: write a day, 2026-03-01, or a moment, 2026-03-01T09:30:00Z." == refused.detail


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-11:00"])
async def test_so_is_a_moment_that_its_zone_moves_out_of_all_years(moment: str) -> None:
    assert "invalid-field" == (await content("loans", LOAN | {"due_at": moment})).code


@pytest.mark.parametrize("day", ["1900-01-01", "2999-12-31"])
async def test_the_first_and_the_last_of_these_years_are_right(day: str) -> None:
    assert isinstance(await content("loans", LOAN | {"due_at": day}), FormerLoan)
