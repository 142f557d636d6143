from collections.abc import Callable
from datetime import timedelta

import pytest

from loans_service.domain.fines.fine import (
    Booked,
    Fine,
    FineEvent,
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
LOAN = new_id()


def charged(amount: int = 500, why: str = "") -> Fine:
    return Fine(id=new_id(), loan_id=LOAN, member_id=ADA, reason="damage", amount=euros(amount), now=NOW, why=why)


def known() -> Fine:
    fine = charged()
    fine.take_events()
    return fine


def test_a_charge_is_posted_with_why_and_says_of_what() -> None:
    fine = charged(why="Coffee.")

    assert [FineEvent(Posting.CHARGED, fine, euros(500), NOW, "Coffee.")] == fine.take_events()
    assert (LOAN, ADA, "damage", 500, "EUR", NOW) == (
        fine.loan_id, fine.member_id, fine.reason, fine.amount, fine.currency, fine.charged_at,
    )  # fmt: skip
    assert (500, 0, 0, 0, FineStatus.OWED, 1, None) == (
        fine.owed, fine.paid, fine.waived, fine.refunded, fine.status, fine.version, fine.anonymised_at,
    )  # fmt: skip
    assert [] == fine.take_events()


def pay(fine: Fine) -> None:
    fine.pay(euros(200), now=LATER)


def waive_a_part(fine: Fine) -> None:
    fine.waive(euros(200), why="Snow.", now=LATER)


def waive_the_rest(fine: Fine) -> None:
    fine.waive(why="Snow.", now=LATER)


def cancel(fine: Fine) -> None:
    fine.cancel(why="Found.", now=LATER)


@pytest.mark.parametrize(
    ("act", "posting", "amount", "why"),
    [
        (pay, Posting.PAID, 200, ""),
        (waive_a_part, Posting.WAIVED, 200, "Snow."),
        (waive_the_rest, Posting.WAIVED, 500, "Snow."),
        (cancel, Posting.WAIVED, 500, "Found."),
    ],
)
def test_what_is_posted_has_its_amount_its_time_and_why_and_makes_one_new_version(
    act: Callable[[Fine], None], posting: Posting, amount: int, why: str
) -> None:
    fine = known()

    act(fine)

    assert ([FineEvent(posting, fine, euros(amount), LATER, why)], 2) == (fine.take_events(), fine.version)
    assert 500 - amount == fine.owed


def test_payments_and_waivers_add_up() -> None:
    fine = known()

    for act in (pay, waive_a_part):
        act(fine)
    fine.pay(euros(100), now=LATER)

    assert (300, 200, 0, FineStatus.PAID) == (fine.paid, fine.waived, fine.owed, fine.status)


def test_a_charge_that_was_paid_in_part_and_waived_in_part_is_taken_back_whole() -> None:
    fine = known()
    pay(fine)
    waive_a_part(fine)
    fine.take_events()

    cancel(fine)

    assert [
        FineEvent(Posting.WAIVED, fine, euros(300), LATER, "Found."),
        FineEvent(Posting.REFUNDED, fine, euros(200), LATER, "Found.", Booked.PAYOUT),
    ] == fine.take_events()
    assert (500, 200, 200, 0, FineStatus.WAIVED) == (fine.waived, fine.paid, fine.refunded, fine.owed, fine.status)


def test_what_was_waived_whole_needs_no_taking_back() -> None:
    fine = known()
    waive_the_rest(fine)
    fine.take_events()

    cancel(fine)

    assert [] == fine.take_events()


@pytest.mark.parametrize(
    ("act", "refusal", "sentence"),
    [
        (
            lambda fine: fine.pay(euros(501), now=NOW),
            PaymentExceedsOwed,
            "^This is more .* Take at most",
        ),
        (
            lambda fine: fine.waive(euros(501), why="", now=NOW),
            WaiverExceedsOwed,
            "^This is more .* Forgive .* all[.]$",
        ),
        (lambda fine: fine.pay(Money(1, "USD"), now=NOW), OtherCurrency, "This is owed in EUR. Say the amount in that"),
    ],
)
def test_a_refusal_says_what_is_owed(act: Callable[[Fine], None], refusal: type[LibraryError], sentence: str) -> None:
    fine = known()

    with pytest.raises(refusal, match=sentence) as refused:
        act(fine)

    assert {"owed": {"amount": 500, "currency": "EUR"}} == refused.value.figures
    assert ([], 1) == (fine.take_events(), fine.version)


def test_charges_and_refunds_add_to_the_balance_and_payments_and_waivers_take_from_it() -> None:
    assert {Posting.CHARGED: 1, Posting.REFUNDED: 1, Posting.PAID: -1, Posting.WAIVED: -1} == {
        posting: posting.sign for posting in Posting
    }


def test_a_fine_that_was_kept_is_as_it_was_and_tells_nothing() -> None:
    fine = known()
    kept = {name: fact for name, fact in vars(fine).items() if not name.startswith("_")}

    restored = Fine.restored(kept)

    assert (kept, []) == ({name: getattr(restored, name) for name in kept}, restored.take_events())
    pay(restored)
    assert [FineEvent(Posting.PAID, restored, euros(200), LATER)] == restored.take_events()


def test_each_further_waiver_adds_to_what_was_waived_and_a_last_cent_is_owed_until_it_is_paid() -> None:
    fine = known()

    for _ in range(2):
        fine.waive(euros(200), why="", now=LATER)
    fine.pay(euros(99), now=LATER)

    assert (400, 99, 1, FineStatus.OWED) == (fine.waived, fine.paid, fine.owed, fine.status)


@pytest.mark.parametrize("paid", [1, 499, 500])
def test_a_charge_is_taken_back_to_the_last_cent(paid: int) -> None:
    fine = known()
    fine.pay(euros(paid), now=NOW)

    cancel(fine)

    assert (500, paid, 0, FineStatus.WAIVED) == (fine.waived, fine.refunded, fine.owed, fine.status)


def test_a_charge_without_a_word_tells_none() -> None:
    fine = Fine(id=new_id(), loan_id=None, member_id=ADA, reason="fee", amount=euros(1), now=NOW)

    assert [FineEvent(Posting.CHARGED, fine, euros(1), NOW, "")] == fine.take_events()


def test_the_last_cent_that_was_not_waived_is_waived_when_a_charge_is_taken_back() -> None:
    fine = known()
    fine.waive(euros(499), why="", now=NOW)
    fine.take_events()

    cancel(fine)

    assert [FineEvent(Posting.WAIVED, fine, euros(1), LATER, "Found.")] == fine.take_events()
