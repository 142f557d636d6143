"""What becomes of an issue."""

from dataclasses import replace
from datetime import date

import pytest

from books_service.domain.serials.issue import (
    DayInFuture,
    Issue,
    IssueAlreadyReceived,
    IssueHasCopies,
    IssueState,
    expect_not_in_future,
)
from tests.books.makers import EMMA, any_id

DUE, LATE, TODAY = date(2026, 3, 1), date(2026, 3, 8), date(2026, 3, 9)
AN_ISSUE = Issue(any_id(), EMMA, "2026/03", DUE, LATE)


def test_an_issue_is_late_after_its_last_day_until_it_comes_in() -> None:
    assert not AN_ISSUE.is_late(LATE)
    assert AN_ISSUE.is_late(TODAY)
    assert not AN_ISSUE.receive(TODAY).is_late(TODAY)
    assert not AN_ISSUE.await_or_give_up(IssueState.NOT_PUBLISHED, has_copies=False).is_late(TODAY)


def test_an_issue_comes_in_once() -> None:
    received = AN_ISSUE.receive(TODAY)

    with pytest.raises(IssueAlreadyReceived) as refused:
        received.receive(TODAY)

    assert {"issue_id": str(AN_ISSUE.id), "volume": "2026/03", "received_on": "2026-03-09"} == refused.value.figures


def test_one_that_was_said_never_to_be_published_comes_in_all_the_same() -> None:
    given_up = AN_ISSUE.await_or_give_up(IssueState.NOT_PUBLISHED, has_copies=False)

    assert replace(AN_ISSUE, state=IssueState.RECEIVED, received_on=TODAY) == given_up.receive(TODAY)


def test_an_issue_is_claimed_until_it_has_come_in() -> None:
    claimed = AN_ISSUE.claim(TODAY)

    assert (TODAY, None) == (claimed.claimed_on, claimed.claim(None).claimed_on)
    with pytest.raises(IssueAlreadyReceived):
        claimed.receive(TODAY).claim(TODAY)


def test_what_was_received_by_mistake_is_expected_again_when_no_copy_is_left() -> None:
    received = AN_ISSUE.receive(TODAY)

    with pytest.raises(IssueHasCopies):
        received.await_or_give_up(IssueState.EXPECTED, has_copies=True)
    with pytest.raises(IssueAlreadyReceived):
        received.await_or_give_up(IssueState.NOT_PUBLISHED, has_copies=False)
    assert AN_ISSUE == received.await_or_give_up(IssueState.EXPECTED, has_copies=False)


def test_one_that_nobody_expected_is_expected_since_the_day_on_which_it_was_said_to_have_come() -> None:
    surprise = Issue(any_id(), EMMA, "Special").receive(TODAY)

    again = surprise.await_or_give_up(IssueState.EXPECTED, has_copies=False)

    assert (TODAY, None, False) == (again.expected_on, again.received_on, again.is_late(date(2027, 1, 1)))


def test_nothing_is_done_on_a_day_that_is_to_come() -> None:
    expect_not_in_future(TODAY, today=TODAY, field="claimed_on")
    expect_not_in_future(None, today=TODAY, field="claimed_on")
    with pytest.raises(DayInFuture) as refused:
        expect_not_in_future(TODAY, today=LATE, field="claimed_on")

    assert "claimed_on" == refused.value.field
