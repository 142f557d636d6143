from dataclasses import replace
from uuid import UUID

import pytest

from loans_service.domain.money import Money
from loans_service.domain.tills.till import Method
from loans_service.domain.tills.till_receipt import (
    CREDIT_LINE,
    AlreadyGivenBack,
    CreditStaysCredit,
    NotAPayment,
    PayerForgotten,
    ReceiptKind,
    ReceiptLine,
    RefundExceedsPaid,
    SessionOver,
    TakenByAnother,
    TillReceipt,
)
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, NOW, euros

FIRST, SECOND = new_id(), new_id()
SESSION = new_id()


def a_payment(*amounts: int, credit: int = 0, method: Method = Method.CASH) -> TillReceipt:
    lines = [
        ReceiptLine(fine, "overdue", euros(amount)) for fine, amount in zip((FIRST, SECOND), amounts, strict=False)
    ]
    lines += [ReceiptLine(None, CREDIT_LINE, euros(credit))] if credit else []
    return TillReceipt(
        number="DESK-1-2026-000001",
        kind=ReceiptKind.PAYMENT,
        till="DESK-1",
        session_id=SESSION,
        branch="MAIN",
        method=method,
        total=euros(sum(amounts) + credit),
        lines=tuple(lines),
        member_id=ADA,
        at=NOW,
        by="clerk",
    )


def parts_of(receipt: TillReceipt, amount: int | None = None, **at_most: int) -> list[tuple[int, UUID | None, int]]:
    limits: dict[UUID | None, int] = {FIRST: at_most.get("first", 0), SECOND: at_most.get("second", 0)}
    limits[None] = at_most.get("credit", 0)
    asked = None if amount is None else euros(amount)
    return [(at, part.fine_id, part.amount.amount) for at, part in receipt.given_back(asked, at_most=limits)]


def test_all_of_a_payment_is_given_back_the_last_line_first() -> None:
    payment = a_payment(300, 200, credit=50)

    assert [(2, None, 50), (1, SECOND, 200), (0, FIRST, 300)] == parts_of(payment, first=300, second=200, credit=50)


def test_a_part_is_taken_from_the_last_line_and_goes_on_in_those_before() -> None:
    payment = a_payment(300, 200)

    assert [(1, SECOND, 200), (0, FIRST, 50)] == parts_of(payment, 250, first=300, second=200)
    assert [(1, SECOND, 10)] == parts_of(payment, 10, first=300, second=200)


def test_a_cent_is_given_back_and_each_part_says_what_it_was_for() -> None:
    payment = a_payment(300, credit=1)

    parts = payment.given_back(euros(2), at_most={FIRST: 300, None: 1})

    assert ((1, ReceiptLine(None, CREDIT_LINE, euros(1))), (0, ReceiptLine(FIRST, "overdue", euros(1)))) == parts


def test_no_more_of_a_line_is_given_back_than_its_fine_still_allows() -> None:
    payment = a_payment(300, 200)

    assert [(0, FIRST, 120)] == parts_of(payment, first=120, second=0)


def test_what_was_given_back_before_is_not_given_back_again() -> None:
    payment = a_payment(300)
    once = replace(payment, lines=(replace(payment.lines[0], given_back=100),))

    assert [(0, FIRST, 200)] == parts_of(once, first=300)
    with pytest.raises(RefundExceedsPaid) as refused:
        parts_of(once, 201, first=300)
    assert {"left": euros(200).figures()} == refused.value.figures
    assert str(refused.value) == (
        "This is more than is left of the payment. Give back at most the amount given here, or leave `amount` out."
    )
    with pytest.raises(AlreadyGivenBack):
        once.expect_untouched()
    payment.expect_untouched()


def test_all_that_is_left_may_be_asked_for() -> None:
    assert [(0, FIRST, 300)] == parts_of(a_payment(300), 300, first=300)


def test_nothing_is_given_back_for_a_fine_that_belongs_to_somebody_else_now() -> None:
    with pytest.raises(AlreadyGivenBack):
        a_payment(300).given_back(None, at_most={})


def test_nothing_is_given_back_where_nothing_is_left_or_another_currency_is_asked_for() -> None:
    with pytest.raises(AlreadyGivenBack):
        parts_of(a_payment(300), first=0)
    with pytest.raises(RefundExceedsPaid):
        a_payment(300).given_back(Money(1, "USD"), at_most={FIRST: 300})


def test_the_line_of_a_forgotten_fine_is_not_taken_for_credit() -> None:
    payment = a_payment(300, credit=50)
    forgotten = replace(payment, lines=(replace(payment.lines[0], fine_id=None), payment.lines[1]))

    assert [(1, None, 50)] == parts_of(forgotten, credit=50)


def test_only_who_took_a_payment_undoes_it_and_only_in_the_same_session() -> None:
    payment = a_payment(300)

    payment.expect_undone_by("clerk", session_id=SESSION)
    with pytest.raises(TakenByAnother):
        payment.expect_undone_by("somebody else", session_id=SESSION)
    for session_id in (None, new_id()):
        with pytest.raises(SessionOver):
            payment.expect_undone_by("clerk", session_id=session_id)


def test_a_refund_is_no_payment_and_of_a_forgotten_payer_nothing_is_given_back() -> None:
    assert ADA == a_payment(300).expect_payer()
    for kind in (ReceiptKind.VOID, ReceiptKind.REFUND, ReceiptKind.PAYOUT):
        with pytest.raises(NotAPayment):
            replace(a_payment(300), kind=kind).expect_payer()
    with pytest.raises(PayerForgotten):
        replace(a_payment(300), member_id=None).expect_payer()


def test_money_goes_back_as_it_came_or_as_is_said_but_credit_stays_credit() -> None:
    cash, credit = a_payment(300), a_payment(300, method=Method.CREDIT)

    assert [Method.CASH, Method.CARD, Method.CREDIT] == [
        cash.way_back(each) for each in (None, Method.CARD, Method.CREDIT)
    ]
    assert [Method.CREDIT, Method.CREDIT] == [credit.way_back(each) for each in (None, Method.CREDIT)]
    with pytest.raises(CreditStaysCredit):
        credit.way_back(Method.CASH)


def test_payments_come_in_and_all_else_goes_out() -> None:
    assert [1, -1, -1, -1] == [kind.sign for kind in ReceiptKind]
