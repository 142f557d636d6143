import pytest

from loans_service.domain.money import Money
from loans_service.domain.tills.payout import (
    NotEnoughCredit,
    Payout,
    PayoutNotDue,
    PayoutReason,
    credit_of,
    use_credit,
)
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, NOW, euros


def a_payout(amount: int, currency: str = "EUR") -> Payout:
    return Payout(new_id(), ADA, Money(amount, currency), PayoutReason.CANCELLED, NOW)


def test_what_is_left_of_a_payout_is_handed_over_once() -> None:
    payout = a_payout(500)
    payout.use(199)
    payout.use(1)

    assert (euros(300), 0, 300) == (payout.pay_out(), payout.left, payout.paid)
    with pytest.raises(PayoutNotDue):
        payout.pay_out()


@pytest.mark.parametrize("amount", [0, -1, 501])
def test_no_more_is_used_than_there_is(amount: int) -> None:
    with pytest.raises(ValueError, match=r"^only what is left of a payout is used$"):
        a_payout(500).use(amount)


def test_credit_is_used_from_the_first_payout_on() -> None:
    first, second, third = payouts = [a_payout(amount) for amount in (100, 200, 300)]

    use_credit(euros(250), payouts)

    assert [0, 50, 300] == [payout.left for payout in (first, second, third)]
    use_credit(euros(51), payouts)
    assert [0, 0, 299] == [payout.left for payout in (first, second, third)]
    assert 299 == credit_of(payouts, "EUR")


def test_all_credit_may_be_used_and_no_more() -> None:
    payouts = [a_payout(100), a_payout(100)]

    use_credit(euros(200), payouts)

    assert 0 == credit_of(payouts, "EUR")
    with pytest.raises(NotEnoughCredit) as refused:
        use_credit(euros(1), payouts)
    assert {"credit": euros(0).figures()} == refused.value.figures
    assert str(refused.value) == (
        "There is less credit than that. Pay at most the amount given here from credit, and the rest otherwise."
    )


def test_credit_in_another_currency_is_not_touched() -> None:
    dollars, theirs = a_payout(100, "USD"), a_payout(100)

    use_credit(euros(100), [dollars, theirs])

    assert (100, 0) == (dollars.left, theirs.left)
    with pytest.raises(NotEnoughCredit):
        use_credit(euros(1), [dollars])
