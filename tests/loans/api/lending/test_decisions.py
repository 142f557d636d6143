from typing import Any

import pytest

from loans_service.domain.borrower import MemberSuspended
from loans_service.domain.lendable_copy import CopyNotLendable
from tests.loans.api.conftest import Service
from tests.loans.api.situations import KIOSK, arrange, the_table
from tests.loans.makers import a_copy, a_standing

NO_CONDITIONS = {"location": None, "home_branch": None, "age": None}
ANYTHING = {"category": None, "item_type": None, "branch": None, **NO_CONDITIONS}
BODY = {"copy_barcode": "30000000000019", "card_number": "ADA"}


async def decide(service: Service, token: str | None = None, **body: Any) -> dict[str, Any]:
    answer = await service.post("/v1/loans/decision", BODY | body, token=token)
    assert 200 == answer.status_code
    decision: dict[str, Any] = answer.json()
    return decision


async def test_a_decision_names_rule_date_and_reason_and_lends_nothing(service: Service) -> None:
    decision = await decide(service)

    assert {
        "allowed": True,
        "refusals": [],
        "policy": {
            "name": "adult",
            "version": 1,
            "matched": {"category": "adult", "item_type": None, "branch": None, **NO_CONDITIONS},
            "passed_over": [{"name": "any member, any item", "matched": ANYTHING}],
        },
        "due_at": "2026-03-23T23:59:59Z",
        "steps": [
            {
                "step": "period",
                "due_at": "2026-03-23T23:59:59Z",
                "because": "21 days from 2026-03-02 10:00, by rule 'adult'.",
            }
        ],
        "charges": [],
        "notes": [],
    } == decision
    assert [] == (await service.get("/v1/loans")).json()["items"]


async def test_a_decision_tells_every_refusal_with_its_figures(service: Service) -> None:
    service.members.by_card["ADA"] = a_standing(refusals=(MemberSuspended("Suspended."),))
    service.catalogue.copies = [
        a_copy(item_type="reference", refusals=(CopyNotLendable("In repair.", status="in_repair"),))
    ]

    decision = await decide(service)

    told = {refusal["code"]: refusal for refusal in decision["refusals"]}
    assert ["copy-not-lendable", "member-suspended", "not-loanable-by-policy"] == list(told)
    assert ("in_repair", "reference") == (
        told["copy-not-lendable"]["status"],
        told["not-loanable-by-policy"]["item_type"],
    )
    assert (False, None, "reference") == (decision["allowed"], decision["due_at"], decision["policy"]["name"])


async def test_a_decision_about_somebody_unknown_says_so(service: Service) -> None:
    decision = await decide(service, card_number="nobody", copy_barcode="nowhere")

    assert ["copy-not-found", "member-not-found"] == [refusal["code"] for refusal in decision["refusals"]]
    assert (False, None, None, []) == tuple(decision[name] for name in ("allowed", "policy", "due_at", "steps"))


async def test_a_repeated_question_brings_the_same_decision(service: Service) -> None:
    first = await service.post("/v1/loans/decision", BODY, "k1")
    await service.check_out()

    again = await service.post("/v1/loans/decision", BODY, "k1")

    assert (first.content, "true") == (again.content, again.headers["Idempotency-Replayed"])


OVERRIDE = {"codes": ["not-loanable-by-policy"], "comment": "For the exhibition."}
SITUATIONS = [
    "",
    "copy-not-found",
    "member-not-found",
    "copy-on-loan",
    "copy-not-lendable",
    "member-suspended",
    "loan-limit-reached",
    "too-many-overdue",
    "suspended-for-lateness",
    "not-loanable-by-policy",
    "invalid-due-date",
    "override-forbidden",
    "staff-only",
    "override-without-need",
]
ALSO: list[dict[str, Any]] = [
    {},
    {"due_at": "2026-03-05T12:00:00Z"},
    {"override": OVERRIDE},
    {"override": OVERRIDE, "due_at": "2026-03-05T12:00:00Z"},
]


@pytest.mark.parametrize("also", ALSO, ids=["plainly", "with a due date", "by override", "by override until then"])
@pytest.mark.parametrize("situation", SITUATIONS)
async def test_the_decision_is_what_the_check_out_then_does(
    service: Service, situation: str, also: dict[str, Any]
) -> None:
    sent = {**also, **await arrange(service, situation)}

    decision = await decide(service, **sent)
    done = await service.check_out(**sent)

    if decision["allowed"]:
        assert 201 == done.status_code
        loan = done.json()
        assert (decision["due_at"], decision["policy"]["name"]) == (loan["due_at"], loan["policy"]["name"])
    else:
        assert sorted(error["code"] for error in done.json()["errors"]) == sorted(
            refusal["code"] for refusal in decision["refusals"]
        )


async def test_a_kiosk_may_ask(service: Service) -> None:
    assert (await decide(service, token=KIOSK))["allowed"]


async def test_a_rule_that_names_only_a_branch_counts_for_all_its_members_but_not_before_an_item_type(
    service: Service,
) -> None:
    table = await the_table(service) | {"cases": []}
    table["rules"].append(table["rules"][0] | {"name": "MAIN", "branch": "MAIN"})
    assert 200 == (await service.put("/v1/policies", table, if_match="*")).status_code
    counted = []
    for category in ("student", "staff"):
        service.members.by_card["ADA"] = a_standing(category=category)
        counted.append((await decide(service))["policy"])
    service.catalogue.copies = [a_copy(item_type="reference")]

    reference = (await decide(service))["policy"]

    assert ["MAIN", "MAIN", "reference"] == [*(policy["name"] for policy in counted), reference["name"]]
    assert ["student", "any member, any item"] == [each["name"] for each in counted[0]["passed_over"]]
    assert ["MAIN", "staff", "any member, any item"] == [each["name"] for each in reference["passed_over"]]


async def test_a_decision_names_the_age_limit_that_refuses_and_the_rule_of_a_location(service: Service) -> None:
    table = await the_table(service)
    weeks = {"amount": 3, "unit": "weeks"}
    table["rules"] += [
        {"name": "from 18", "item_type": "book", "age": {"to": 17}, "loanable": False},
        {"name": "short loans", "item_type": "book", "location": "SHORT", "period": weeks},
    ]
    service.catalogue.locations = ("SHORT",)
    assert 200 == (await service.put("/v1/policies", table, if_match='"1"')).status_code
    service.catalogue.copies = [a_copy(location="Short")]

    service.members.by_card["ADA"] = a_standing(age=17)
    minor = await decide(service)
    service.members.by_card["ADA"] = a_standing(age=18)
    grown = await decide(service)

    assert ["not-loanable-by-policy"] == [refusal["code"] for refusal in minor["refusals"]]
    assert {"from": None, "to": 17} == minor["refusals"][0]["ages"] == minor["policy"]["matched"]["age"]
    assert ["short loans"] == [rule["name"] for rule in minor["policy"]["passed_over"]][:1]
    assert (True, "short loans", "SHORT") == (
        grown["allowed"], grown["policy"]["name"], grown["policy"]["matched"]["location"],
    )  # fmt: skip
