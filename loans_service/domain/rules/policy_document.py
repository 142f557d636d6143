"""A policy as a document of plain values: how it is stored, sent and shipped."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from loans_service.domain.money import Money
from loans_service.domain.rules.policy import (
    CHARGE_KINDS,
    AfterReturn,
    CategoryTerms,
    LendingRule,
    LostTerms,
    OverdueRate,
    Period,
    Policy,
    RenewWhileHeld,
    Unit,
)
from loans_service.domain.rules.policy_case import PolicyCase
from loans_service.domain.rules.recall import RecallTerms

Document = Mapping[str, Any]


def in_currency(document: Document, currency: str) -> Document:
    """Return `document` with the library's `currency` at every amount of money that names none."""

    def filled(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [filled(each) for each in value]
        if not isinstance(value, Mapping):
            return value
        if "amount" in value and "unit" not in value:
            return {"amount": value["amount"], "currency": value.get("currency") or currency}
        return {name: filled(each) for name, each in value.items()}

    whole: Document = filled(document)
    return whole


def read_cases(document: Document) -> Iterator[PolicyCase]:
    """Yield the test cases that are stored beside the table."""
    for case in document.get("cases", ()):
        expect = {fact: expected for fact, expected in case["expect"].items() if expected is not None}
        yield PolicyCase(**{**case, "lent_on": date.fromisoformat(case["lent_on"]), "expect": expect})


def read_policy(document: Document, *, version: int, currency: str) -> Policy:
    """Build the policy that `document` describes; amounts that name no currency are in the library's `currency`.

    Shapes and types are taken for granted. Raises InvalidPolicy, or several of them as Refusals, for what the table as
    a whole lacks.
    """

    def money(amount: Document) -> Money:
        return Money(amount["amount"], amount.get("currency") or currency)

    lost = document["lost"]
    return Policy(
        version=version,
        currency=currency,
        rules=tuple(
            LendingRule(
                **{
                    **rule,
                    "branch": rule["branch"].upper() if rule.get("branch") else None,
                    "period": _period(rule.get("period")),
                    "period_when_others_wait": _period(rule.get("period_when_others_wait")),
                    "fixed_due_date": _day(rule.get("fixed_due_date")),
                    "renew_while_held": RenewWhileHeld(rule.get("renew_while_held", "if_others_available")),
                    "recall": None if rule.get("recall") is None else RecallTerms(**rule["recall"]),
                    "after_return": AfterReturn(rule.get("after_return", "home")),
                    "fine": None
                    if rule.get("fine") is None
                    else OverdueRate(
                        money(rule["fine"]["per_day"]), money(rule["fine"]["most"]), rule["fine"]["grace_days"]
                    ),
                }
            )
            for rule in document["rules"]
        ),
        terms=tuple(CategoryTerms(**{**terms, "most_owed": money(terms["most_owed"])}) for terms in document["terms"]),
        hold_shelf_days=document["hold_shelf_days"],
        lost=LostTerms(
            **{**lost, "default_price": money(lost["default_price"]), "processing": money(lost["processing"])}
        ),
        keep_history_days=document["keep_history_days"],
        charge_kinds=tuple(document.get("charge_kinds", CHARGE_KINDS)),
        retarget_after_open_days=document["retarget_after_open_days"],
    )


def _period(document: Document | None) -> Period | None:
    return None if document is None else Period(document["amount"], Unit(document["unit"]))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
