"""What is sent to a collection agency, and for what fee."""

from datetime import timedelta

import pytest

from loans_service.domain.fines.collection import NothingToCollect, Sending, send_to_collection
from loans_service.domain.fines.fine import Fine, FineNotOwed, FineStatus
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, NOW, euros

SENDING = Sending(NOW, "desk", "Two letters came back.")
LATER = Sending(NOW + timedelta(days=60), "colleague")
FEE = euros(1000)


def a_debt(cents: int = 500) -> Fine:
    return Fine(id=new_id(), loan_id=None, member_id=ADA, reason="damage", amount=euros(cents), now=NOW)


def test_all_that_is_owed_is_sent_and_the_fee_with_it() -> None:
    owed, fee_id = [a_debt(), a_debt()], new_id()

    fee = send_to_collection(owed, SENDING, fee=FEE, fee_id=fee_id)

    assert fee is not None
    assert (fee_id, None, ADA, "collection", 1000) == (fee.id, fee.loan_id, fee.member_id, fee.reason, fee.owed)
    for each in (*owed, fee):
        told = (each.sent_to_collection_at, each.sent_to_collection_by, each.why_collected)
        assert (NOW, "desk", "Two letters came back.") == told
        assert FineStatus.OWED is each.status
    assert [(euros(1000), NOW, SENDING.why)] == [(event.amount, event.at, event.why) for event in fee.take_events()]


def test_what_is_sent_is_another_version_of_the_debt() -> None:
    debt = a_debt()
    debt.pay(euros(1), now=NOW)
    before = debt.version

    send_to_collection([debt], SENDING, fee=None, fee_id=new_id())

    assert before + 1 == debt.version


def test_sending_again_changes_nothing_and_costs_nothing() -> None:
    owed = [a_debt()]
    send_to_collection(owed, SENDING, fee=FEE, fee_id=new_id())
    before = owed[0].version

    again = send_to_collection(owed, LATER, fee=FEE, fee_id=new_id())

    assert (None, before, NOW) == (again, owed[0].version, owed[0].sent_to_collection_at)


def test_later_debts_join_those_that_the_agency_has_without_a_second_fee() -> None:
    old, young = a_debt(), a_debt()
    send_to_collection([old], SENDING, fee=FEE, fee_id=new_id())

    fee = send_to_collection([old, young], LATER, fee=FEE, fee_id=new_id())

    assert (None, NOW, LATER.at) == (fee, old.sent_to_collection_at, young.sent_to_collection_at)


def test_a_policy_without_a_fee_sends_for_nothing() -> None:
    owed = [a_debt()]

    assert send_to_collection(owed, SENDING, fee=None, fee_id=new_id()) is None
    assert owed[0].sent_to_collection_at == NOW


def test_who_owes_nothing_is_not_sent() -> None:
    with pytest.raises(NothingToCollect):
        send_to_collection([], SENDING, fee=FEE, fee_id=new_id())


def test_a_debt_that_is_settled_is_not_sent() -> None:
    debt = a_debt(500)
    debt.pay(euros(500), now=NOW)

    with pytest.raises(FineNotOwed):
        debt.send_to_collection(now=NOW, by="desk")


def test_a_debt_is_paid_at_the_agency_as_before_and_stays_known_to_have_been_sent() -> None:
    debt = a_debt(500)
    debt.send_to_collection(now=NOW, by="desk")
    version = debt.version

    debt.pay(euros(500), now=LATER.at)

    assert (FineStatus.PAID, NOW, version + 1) == (debt.status, debt.sent_to_collection_at, debt.version)
