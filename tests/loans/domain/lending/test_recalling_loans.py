from datetime import timedelta
from typing import Any

from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.holds.hold import Hold, HoldKind
from loans_service.domain.lending.loan import Loan, LoanEvent
from loans_service.domain.lending.loan_status import LoanEventType
from loans_service.domain.lending.recall import RecallableLoan, Recalls
from loans_service.domain.rules.recall import RecallTerms
from shared.kernel.ids import new_id
from tests.loans.makers import ALWAYS_OPEN, EMMA_COPY, NOW, a_hold, a_loan

DAY = timedelta(days=1)
TERMS = RecallTerms(minimum_days=7, due_in_days=2)


def lent(days_ago: int = 0, **facts: Any) -> Loan:
    return a_loan(copy_id=new_id(), now=NOW - days_ago * DAY, **facts)


def recalls(*loans: Loan, lends: bool = True, lendable: bool = True) -> Recalls:
    def lends_all(copy: CirculatingCopy, hold: Hold) -> bool:
        return lends

    asked = [RecallableLoan(loan, TERMS, ALWAYS_OPEN) for loan in loans]
    return Recalls(asked, lendable=None if lendable else (), lends=lends_all, now=NOW)


def recall(*loans: Loan, hold: Hold | None = None, lends: bool = True, lendable: bool = True) -> Loan | None:
    hold = hold or a_hold()
    recalls(*loans, lends=lends, lendable=lendable).recall_for(hold)
    return next((loan for loan in loans if loan.id == hold.recalled_loan_id), None)


def test_the_loan_is_recalled_that_then_comes_back_soonest() -> None:
    new, older = lent(), lent(5)

    assert older is recall(new, older)
    assert (NOW + 2 * DAY).date() == older.due_at.date()
    assert lent().due_at == new.due_at


def test_a_loan_that_was_shortened_is_recalled_from_then_on_until_it_is_renewed() -> None:
    shortened, late = lent(), lent(40, due_at=NOW - DAY)

    recall(shortened)
    recall(late)

    assert (NOW, None) == (shortened.recalled_at, late.recalled_at), "a late loan was not shortened"
    shortened.renew(NOW + 30 * DAY, terms=shortened.terms, now=NOW)
    assert None is shortened.recalled_at


def test_of_loans_that_come_back_at_once_the_one_is_recalled_that_is_out_for_longest() -> None:
    old, oldest = lent(20), lent(30)

    assert oldest is recall(old, oldest)


def test_a_late_loan_is_recalled_last() -> None:
    late, new = lent(40, due_at=NOW - DAY), lent()

    assert new is recall(late, new)
    assert late is recall(late)
    assert NOW - DAY == late.due_at


def test_each_loan_is_recalled_for_one_hold() -> None:
    first, second = a_hold(1), a_hold(2)
    only = recalls(lent(9))

    only.recall_for(first)
    only.recall_for(second)

    assert (True, None, False) == (first.recalled_loan_id is not None, second.recalled_loan_id, only.any_left)


def test_nothing_is_recalled_that_could_not_serve_the_hold() -> None:
    loan, mine = lent(9), a_hold()

    assert recall(loan, lends=False) is None
    assert recall(loan, lendable=False) is None
    assert recall(loan, hold=a_hold(wanted_copy_id=EMMA_COPY)) is None
    assert recall(lent(9, member_id=mine.member_id), hold=mine) is None


def test_a_hold_is_none_but_where_it_is_said() -> None:
    assert HoldKind.HOLD is a_hold().kind


def test_a_recalled_loan_tells_why_and_when_and_the_hold_may_want_this_very_copy() -> None:
    loan = lent(9)
    loan.take_events()

    assert loan is recall(loan, hold=a_hold(wanted_copy_id=loan.copy.copy_id))

    event = loan.take_events()[0]
    assert isinstance(event, LoanEvent)
    assert (LoanEventType.DUE_DATE_CHANGED, NOW) == (event.type, event.at)
    assert "Recalled for somebody who waits." == event.why


def test_nothing_is_recalled_for_a_hold_that_has_not_begun() -> None:
    assert recall(lent(9), hold=a_hold(not_before=(NOW + DAY).date())) is None
    assert recall(lent(9), hold=a_hold(not_before=NOW.date())) is not None


def test_the_policy_is_asked_whether_it_lends_the_copy_to_the_category_of_the_hold() -> None:
    loan, asked = lent(9), list[tuple[CirculatingCopy, str]]()

    def lends(copy: CirculatingCopy, hold: Hold) -> bool:
        asked.append((copy, hold.category))
        return True

    recallable = [RecallableLoan(loan, TERMS, ALWAYS_OPEN)]
    Recalls(recallable, lendable={loan.copy.copy_id}, lends=lends, now=NOW).recall_for(a_hold(category="child"))

    assert [(loan.copy, "child")] == asked
