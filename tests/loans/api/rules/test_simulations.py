from datetime import timedelta
from typing import Any

import httpx

from shared.kernel.ids import new_id
from tests.loans.api.conftest import ADMIN, Service
from tests.loans.api.situations import borrow, the_table
from tests.loans.makers import ADA, a_copy, a_standing, euros


async def simulate(service: Service, table: dict[str, Any], key: str | None = None, **body: Any) -> httpx.Response:
    return await service.post("/v1/policies/simulation", {"policy": table, **body}, key, ADMIN)


async def lend(service: Service) -> None:
    """Lend a book to a child, then two to an adult."""
    service.members.by_card["KIM"] = a_standing(member_id=new_id(), category="child")
    service.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="K1"))
    assert 201 == (await service.check_out(card_number="KIM", copy_barcode="K1")).status_code
    service.clock.pass_by(timedelta(hours=1))
    await borrow(service, 2)


async def test_a_simulation_names_the_day_from_which_the_table_is_to_count(service: Service) -> None:
    await lend(service)
    table = await the_table(service) | {"cases": [], "valid_from": "2026-04-01", "hold_shelf_days": 3}

    found = (await simulate(service, table)).json()

    assert (3, 0, "2026-04-01") == (found["loans"], found["changed"], found["valid_from"])
    assert 1 == (await service.get("/v1/policies")).json()["version"]


async def test_a_simulation_counts_the_loans_that_would_change_and_shows_some(service: Service) -> None:
    await lend(service)
    table = await the_table(service) | {"cases": []}
    next(rule for rule in table["rules"] if rule["name"] == "adult")["period"] = {"amount": 4, "unit": "weeks"}

    answer = await simulate(service, table)

    found = answer.json()
    assert 200 == answer.status_code
    samples = found.pop("samples")
    assert None is found.pop("valid_from")
    assert {"loans": 3, "changed": 2, "undecided": 0, "changes": {"due_later": 2}, "complete": True} == found
    assert 2 == len(samples)
    outcome = {"rule": "adult", "loanable": True, "renewals": 2, "fine": None, "rental": None}
    outcome["suspended_days"] = 0
    assert ["due_later"] == samples[0]["changes"]
    assert outcome | {"due_at": "2026-03-23T23:59:59Z"} == samples[0]["before"]
    assert outcome | {"due_at": "2026-03-30T23:59:59Z"} == samples[0]["after"]
    assert 1 == (await service.get("/v1/policies")).json()["version"]


async def test_a_simulation_looks_at_so_many_loans_and_no_others(service: Service) -> None:
    await lend(service)
    table = await the_table(service)

    some = (await simulate(service, table, most=2)).json()
    just_all = (await simulate(service, table, most=3)).json()
    adults = (await simulate(service, table, since="2026-03-02T10:30:00Z")).json()
    child = (await simulate(service, table, until="2026-03-02T10:30:00Z")).json()
    service.clock.pass_by(timedelta(days=31))
    recent = (await simulate(service, table)).json()

    assert (2, False) == (some["loans"], some["complete"])
    assert (3, True) == (just_all["loans"], just_all["complete"])
    assert [2, 1, 0] == [each["loans"] for each in (adults, child, recent)]


async def test_the_same_simulation_again_brings_the_same_answer(service: Service) -> None:
    table = await the_table(service)
    first = await simulate(service, table, "k1")
    await lend(service)

    again = await simulate(service, table, "k1")

    assert (first.content, "true") == (again.content, again.headers["Idempotency-Replayed"])


async def test_a_simulation_charges_for_lateness_where_the_library_did(service: Service) -> None:
    service.catalogue.copies = [a_copy(price=euros(200)), *(a_copy(copy_id=new_id(), barcode=each) for each in "LC")]
    late, lost, claimed = [
        (await service.check_out(copy_barcode=copy.barcode)).json() for copy in service.catalogue.copies
    ]
    service.clock.pass_by(timedelta(days=60))
    await service.post(f"/v1/loans/{lost['loan_id']}/declare-lost", {})
    await service.post(f"/v1/borrowers/{ADA}/payments", {"amount": {"amount": 3000, "currency": "EUR"}})
    await service.post(f"/v1/loans/{claimed['loan_id']}/claim-returned", {})
    table = await the_table(service) | {"cases": []}
    for rule in table["rules"]:
        rule["fine"] = {"per_day": {"amount": 25}, "most": {"amount": 1000}, "grace_days": 1}
    charged = [(await service.bring_back(copy_barcode=each["barcode"])).json()["fine"] for each in (late, claimed)]

    found = (await simulate(service, table, since="2026-03-01T00:00:00Z")).json()

    assert [{"amount": 200, "currency": "EUR"}, None] == [fine and fine["amount"] for fine in charged]
    assert (3, 0) == (found["loans"], found["changed"])


async def test_a_simulation_counts_loans_whose_rule_says_something_else_of_what_may_come(service: Service) -> None:
    await lend(service)
    table = await the_table(service) | {"cases": []}
    adult = next(rule for rule in table["rules"] if rule["name"] == "adult")
    adult |= {"unseen_renewals": 1, "deposit": {"amount": 500}, "recall": {"minimum_days": 7, "due_in_days": 2}}

    found = (await simulate(service, table)).json()

    assert (2, {"renewal_terms": 2, "recall": 2, "deposit": 2}) == (found["changed"], found["changes"])
