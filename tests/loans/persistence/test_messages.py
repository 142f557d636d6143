from datetime import timedelta

from jsonschema import Draft202012Validator

from loans_service.domain.circulating_copy import CopyNotOnShelf, NextStop
from loans_service.domain.fines.fine import Fine, FineReason
from loans_service.domain.holds.hold import HoldEventType
from loans_service.domain.lending.loan_status import LoanEventType
from loans_service.domain.lending.loan_terms import LoanTerms
from loans_service.domain.privacy.erasure import BorrowerCleared
from loans_service.domain.tills.payout import CreditPaidOut, Payout, PayoutReason
from loans_service.persistence.messages import AVAILABILITY_CHANGED, HOLD_TYPES, LOAN_TYPES, SCHEMAS, message
from shared.kernel.ids import new_id
from shared.persistence.outbox import Message
from tests.loans.makers import ADA, EMMA, EMMA_COPY, NOW, a_hold, a_loan, emmas_copy, euros

NEXT_WEEK = NOW + timedelta(days=7)


def all_of_a_loan() -> list[Message]:
    loan = a_loan()
    loan.remind(now=loan.due_at)
    loan.remind(now=loan.due_at + timedelta(seconds=1))
    loan.renew(NEXT_WEEK, terms=LoanTerms("adult", 1, 2, "adult"), now=NOW)
    loan.change_due_date(NEXT_WEEK + timedelta(days=1), why="A reading group.", now=NOW)
    loan.claim_returned(why="", now=NOW)
    loan.declare_lost(why="", now=NOW)
    loan.bring_back(NextStop.HOLD_SHELF, returned_at=NEXT_WEEK, now=NEXT_WEEK)
    settled, missing = a_loan(), a_loan()
    settled.declare_lost(why="", now=NOW)
    settled.settle(now=NOW)
    missing.claim_returned(why="", now=NOW)
    missing.mark_missing(why="", now=NOW)
    events = [event for each in (loan, settled, missing) for event in each.take_events()]
    return [sent for event in events if (sent := message(event)) is not None]


def all_of_holds() -> list[Message]:
    fulfilled, cancelled, expired = a_hold(), a_hold(), a_hold()
    fulfilled.capture(emmas_copy(), branch="MAIN", until=NEXT_WEEK, now=NOW)
    fulfilled.fulfil(emmas_copy(), now=NOW)
    cancelled.cancel(now=NOW, reason="no-lendable-copy")
    expired.expire(now=NOW)
    waits_again = a_hold()
    waits_again.capture(emmas_copy(), branch="MAIN", until=NEXT_WEEK, now=NOW)
    waits_again.take_events()
    waits_again.lose_copy(now=NOW)
    waits_again.target(emmas_copy(new_id()), branch="EAST", now=NOW)
    events = [event for hold in (fulfilled, cancelled, expired, waits_again) for event in hold.take_events()]
    return [sent for event in events if (sent := message(event)) is not None]


def all_of_fines() -> list[Message]:
    paid, waived = (
        Fine(id=new_id(), loan_id=new_id(), member_id=ADA, reason=FineReason.LOST, amount=euros(2500), now=NOW)
        for _ in range(2)
    )
    paid.pay(euros(2500), now=NOW)
    paid.cancel(why="", now=NOW)
    waived.waive(why="", now=NOW)
    return [sent for fine in (paid, waived) for event in fine.take_events() if (sent := message(event)) is not None]


def test_every_message_keeps_to_its_schema_and_speaks_of_the_copy_the_held_book_or_the_member() -> None:
    loans, holds, fines = all_of_a_loan(), all_of_holds(), all_of_fines()
    cleared = message(BorrowerCleared(ADA, EMMA, NOW))
    missed = message(CopyNotOnShelf(emmas_copy(), "MAIN", new_id(), NOW))

    assert cleared is not None
    assert missed is not None
    credit = Payout(new_id(), ADA, euros(2500), PayoutReason.CANCELLED, NOW)
    handed = message(CreditPaidOut(credit, euros(2500), "MAIN-2026-000043", NOW))
    assert handed is not None
    everything = [*loans, *holds, *fines, cleared, missed, handed]
    assert {str(EMMA_COPY)} == {sent.subject for sent in [*loans, missed]}
    assert {str(EMMA)} == {sent.subject for sent in holds}
    assert {str(ADA)} == {sent.subject for sent in [*fines, cleared, handed]}
    assert set(SCHEMAS) == {sent.type for sent in everything}
    for sent in everything:
        Draft202012Validator(SCHEMAS[sent.type]).validate(dict(sent.data))


def test_a_changed_due_date_is_told_with_the_borrowers_id_and_by_the_state_of_the_copy() -> None:
    loan = a_loan()
    loan.take_events()
    loan.change_due_date(NEXT_WEEK, why="", now=NOW)

    sent = [message(event) for event in loan.take_events()]

    assert ["loans.loan.due_date_changed", AVAILABILITY_CHANGED] == [each and each.type for each in sent]
    assert sent[0] is not None
    assert (str(ADA), "2026-03-09T10:00:00Z") == (sent[0].data["member_id"], sent[0].data["due_at"])


def test_the_state_of_a_copy_is_told_whole() -> None:
    changed = message(a_loan().take_events()[1])

    assert changed is not None
    assert ("on_loan", "2026-03-23T23:59:59Z") == (changed.data["availability"], changed.data["due_at"])


def test_no_message_says_who_the_borrower_is_beyond_an_id_nor_why_something_was_done() -> None:
    facts = {
        "copy_id",
        "book_id",
        "member_id",
        "branch",
        "loan_id",
        "item_type",
        "checked_out_at",
        "due_at",
        "renewals",
        "overridden",
    }

    lost = a_loan()
    lost.declare_lost(why="Left on the train to Leeds.", now=NOW)

    told = {sent.type: set(sent.data) for sent in all_of_a_loan() if sent.type != AVAILABILITY_CHANGED}
    given_up = [sent for event in lost.take_events() if (sent := message(event)) is not None]

    assert facts | {"returned_at", "next"} == told[LOAN_TYPES[LoanEventType.RETURNED]]
    assert [facts] == [set(sent.data) for sent in given_up if sent.type == LOAN_TYPES[LoanEventType.DECLARED_LOST]]


def test_a_hold_tells_its_place_when_it_is_placed_and_its_copy_when_it_is_ready() -> None:
    told = {sent.type: sent.data for sent in all_of_holds()}

    assert 1 == told[HOLD_TYPES[HoldEventType.PLACED]]["position"]
    ready = told[HOLD_TYPES[HoldEventType.READY]]
    assert (str(EMMA_COPY), "MAIN") == (ready["copy_id"], ready["pickup_branch"])
    assert "2026-03-09T10:00:00Z" == ready["pickup_until"]


def test_a_hold_that_is_no_longer_ready_tells_which_copy_is_not_to_be_fetched_where() -> None:
    told = {sent.type: sent.data for sent in all_of_holds()}[HOLD_TYPES[HoldEventType.NO_LONGER_READY]]

    assert {"hold_id", "book_id", "member_id", "copy_id", "pickup_branch"} == set(told)
    assert (str(EMMA_COPY), "MAIN") == (told["copy_id"], told["pickup_branch"])
