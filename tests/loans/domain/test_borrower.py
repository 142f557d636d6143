from dataclasses import replace
from datetime import timedelta

import pytest

from loans_service.domain.borrower import Borrower, MemberBlocked, MemberLeaving, still
from loans_service.domain.money import Money
from loans_service.domain.rules.category_terms import Arrears, CategoryTerms, SharedLimit
from tests.loans.makers import ADA, NOW, a_standing, euros, open_loans

TERMS = CategoryTerms(
    most_loans=3, most_loans_per_item_type={"dvd": 2}, most_holds=5, most_overdue=2, most_owed=euros(1000)
)
DAY = timedelta(days=1)
YESTERDAY = NOW - DAY


def told(
    borrower: Borrower, item_type: str = "book", *, terms: CategoryTerms = TERMS, branch: str = "MAIN"
) -> list[tuple[str, str, object]]:
    found = borrower.refusals(terms, item_type=item_type, branch=branch, now=NOW)
    return [(one.code, str(one), one.figures) for one in found]


def test_below_every_limit_nothing_is_refused() -> None:
    assert [] == told(Borrower(ADA, open_loans(2), owed=euros(999)))
    assert [] == told(Borrower(ADA, open_loans(1, due_at=YESTERDAY) + open_loans(1, due_at=NOW)))


def test_each_limit_is_told_with_its_figures() -> None:
    assert [
        ("loan-limit-reached", "All 3 loans of this membership are in use. Return a copy first.",
         {"limit": 3, "open_loans": 3}),
    ] == told(Borrower(ADA, open_loans(3)))  # fmt: skip
    assert [
        ("item-type-limit-reached",
         "All 2 loans of type 'dvd' of this membership are in use. Return one of them first.",
         {"item_type": "dvd", "limit": 2, "open_loans": 2}),
    ] == told(Borrower(ADA, open_loans(2, item_type="dvd")), "dvd")  # fmt: skip
    assert [
        ("too-many-overdue", "2 loans are overdue; borrowing stops at 2. Return the overdue copies first.",
         {"limit": 2, "overdue": 2}),
    ] == told(Borrower(ADA, open_loans(2, due_at=YESTERDAY)))  # fmt: skip
    assert [
        ("fines-owed", "Borrowing stops at the amount that is owed here. Take a payment first.",
         {"limit": {"amount": 1000, "currency": "EUR"}, "owed": {"amount": 1001, "currency": "EUR"}}),
    ] == told(Borrower(ADA, (), owed=Money(1001, "EUR")))  # fmt: skip


def test_lost_copies_and_late_recalls_count_only_where_the_terms_say_so() -> None:
    strict = replace(TERMS, most_lost=2, most_days_recall_overdue=3)
    lost = tuple(replace(loan, due_at=None) for loan in open_loans(2))
    late = replace(open_loans(1, due_at=NOW - 3 * DAY)[0], recalled=True)
    in_time = replace(late, due_at=NOW - 3 * DAY + timedelta(seconds=1))

    assert [] == told(Borrower(ADA, lost)) == told(Borrower(ADA, (late,)))
    assert [] == told(Borrower(ADA, (lost[0], in_time)), terms=strict)
    assert [] == told(Borrower(ADA, (replace(late, recalled=False),)), terms=strict)
    assert [
        ("too-many-lost", "2 copies are lost and not paid for; borrowing stops at 2. Settle one of them first.",
         {"limit": 2, "lost": 2}),
    ] == told(Borrower(ADA, lost), terms=strict)  # fmt: skip
    assert [
        ("recall-overdue", "A recalled copy is 3 days overdue; borrowing stops at 3. Return it first.",
         {"limit": 3, "overdue_days": 3}),
    ] == told(Borrower(ADA, (*open_loans(1), late)), terms=strict)  # fmt: skip


def test_of_what_is_owed_and_overdue_only_what_stops_another_act_is_told() -> None:
    borrower = Borrower(ADA, open_loans(2, due_at=YESTERDAY), owed=euros(1000))

    found = borrower.arrears(TERMS, now=NOW, only=(Arrears.FINES_OWED,))

    assert ["fines-owed"] == [each.code for each in found]


def test_what_grows_counts_as_owed_only_where_the_terms_say_so() -> None:
    counting = replace(TERMS, count_accruing=True)

    def owed(terms: CategoryTerms, *, owed: int | None, accruing: int | None) -> object:
        debts, growing = (None if cents is None else euros(cents) for cents in (owed, accruing))
        found = Borrower(ADA, (), debts, growing).refusals(terms, item_type="book", branch="MAIN", now=NOW)
        return [each.figures["owed"]["amount"] for each in found]

    assert [] == owed(TERMS, owed=900, accruing=100)
    assert [] == owed(counting, owed=900, accruing=99)
    assert [1000] == owed(counting, owed=900, accruing=100)
    assert [1000] == owed(counting, owed=None, accruing=1000)
    assert [1000] == owed(counting, owed=1000, accruing=None)
    assert [] == owed(counting, owed=None, accruing=None)


def test_what_wards_owe_counts_only_where_the_terms_say_so() -> None:
    counting = replace(TERMS, count_wards=True)

    def owed(terms: CategoryTerms, *, owed: int | None, wards: int | None) -> object:
        debts, theirs = (None if cents is None else euros(cents) for cents in (owed, wards))
        borrower = Borrower(ADA, (), debts, owed_by_wards=theirs)
        found = borrower.refusals(terms, item_type="book", branch="MAIN", now=NOW)
        return [each.figures["owed"]["amount"] for each in found]

    assert [] == owed(TERMS, owed=900, wards=100)
    assert [] == owed(counting, owed=900, wards=99)
    assert [1000] == owed(counting, owed=900, wards=100)
    assert [1000] == owed(counting, owed=None, wards=1000)


def test_whoever_is_suspended_for_lateness_is_told_until_when() -> None:
    assert [
        ("suspended-for-lateness",
         "Something came back late, and so nothing is lent until the end of 2026-03-02. Come back on the day after.",
         {"until": "2026-03-02"}),
    ] == told(Borrower(ADA, (), suspended_until=NOW.date()))  # fmt: skip


def test_a_suspension_lasts_through_its_last_day() -> None:
    last = NOW.date()

    assert (last, last, None) == (still(last, last - DAY), still(last, last), still(last, last + DAY))
    assert None is still(None, last)


def test_the_limit_itself_is_too_much_owed_and_other_types_do_not_count_for_one_type() -> None:
    assert ["fines-owed"] == [code for code, *_ in told(Borrower(ADA, (), owed=euros(1000)))]
    assert [] == told(Borrower(ADA, open_loans(2, item_type="dvd")), "book")


def test_several_item_types_share_a_limit() -> None:
    terms = replace(TERMS, most_loans=9, most_loans_of=(SharedLimit(2, ("dvd", "game")),))
    ada = Borrower(ADA, open_loans(1, item_type="dvd") + open_loans(1, item_type="game") + open_loans(4))

    assert [
        ("shared-limit-reached",
         "All 2 loans that this membership has for such items are in use. Return one of them first.",
         {"limit": 2, "item_types": ["dvd", "game"], "branches": [], "open_loans": 2}),
    ] == told(ada, "game", terms=terms)  # fmt: skip
    assert [] == told(ada, "book", terms=terms)
    assert [] == told(Borrower(ADA, open_loans(1, item_type="dvd")), "dvd", terms=terms)


def test_a_limit_of_some_branches_counts_loans_that_were_made_there() -> None:
    terms = replace(TERMS, most_loans=9, most_loans_of=(SharedLimit(2, branches=("EAST", "WEST")),))
    ada = Borrower(ADA, open_loans(1, branch="East") + open_loans(1, branch="WEST") + open_loans(4))

    (refusal,) = told(ada, terms=terms, branch="west")

    assert {"limit": 2, "item_types": [], "branches": ["EAST", "WEST"], "open_loans": 2} == refusal[2]
    assert [] == told(ada, terms=terms)
    assert [] == told(Borrower(ADA, open_loans(1, branch="EAST") + open_loans(4)), terms=terms, branch="EAST")


def test_a_limit_of_types_and_branches_counts_loans_of_both() -> None:
    terms = replace(TERMS, most_loans=9, most_loans_of=(SharedLimit(1, ("dvd", "game"), ("EAST",)),))
    elsewhere = open_loans(1, item_type="dvd") + open_loans(1, branch="EAST")

    assert [] == told(Borrower(ADA, elsewhere), "game", terms=terms, branch="EAST")
    here = Borrower(ADA, elsewhere + open_loans(1, item_type="game", branch="EAST"))
    assert ["shared-limit-reached"] == [code for code, *_ in told(here, "dvd", terms=terms, branch="EAST")]
    assert [] == told(here, "book", terms=terms, branch="EAST")


def test_a_lost_copy_is_not_late() -> None:
    lost = (replace(open_loans(1)[0], due_at=None),)

    assert 1 == Borrower(ADA, lost + open_loans(1, due_at=YESTERDAY) + open_loans(1, due_at=NOW)).overdue(NOW)


def test_lending_may_know_before_members_that_somebody_is_leaving() -> None:
    standing = a_standing(refusals=(MemberBlocked("Blocked."),))

    leaving = standing.with_erasure_refusal(leaving=True)

    assert standing is standing.with_erasure_refusal(leaving=False)
    assert [["member-blocked", "member-leaving"], ["member-leaving"], ["member-leaving"]] == [
        [one.code for one in reasons] for reasons in (leaving.refusals, leaving.against_renewal, leaving.against_hold)
    ]
    assert "The member is leaving the library: copies can only be returned." == str(leaving.refusals[-1])


@pytest.mark.parametrize("leaving", [True, False])
def test_that_somebody_is_leaving_is_told_once(leaving: bool) -> None:
    known = a_standing(refusals=(MemberLeaving("Leaving."),))

    assert known is known.with_erasure_refusal(leaving=leaving)
