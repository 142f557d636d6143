"""What is wrong with a table is told at its place and in words."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import FURTHEST_DAYS
from loans_service.domain.rules.category_terms import Arrears, SharedLimit
from loans_service.domain.rules.charge_kinds import UnknownChargeKind
from loans_service.domain.rules.conditions import NOTHING_KNOWN, AgeRange, Particulars, aged
from loans_service.domain.rules.due_terms import DueRange
from loans_service.domain.rules.hold_terms import HoldTerms
from loans_service.domain.rules.lost_terms import LostTermsOfRule
from loans_service.domain.rules.overdue_rate import OverdueRate, RecallRate
from loans_service.domain.rules.policy import LONGEST, InvalidPolicy, LendingRule, Period, Unit
from loans_service.domain.rules.recall import LONGEST_MINIMUM, RecallTerms
from loans_service.domain.rules.reminders import Reminder
from loans_service.domain.rules.rental import Rental
from loans_service.domain.rules.suspension import SuspensionTerms
from loans_service.domain.rules.transport import Route, Transport
from shared.kernel.errors import Refusals
from tests.loans.makers import POLICY, euros

ANY = LendingRule(name="any", period=Period(1, Unit.DAYS))
TERMS = POLICY.terms[0]
DOLLAR = Money(1, "USD")
DAY = timedelta(days=1)
IN_EUROS = "This library counts in EUR."
LENGTH = "A period is at least 1 and at most ten years."


def term(first: tuple[int, int], last: tuple[int, int], due: tuple[int, int]) -> DueRange:
    return DueRange(date(2026, *first), date(2026, *last), date(2026, *due))


def faults(**change: Any) -> list[tuple[object, str]]:
    try:
        replace(POLICY, **change)
    except InvalidPolicy as refused:
        return [(refused.field, str(refused))]
    except Refusals as refused:
        return [(each.field, str(each)) for each in refused.refusals if isinstance(each, InvalidPolicy)]
    return []


def rule(**facts: Any) -> dict[str, Any]:
    return {"rules": (ANY, replace(ANY, name="another", category="child", **facts))}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"rules": ()}, [("rules", "The table needs one rule for any category, item type and branch.")]),
        ({"terms": ()}, [("terms", "The table needs terms for any category.")]),
        ({"rules": (ANY, replace(ANY, name="b"))},
         [("rules.1", "An earlier rule names the same category, item type and branch.")]),
        ({"rules": (ANY, replace(ANY, category="child"))}, [("rules.1.name", "An earlier rule has the same name.")]),
        ({"terms": (TERMS, TERMS)}, [("terms.1.category", "There are terms for this category already.")]),
        ({"terms": (replace(TERMS, most_loans_of=(SharedLimit(1, ("dvd",)), SharedLimit(1))),)},
         [("terms.0.most_loans_of.1",
           "Name the item types or branches that share this limit; `most_loans` is for all loans.")]),
        ({"terms": (replace(TERMS, most_loans_of=(SharedLimit(1, branches=("EAST",)),)),)}, []),
        ({"renewals_stopped_by": (Arrears.FINES_OWED, Arrears.TOO_MANY_LOST, Arrears.FINES_OWED)},
         [("renewals_stopped_by.2", "This is named twice.")]),
        ({"holds": HoldTerms(transport=Transport(never=(Route(to="EAST"), Route(item_type="dvd"))))},
         [("holds.transport.never.1",
           "Name a branch that does not send, or one to which nothing is sent, or both.")]),
        ({"charge_kinds": ("fee", "card", "fee")}, [("charge_kinds.2", "This kind of charge is named twice.")]),
        ({"charge_kinds": ("fee", "overdue")},
         [("charge_kinds.1", "Loans charge for this by themselves. Choose another word.")]),
        (rule(reminders=(Reminder(DAY), Reminder(DAY))),
         [("rules.1.reminders.1.at", "Reminders stand in the order of their moments, each at another one.")]),
        (rule(reminders=(Reminder(DAY, DOLLAR),)), [("rules.1.reminders.0.fee.currency", IN_EUROS)]),
        (rule(fine=OverdueRate(euros(1), euros(1), 0, after_recall=RecallRate(DOLLAR, DOLLAR))),
         [("rules.1.fine.after_recall.per_day.currency", IN_EUROS),
          ("rules.1.fine.after_recall.most.currency", IN_EUROS)]),
        (rule(suspension=SuspensionTerms(0)),
         [("rules.1.suspension.days_per_day", "A day late suspends borrowing for 1 day to ten years.")]),
        (rule(rental=Rental(DOLLAR)), [("rules.1.rental.amount.currency", IN_EUROS)]),
        (rule(lost=LostTermsOfRule(default_price=DOLLAR, processing=euros(1))),
         [("rules.1.lost.default_price.currency", IN_EUROS)]),
        (rule(deposit=DOLLAR), [("rules.1.deposit.currency", IN_EUROS)]),
        (rule(floats_among=("EAST", "WEST")),
         [("rules.1.floats_among", "What goes home does not float: let it stay, or name no branches.")]),
        (rule(renewal_period=Period(3_651, Unit.DAYS)), [("rules.1.renewal_period.amount", LENGTH)]),
        (rule(due_schedule=(term((2, 1), (1, 1), (3, 1)),)),
         [("rules.1.due_schedule.0.to", "A range ends on the day on which it begins, or later.")]),
        (rule(due_schedule=(term((1, 1), (2, 1), (1, 31)), term((2, 2), (2, 2), (2, 2)))),
         [("rules.1.due_schedule.0.due", "What is lent on the last day of the range must not be due before it.")]),
        (rule(due_schedule=(term((1, 1), (2, 1), (2, 1)), term((2, 1), (3, 1), (3, 1)))),
         [("rules.1.due_schedule.1.from",
           "An earlier range covers some of these days. Let each day be in one range.")]),
        (rule(due_schedule=(DueRange(date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=3_651)),)),
         [("rules.1.due_schedule.0.due", "A loan is due within ten years.")]),
        (rule(due_schedule=(DueRange(date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=3_650)),)),
         []),
        (rule(period=None), [("rules.1.period", "Say for how long this is lent, or that it is not loanable.")]),
        (rule(period=None, loanable=False), []),
        (rule(period=Period(0, Unit.DAYS)), [("rules.1.period.amount", LENGTH)]),
        (rule(period_when_others_wait=Period(0, Unit.HOURS)), [("rules.1.period_when_others_wait.amount", LENGTH)]),
        (rule(recall=RecallTerms(-1, 1)),
         [("rules.1.recall.minimum_days", "A recalled loan keeps from 0 days to ten years.")]),
        (rule(recall=RecallTerms(0, 0)),
         [("rules.1.recall.due_in_days", f"A recalled loan is due after 1 to {FURTHEST_DAYS} open days.")]),
        (rule(recall=RecallTerms(LONGEST_MINIMUM, FURTHEST_DAYS)), []),
        (rule(recall=RecallTerms(0, 1)), []),
        (rule(fine=OverdueRate(DOLLAR, euros(1), 0)), [("rules.1.fine.per_day.currency", IN_EUROS)]),
        (rule(fine=OverdueRate(euros(1), DOLLAR, 0)), [("rules.1.fine.most.currency", IN_EUROS)]),
        ({"terms": (replace(TERMS, most_owed=DOLLAR),)}, [("terms.0.most_owed.currency", IN_EUROS)]),
        ({"lost": replace(POLICY.lost, default_price=DOLLAR)}, [("lost.default_price.currency", IN_EUROS)]),
        ({"lost": replace(POLICY.lost, processing=DOLLAR)}, [("lost.processing.currency", IN_EUROS)]),
    ],
)  # fmt: skip
def test_a_fault_of_the_table_is_told_at_its_place(change: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert found == faults(**change)


@pytest.mark.parametrize(
    ("minimum_days", "due_in_days", "wrong"),
    [(LONGEST_MINIMUM + 1, 1, ["minimum_days"]), (0, FURTHEST_DAYS + 1, ["due_in_days"]),
     (-1, 0, ["minimum_days", "due_in_days"])],
)  # fmt: skip
def test_a_recall_keeps_within_its_bounds(minimum_days: int, due_in_days: int, wrong: list[str]) -> None:
    assert wrong == [name for name, _ in RecallTerms(minimum_days, due_in_days).problems()]


@pytest.mark.parametrize("unit", Unit)
def test_nothing_is_lent_for_more_than_ten_years(unit: Unit) -> None:
    assert [] == faults(**rule(period=Period(LONGEST[unit], unit)))
    assert [("rules.1.period.amount", LENGTH)] == faults(**rule(period=Period(LONGEST[unit] + 1, unit)))


def test_a_period_reads_as_people_say_it() -> None:
    assert ["1 day", "3 weeks"] == [str(Period(1, Unit.DAYS)), str(Period(3, Unit.WEEKS))]


def test_staff_charge_for_what_the_policy_names_and_for_nothing_else() -> None:
    POLICY.expect_charge_kind("damage")

    with pytest.raises(UnknownChargeKind, match=r"^The policy knows no such kind of charge. Choose one") as refused:
        POLICY.expect_charge_kind("damages")

    assert ("kind", ["damage", "card", "fee"], ["damage"]) == (
        refused.value.field, refused.value.figures["kinds"], refused.value.figures["did_you_mean"],
    )  # fmt: skip


def test_a_rule_is_found_by_its_name() -> None:
    table = replace(POLICY, **rule())

    assert ("child", None) == (
        getattr(table.rule_named("another"), "category", None),
        table.rule_named("none"),
    )


def test_a_copy_serves_the_holds_of_those_to_whom_its_type_is_lent_and_who_may_wait_for_it() -> None:
    table = replace(POLICY, rules=(
        ANY,
        replace(ANY, name="no holds", category="child", item_type="dvd", holds_allowed=False),
        replace(ANY, name="not lent", category="student", item_type="dvd", loanable=False),
        replace(ANY, name="here", category="child", item_type="dvd", branch="EAST"),
    ))  # fmt: skip

    serves = table.lends("dvd", branch="MAIN")

    assert [True, False, False] == [serves(category, NOTHING_KNOWN) for category in ("adult", "child", "student")]
    assert table.lends("dvd", branch="east")("child", NOTHING_KNOWN)
    assert table.lends("book", branch="MAIN")("child", NOTHING_KNOWN)


def test_a_copy_is_not_captured_for_a_home_branch_to_which_the_policy_does_not_lend_it() -> None:
    table = replace(
        POLICY, rules=(ANY, replace(ANY, name="not theirs", item_type="dvd", home_branch="EAST", loanable=False))
    )

    serves = table.lends("dvd", branch="MAIN")

    assert [False, True, True] == [serves("adult", Particulars(home_branch=home)) for home in ("east", "MAIN", None)]


def test_a_copy_is_captured_neither_for_an_age_nor_from_a_location_to_which_the_policy_does_not_lend_it() -> None:
    table = replace(POLICY, rules=(
        ANY,
        replace(ANY, name="films from 16", item_type="dvd", age=AgeRange(None, 15), loanable=False),
        replace(ANY, name="reading room", item_type="book", location="READING", loanable=False),
    ))  # fmt: skip

    films, read = table.lends("dvd", branch="MAIN"), table.lends("book", branch="MAIN", location="reading")
    books = table.lends("book", branch="MAIN", location="SHELF")

    assert [False, True, True] == [films("adult", Particulars(age=age)) for age in (15, 16, None)]
    assert [False, True] == [serves("adult", Particulars(age=30)) for serves in (read, books)]
    assert (True, True) == (table.asks_for_age, table.asks_for_location)
    assert (False, False) == (POLICY.asks_for_age, POLICY.asks_for_location)


def test_who_waits_is_a_year_older_after_each_full_year() -> None:
    since, fourteen = datetime(2024, 3, 2, 10, tzinfo=UTC), Particulars(age=14)
    days = (date(2024, 3, 2), date(2025, 3, 1), date(2025, 3, 2), date(2026, 4, 1))

    ages = [aged(fourteen, since=since, until=datetime(*day.timetuple()[:3], tzinfo=UTC)).age for day in days]

    assert [14, 14, 15, 16] == ages
    assert None is aged(Particulars(), since=since, until=since).age
