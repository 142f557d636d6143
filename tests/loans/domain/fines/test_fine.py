from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans_service.domain.fines.fine import (
    Booked,
    Fine,
    FineEvent,
    FineNotOwed,
    FineReason,
    FineStatus,
    OtherCurrency,
    PaymentExceedsOwed,
    Posting,
    WaiverExceedsOwed,
)
from loans_service.domain.money import Money
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, NOW, euros

LATER = NOW + timedelta(days=1)


def fine_of(amount: int = 500, reason: FineReason = FineReason.LOST) -> Fine:
    return Fine(id=new_id(), loan_id=new_id(), member_id=new_id(), reason=reason, amount=Money(amount, "EUR"), now=NOW)


def balance(events: list[FineEvent]) -> int:
    return sum(event.posting.sign * event.amount.amount for event in events)


def test_a_fine_may_be_paid_in_parts_and_is_paid_with_the_last() -> None:
    fine = fine_of(500)

    fine.pay(Money(200, "EUR"), now=NOW)
    assert (fine.status, fine.owed) == (FineStatus.OWED, 300)
    fine.pay(Money(300, "EUR"), now=NOW)

    assert (fine.status, fine.owed) == (FineStatus.PAID, 0)
    assert [event.posting for event in fine.take_events()] == [Posting.CHARGED, Posting.PAID, Posting.PAID]


def test_more_than_is_owed_is_never_taken() -> None:
    fine = fine_of(500)
    fine.pay(Money(200, "EUR"), now=NOW)

    with pytest.raises(PaymentExceedsOwed) as refused:
        fine.pay(Money(301, "EUR"), now=NOW)

    assert refused.value.figures == {"owed": {"amount": 300, "currency": "EUR"}}
    assert fine.owed == 300


def test_no_other_currency_is_mixed_in() -> None:
    with pytest.raises(OtherCurrency):
        fine_of().pay(Money(1, "USD"), now=NOW)


def test_a_fine_that_is_settled_takes_neither_payment_nor_waiver() -> None:
    fine = fine_of(500)
    fine.waive(why="a flood", now=NOW)

    assert fine.status is FineStatus.WAIVED
    with pytest.raises(FineNotOwed):
        fine.pay(Money(1, "EUR"), now=NOW)
    with pytest.raises(FineNotOwed):
        fine.waive(why="again", now=NOW)


def test_a_charge_that_is_taken_back_forgives_the_rest_and_gives_back_what_was_paid() -> None:
    fine = fine_of(500)
    fine.pay(Money(200, "EUR"), now=NOW)

    fine.cancel(why="the copy was found", now=NOW + timedelta(days=1))
    fine.cancel(why="once more", now=NOW + timedelta(days=2))

    assert (fine.status, fine.owed, fine.refunded) == (FineStatus.WAIVED, 0, 200)
    events = fine.take_events()
    assert [event.posting for event in events[2:]] == [Posting.WAIVED, Posting.REFUNDED]
    assert balance(events) == 0


@given(
    st.integers(1, 5000),
    st.lists(st.one_of(st.integers(1, 5000), st.sampled_from(["waive", "cancel"])), max_size=8),
)
def test_what_is_owed_is_always_the_sum_of_the_postings_and_never_below_nothing(
    amount: int, acts: list[int | str]
) -> None:
    fine = fine_of(amount)
    events = fine.take_events()
    for act in acts:
        try:
            if act == "waive":
                fine.waive(why="", now=NOW)
            elif act == "cancel":
                fine.cancel(why="", now=NOW)
            elif isinstance(act, int):
                fine.pay(Money(act, "EUR"), now=NOW)
        except LibraryError:
            pass
        events += fine.take_events()
        assert fine.owed == balance(events) >= 0
        assert (fine.owed == 0) == (fine.status is not FineStatus.OWED)


def test_a_part_is_forgiven_and_the_rest_is_owed() -> None:
    fine = Fine(id=new_id(), loan_id=None, member_id=ADA, reason="fee", amount=euros(100), now=NOW)

    fine.waive(euros(30), why="Snow.", now=NOW)

    assert (70, FineStatus.OWED) == (fine.owed, fine.status)
    with pytest.raises(WaiverExceedsOwed):
        fine.waive(euros(71), why="", now=NOW)
    with pytest.raises(OtherCurrency):
        fine.waive(Money(1, "USD"), why="", now=NOW)


def test_what_is_given_back_at_a_till_is_owed_again_and_is_no_more_than_was_paid() -> None:
    fine = fine_of(500)
    fine.pay(euros(300), now=NOW, booked=Booked.RECEIPT)

    fine.take_back(euros(100), why="A mistake.", now=NOW)

    assert (300, 200, FineStatus.OWED) == (fine.owed, fine.settled, fine.status)
    *_, paid, back = fine.take_events()
    assert (Posting.PAID, Booked.RECEIPT, "") == (paid.posting, paid.booked, paid.why)
    assert (Posting.REFUNDED, euros(100), Booked.RECEIPT, "A mistake.") == (
        back.posting, back.amount, back.booked, back.why
    )  # fmt: skip
    for amount in (euros(201), euros(0), Money(1, "USD")):
        with pytest.raises(ValueError, match=r"^only what was paid is given back$"):
            fine.take_back(amount, why="", now=NOW)
    fine.take_back(euros(199), why="", now=NOW)
    fine.take_back(euros(1), why="", now=LATER)
    assert (500, 0) == (fine.owed, fine.settled)
    assert [(euros(199), NOW), (euros(1), LATER)] == [(event.amount, event.at) for event in fine.take_events()]


def test_a_receipt_is_noted_once_and_only_for_what_was_posted_at_the_till() -> None:
    fine = fine_of(500)
    fine.pay(euros(300), now=NOW, booked=Booked.RECEIPT)
    fine.note_receipt("MAIN-2026-000001")
    fine.take_back(euros(100), why="", now=NOW)
    fine.note_receipt("MAIN-2026-000002", as_credit=True)
    fine.cancel(why="Found.", now=NOW)

    booked = [(event.posting, event.receipt, event.is_credit) for event in fine.take_events()]

    assert [
        (Posting.CHARGED, None, False),
        (Posting.PAID, "MAIN-2026-000001", False),
        (Posting.REFUNDED, "MAIN-2026-000002", True),
        (Posting.WAIVED, None, False),
        (Posting.REFUNDED, None, True),
    ] == booked


def test_what_was_paid_for_a_cancelled_charge_is_booked_as_a_payout_but_for_what_was_given_back() -> None:
    fine = fine_of(500)
    fine.pay(euros(300), now=NOW)
    fine.take_back(euros(100), why="", now=NOW)
    fine.take_events()

    fine.cancel(why="Found.", now=NOW)

    booked = [(event.posting, event.amount, event.booked) for event in fine.take_events()]
    assert [(Posting.WAIVED, euros(500), None), (Posting.REFUNDED, euros(200), Booked.PAYOUT)] == booked
    assert (0, 0, FineStatus.WAIVED) == (fine.owed, fine.settled, fine.status)


def test_a_fine_is_of_its_branch_and_with_no_agency_until_it_is_sent_to_one() -> None:
    fine = Fine(id=new_id(), loan_id=None, member_id=ADA, reason="damage", amount=euros(100), now=NOW, branch="EAST")

    assert ("EAST", None, None, None) == (
        fine.branch, fine.sent_to_collection_at, fine.sent_to_collection_by, fine.why_collected,
    )  # fmt: skip
