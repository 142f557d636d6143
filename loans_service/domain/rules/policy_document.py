"""A policy as a document of plain values, as it is stored, sent and shipped."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from loans_service.domain.money import Money
from loans_service.domain.rules.category_terms import Arrears, CategoryTerms, SharedLimit
from loans_service.domain.rules.charge_kinds import CHARGE_KINDS
from loans_service.domain.rules.conditions import AgeRange
from loans_service.domain.rules.due_terms import DueRange, HoursEnd, RenewFrom, WhenClosed
from loans_service.domain.rules.hold_terms import HoldTerms, ShelfDays
from loans_service.domain.rules.lost_terms import CollectionTerms, LostTerms, LostTermsOfRule
from loans_service.domain.rules.overdue_rate import FineUnit, OverdueRate, RecallRate
from loans_service.domain.rules.policy import AfterReturn, LendingRule, Period, Policy, RenewWhileHeld, Unit
from loans_service.domain.rules.recall import RecallTerms
from loans_service.domain.rules.reminders import Reminder
from loans_service.domain.rules.rental import Rental, RentalUnit
from loans_service.domain.rules.suspension import SuspensionTerms
from loans_service.domain.rules.transport import Route, Sources, Transport
from loans_service.domain.rules.trials.policy_case import PolicyCase

Document = Mapping[str, Any]
Readers = Mapping[str, Callable[[Any], object]]


def in_currency(document: Document, currency: str) -> Document:
    """Return `document` with the library's `currency` at every amount of money that names none."""

    def filled(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [filled(each) for each in value]
        if not isinstance(value, Mapping):
            return value
        if isinstance(value.get("amount"), int) and "unit" not in value:
            return {"amount": value["amount"], "currency": value.get("currency") or currency}
        return {name: filled(each) for name, each in value.items()}

    whole: Document = filled(document)
    return whole


def read_cases(document: Document) -> Iterator[PolicyCase]:
    """Yield the test cases that are stored beside the table."""
    for case in document.get("cases", ()):
        expect = {fact: expected for fact, expected in case["expect"].items() if expected is not None}
        days = {name: date.fromisoformat(case[name]) for name in ("lent_on", "renewed_on") if case.get(name)}
        yield PolicyCase(**{**case, **days, "expect": expect})


def read_policy(document: Document, *, version: int, currency: str) -> Policy:
    """Build the policy that `document` describes; amounts that name no currency are in the library's `currency`.

    Its shape and types have been validated before. Raises InvalidPolicy, or several of them as Refusals, if the table
    as a whole is invalid.
    """

    def money(amount: Document) -> Money:
        return Money(amount["amount"], amount.get("currency") or currency)

    def rate(fine: Document) -> OverdueRate:
        return OverdueRate(**_values(fine, {**_in_money(money), "after_recall": recall_rate}))

    def recall_rate(fine: Document) -> RecallRate:
        return RecallRate(**_values(fine, _in_money(money)))

    def reminders(listed: list[Document]) -> tuple[Reminder, ...]:
        return tuple(Reminder.written(each["at"], _value(each.get("fee"), money)) for each in listed)

    def rental(charged: Document) -> Rental:
        return Rental(**_values(charged, {"amount": money, "per": RentalUnit}))

    def lost(terms: Document) -> LostTermsOfRule:
        return LostTermsOfRule(**_values(terms, {"default_price": money, "processing": money}))

    read: Readers = {
        **_OF_A_RULE,
        "lost": lost,
        "fine": rate,
        "reminders": reminders,
        "rental": rental,
        "deposit": money,
    }
    return Policy(
        version=version,
        currency=currency,
        rules=tuple(LendingRule(**_values(rule, read)) for rule in document["rules"]),
        terms=tuple(
            CategoryTerms(
                **{
                    **terms,
                    "most_loans_of": tuple(map(_shared_limit, terms.get("most_loans_of", ()))),
                    "most_owed": money(terms["most_owed"]),
                }
            )
            for terms in document["terms"]
        ),
        hold_shelf_days=document["hold_shelf_days"],
        lost=LostTerms(**_values(document["lost"], {"default_price": money, "processing": money})),
        keep_history_days=document["keep_history_days"],
        charge_kinds=tuple(document.get("charge_kinds", CHARGE_KINDS)),
        retarget_after_open_days=document["retarget_after_open_days"],
        valid_from=_value(document.get("valid_from"), date.fromisoformat),
        holds=_hold_terms(document.get("holds", {})),
        renewals_stopped_by=tuple(map(Arrears, document.get("renewals_stopped_by", ()))),
        collections=CollectionTerms(**_values(document.get("collections", {}), {"fee": money})),
    )


def _hold_terms(document: Document) -> HoldTerms:
    return HoldTerms(**{name: _value(value, _OF_HOLDS.get(name)) for name, value in document.items()})


def _shelf_days(document: Document) -> ShelfDays:
    branch = document.get("branch")
    return ShelfDays(**{**document, "branch": None if branch is None else branch.upper()})


def _transport(document: Document) -> Transport:
    return Transport(
        never=tuple(
            Route(
                origin=_value(way.get("from"), str.upper),
                to=_value(way.get("to"), str.upper),
                item_type=way.get("item_type"),
            )
            for way in document.get("never", ())
        ),
        sources=tuple(
            Sources(line["to"].upper(), tuple(map(str.upper, line["from"]))) for line in document.get("sources", ())
        ),
    )


_OF_HOLDS: Readers = {
    "shelf_days": lambda lines: tuple(_shelf_days(line) for line in lines),
    "stopped_by": lambda codes: tuple(map(Arrears, codes)),
    "transport": _transport,
}


def _period(document: Document) -> Period:
    return Period(document["amount"], Unit(document["unit"]))


def _shared_limit(document: Document) -> SharedLimit:
    branches = (code.upper() for code in document.get("branches", ()))
    return SharedLimit(document["most"], tuple(document.get("item_types", ())), tuple(branches))


def _due_range(document: Document) -> DueRange:
    first, last, due = (date.fromisoformat(document[name]) for name in ("from", "to", "due"))
    return DueRange(first, last, due, document.get("exact", False))


_OF_A_RULE: Readers = {
    "branch": str.upper,
    "location": str.upper,
    "home_branch": str.upper,
    "age": lambda ages: AgeRange(ages.get("from"), ages.get("to")),
    "period": _period,
    "period_when_others_wait": _period,
    "fixed_due_date": date.fromisoformat,
    "due_schedule": lambda ranges: tuple(map(_due_range, ranges)),
    "renewal_period": _period,
    "renew_from": RenewFrom,
    "when_closed": WhenClosed,
    "hours_end": HoursEnd,
    "renew_while_held": RenewWhileHeld,
    "recall": lambda terms: RecallTerms(**terms),
    "suspension": lambda terms: SuspensionTerms(**terms),
    "after_return": AfterReturn,
    "floats_among": lambda codes: tuple(code.upper() for code in codes),
}
"""The readers of rule values that are not plain. LendingRule has the defaults of values that are left out."""


def _in_money(money: Callable[[Document], Money]) -> Readers:
    return {"per_day": money, "most": money, "per": FineUnit}


def _values(document: Document, read: Readers) -> dict[str, Any]:
    return {name: _value(value, read.get(name)) for name, value in document.items()}


def _value(value: Any, read: Callable[[Any], object] | None) -> Any:
    return value if value is None or read is None else read(value)


@dataclass(frozen=True, slots=True)
class PolicyTable:
    """One version of the whole policy, as a document of plain values. `starts_at` is None if it counted at once."""

    version: int
    document: Mapping[str, Any]
    made_at: datetime
    starts_at: datetime | None = None
