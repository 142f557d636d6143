from dataclasses import replace
from typing import Any

import pytest

from loans_service.domain.borrower import Borrower, MemberBlocked
from loans_service.domain.holds.placing import (
    RequestedItem,
    against_debtor,
    against_one_more_today,
    against_placing,
)
from loans_service.domain.rules.category_terms import Arrears, CategoryTerms
from loans_service.domain.rules.hold_terms import HoldTerms
from loans_service.domain.rules.policy import (
    Policy,
)
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, NOW, POLICY, a_hold, a_standing, euros, open_loans


def with_terms(**change: Any) -> tuple[CategoryTerms, Policy]:
    terms = replace(POLICY.terms_for("adult"), category="guest", **change)
    return terms, replace(POLICY, terms=(*POLICY.terms, terms))


def test_as_many_holds_for_a_type_of_item_are_placed_as_the_policy_grants() -> None:
    _, policy = with_terms(most_holds_per_item_type={"dvd": 1})
    standing = a_standing(category="guest")

    def codes(item: RequestedItem, *held: str | None) -> list[str]:
        holds = [a_hold(item_type=item_type) for item_type in held]
        return [each.code for each in against_placing(item, standing, policy, loans=(), holds=holds)]

    film = RequestedItem(new_id(), "Clueless", holdable=True, item_types=("dvd",))
    (refused,) = against_placing(film, standing, policy, loans=(), holds=[a_hold(item_type="dvd")])
    assert {"item_type": "dvd", "limit": 1, "holds": 1} == refused.figures
    either = replace(film, item_types=("book", "dvd"))
    assert [] == codes(film, "book", None)
    assert ["item-type-hold-limit-reached"] == codes(film, "dvd", "book")
    assert [] == codes(either, "dvd")


@pytest.mark.parametrize(("placed", "codes"), [(2, []), (3, ["daily-hold-limit-reached"])])
def test_as_many_holds_are_placed_on_a_day_as_the_policy_grants(placed: int, codes: list[str]) -> None:
    terms, _ = with_terms(most_holds_per_day=3)

    found = list(against_one_more_today(terms, placed=placed))
    assert codes == [each.code for each in found]
    assert [{"limit": 3, "holds": placed}] * len(codes) == [each.figures for each in found]
    assert [] == [*against_one_more_today(POLICY.terms_for("adult"), placed=99)]


def test_debts_and_overdue_loans_stop_holds_where_the_library_wants_it() -> None:
    borrower = Borrower(ADA, open_loans(3, due_at=NOW.replace(year=2025)), euros(1000))

    def codes(*stops: Arrears) -> list[str]:
        policy = replace(POLICY, holds=HoldTerms(stopped_by=stops))
        return [each.code for each in against_debtor(borrower, policy, category="adult", now=NOW)]

    _, patient = with_terms(most_overdue=9, most_owed=euros(9000))
    stopped = replace(patient, holds=HoldTerms(stopped_by=(Arrears.FINES_OWED,)))
    assert [] == codes()
    assert [] == [*against_debtor(borrower, stopped, category="guest", now=NOW)]
    assert ["fines-owed"] == codes(Arrears.FINES_OWED)
    assert ["too-many-overdue", "fines-owed"] == codes(Arrears.FINES_OWED, Arrears.TOO_MANY_OVERDUE)


def test_a_block_of_the_branch_where_it_is_fetched_stops_a_hold_or_else_of_the_branch_of_the_copy() -> None:
    standing = a_standing(against_hold=(MemberBlocked("Not here.", branch="EAST"),))
    item = RequestedItem(new_id(), "Emma", holdable=True)

    def codes(home: str, pickup_branch: str | None) -> list[str]:
        wanted = replace(item, branch=home)
        found = against_placing(wanted, standing, POLICY, pickup_branch=pickup_branch, loans=(), holds=())
        return [each.code for each in found]

    assert ["member-blocked"] == codes("MAIN", "EAST") == codes("EAST", None)
    assert [] == codes("EAST", "MAIN") == codes("MAIN", None) == codes("", None)
