from datetime import timedelta

import pytest

from loans_service.domain.fines.fine import Fine, OtherCurrency, PaymentExceedsOwed
from loans_service.domain.fines.payment import shared_out
from loans_service.domain.money import Money
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, NOW, euros


def a_fine(cents: int, days: int = 0, currency: str = "EUR") -> Fine:
    now = NOW + timedelta(days=days)
    return Fine(id=new_id(), loan_id=None, member_id=ADA, reason="fee", amount=Money(cents, currency), now=now)


def test_the_first_are_paid_in_full_and_the_last_in_part() -> None:
    fines = [a_fine(300), a_fine(200, 1), a_fine(100, 2)]

    parts = [(fine.amount, part.amount) for fine, part in shared_out(euros(450), fines)]

    assert [(300, 300), (200, 150)] == parts


def test_more_than_is_owed_is_never_taken() -> None:
    with pytest.raises(PaymentExceedsOwed) as refused:
        list(shared_out(euros(501), [a_fine(300), a_fine(200)]))

    assert {"amount": 500, "currency": "EUR"} == refused.value.figures["owed"]


def test_currencies_are_not_mixed() -> None:
    with pytest.raises(OtherCurrency):
        list(shared_out(euros(1), [a_fine(300), a_fine(200, currency="USD")]))


def shares(cents: int, fines: list[Fine]) -> list[tuple[int, int]]:
    return [(fine.amount, part.amount) for fine, part in shared_out(euros(cents), fines)]


def test_what_is_owed_may_be_paid_to_the_last_cent() -> None:
    assert [(300, 300), (200, 200)] == shares(500, [a_fine(300), a_fine(200)])
    assert [(300, 300), (200, 1)] == shares(301, [a_fine(300), a_fine(200)])


def test_nothing_goes_to_a_fine_of_which_nothing_is_owed() -> None:
    paid = a_fine(300)
    paid.pay(euros(300), now=NOW)

    assert [(200, 200)] == shares(200, [paid, a_fine(200)])


def test_what_is_owed_in_another_currency_is_told() -> None:
    with pytest.raises(OtherCurrency) as refused:
        list(shared_out(euros(1), [a_fine(200, currency="USD")]))

    assert {"owed": {"amount": 200, "currency": "USD"}} == refused.value.figures
