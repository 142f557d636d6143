from datetime import timedelta

from jsonschema import Draft202012Validator

from loans_service.adapters.loan_messages import SCHEMAS, message
from tests.loans.makers import NOW, a_loan

NEXT_WEEK = NOW + timedelta(days=7)


def test_every_message_keeps_to_its_schema_and_speaks_of_the_copy() -> None:
    loan = a_loan()
    loan.bring_back(branch="EAST", returned_at=NEXT_WEEK, now=NEXT_WEEK)
    loan.arrive(branch="MAIN", now=NEXT_WEEK)

    messages = [message(event) for event in loan.take_events()]

    assert {str(loan.copy.copy_id)} == {sent.subject for sent in messages}
    assert set(SCHEMAS) == {sent.type for sent in messages}
    for sent in messages:
        Draft202012Validator(SCHEMAS[sent.type]).validate(dict(sent.data))


def test_the_state_of_a_copy_is_told_whole() -> None:
    loan = a_loan()

    out = message(loan.take_events()[1]).data
    loan.bring_back(branch="MAIN", returned_at=NEXT_WEEK, now=NEXT_WEEK)
    back = message(loan.take_events()[1]).data

    assert ("on_loan", "2026-03-23T23:59:59Z") == (out["availability"], out["due_at"])
    assert "available" == back["availability"]
    assert "due_at" not in back


def test_no_message_says_who_the_borrower_is_beyond_an_id() -> None:
    loan = a_loan()

    data = message(loan.take_events()[0]).data

    assert {
        "loan_id",
        "copy_id",
        "book_id",
        "member_id",
        "branch",
        "item_type",
        "checked_out_at",
        "due_at",
        "renewals",
    } == set(data)
