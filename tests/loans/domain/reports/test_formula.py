"""Formulas of annual forms: what was counted, added, subtracted and restricted."""

import pytest

from loans_service.domain.reports.formula import Condition, Figure, Formula, FormulaBroken

GROUPS = {"film": ["dvd", "bluray"], "electronic": []}


def value(text: str, **figures: list[Figure]) -> int:
    return sum(part.sign * part.value(figures[part.atom]) for part in Formula.read(text, GROUPS).parts)


def lent(number: int, **dimensions: str | None) -> Figure:
    return Figure(dimensions, number)


def test_atoms_are_added_and_subtracted() -> None:
    counted = {"loans": [lent(7)], "renewals": [lent(3)], "returns": [lent(4)]}

    assert 10 == value("loans + renewals", **counted)
    assert 6 == value("loans + renewals - returns", **counted)
    assert -3 == value("-renewals", **counted)


def test_a_condition_restricts_what_counts_to_some_values_or_all_but_those() -> None:
    loans = [lent(1, item_type="book"), lent(2, item_type="dvd"), lent(4, item_type="bluray")]

    assert 6 == value("loans[item_type=$film]", loans=loans)
    assert 3 == value("loans[item_type=book|dvd]", loans=loans)
    assert 1 == value("loans[item_type!=$film]", loans=loans)


def test_all_conditions_hold_together() -> None:
    renewals = [lent(1, item_type="dvd", channel="desk"), lent(2, item_type="dvd", channel="itself")]
    renewals += [lent(4, item_type="book", channel="desk")]

    assert 1 == value("renewals[item_type=dvd; channel!=itself]", renewals=renewals)


@pytest.mark.parametrize("others", [False, True])
def test_what_was_merged_with_others_meets_no_condition(others: bool) -> None:
    assert not Condition("category", frozenset({"child"}), others).holds(None)


def test_a_formula_says_what_is_to_be_asked_of_whom() -> None:
    formula = Formula.read("stock[item_type=book] + loans - renewals[channel=itself]", {})

    asked = [(atom, sorted(by)) for atom, by in formula.questions]
    assert [("stock", ["item_type"]), ("loans", []), ("renewals", ["channel"])] == asked
    assert ["books", "loans", "loans"] == [part.counter for part in formula.parts]
    assert ["stock[item_type=book]", "loans", "renewals[channel=itself]"] == [part.text for part in formula.parts]


def test_a_part_says_in_full_what_it_counts() -> None:
    formula = Formula.read("loans[item_type!=$film; channel=desk] - loans[item_type!=$electronic]", GROUPS)

    assert ["loans[item_type!=bluray|dvd;channel=desk]", "loans"] == [part.text for part in formula.parts]


def test_what_is_asked_of_a_group_without_item_types_is_not_known_and_of_all_others_it_is() -> None:
    asked = Formula.read("loans[item_type=$electronic] + loans[item_type!=$electronic] + loans", GROUPS).parts

    assert [False, True, True] == [part.is_known for part in asked]
    assert 3 == asked[1].value([lent(1, item_type="book"), lent(2, item_type="dvd")])


@pytest.mark.parametrize("text", ["", "loans renewals", "loans *", "lones", "loans[item_type]", "loans[item_type=$x]"])
def test_a_formula_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(FormulaBroken):
        Formula.read(text, GROUPS)
