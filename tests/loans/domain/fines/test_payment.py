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
