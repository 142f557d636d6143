from datetime import timedelta
from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import ADAS, ADMIN, LIBRARIAN, Service
from tests.loans.api.situations import the_table
from tests.loans.makers import a_copy


async def test_the_policy_that_ships_is_the_first_version_and_counts_in_the_librarys_currency(service: Service) -> None:
    answer = await service.get("/v1/policies")

    table = answer.json()
    assert (200, '"1"', 1) == (answer.status_code, answer.headers["ETag"], table["version"])
    adult = next(rule for rule in table["rules"] if rule["name"] == "adult")
    assert {
        "name": "adult",
        "category": "adult",
        "item_type": None,
        "branch": None,
        "location": None,
        "home_branch": None,
        "age": None,
        "loanable": True,
        "period": {"amount": 21, "unit": "days"},
        "period_when_others_wait": None,
        "others_wait_from": 1,
        "fixed_due_date": None,
        "due_schedule": [],
        "renewal_period": None,
        "renew_from": "due",
        "when_closed": "next",
        "hours_end": None,
        "renewals": 2,
        "unseen_renewals": None,
        "holds_allowed": True,
        "fine": {
            "per_day": {"amount": 20, "currency": "EUR"},
            "most": {"amount": 1000, "currency": "EUR"},
            "grace_days": 1,
            "per": "day",
            "every": 1,
            "count_closed": False,
            "after_recall": None,
            "forgive_on_renewal": False,
        },
        "auto_renew": False,
        "renew_not_before_days": None,
        "renew_while_held": "if_others_available",
        "recall": None,
        "after_return": "home",
        "floats_among": None,
        "reminders": None,
        "suspension": None,
        "rental": None,
        "deposit": None,
        "lost": None,
        "confirm_notes": False,
        "self_check_out": False,
    } == adult
    assert ["damage", "card", "fee"] == table["charge_kinds"]
    assert (7, 2, 90) == (
        table["hold_shelf_days"],
        table["retarget_after_open_days"],
        table["keep_history_days"],
    )
    assert 304 == (await service.get("/v1/policies", **{"If-None-Match": '"1"'})).status_code


async def test_a_new_version_counts_at_once_and_old_loans_keep_theirs(service: Service) -> None:
    before = (await service.check_out()).json()
    table = await the_table(service) | {"cases": []}
    for rule in table["rules"]:
        rule["renewals"] = 7

    put = await service.put("/v1/policies", table, if_match='"1"')

    service.catalogue.copies = [a_copy(copy_id=new_id(), barcode="C2")]
    after = (await service.check_out(copy_barcode="C2")).json()
    old = (await service.get(f"/v1/loans/{before['loan_id']}")).json()
    assert (200, '"2"', 2) == (put.status_code, put.headers["ETag"], put.json()["version"])
    assert ({"name": "adult", "version": 2}, 7) == (after["policy"], after["renewals_left"])
    assert ({"name": "adult", "version": 1}, 2) == (old["policy"], old["renewals_left"])


async def test_the_table_that_is_in_force_already_makes_no_new_version(service: Service) -> None:
    answer = await service.put("/v1/policies", await the_table(service), if_match='"1"')

    assert (200, 1) == (answer.status_code, answer.json()["version"])


async def test_the_terms_of_a_year_are_answered_as_they_were_sent(service: Service) -> None:
    table = await the_table(service)
    terms = [{"from": "2026-02-02", "to": "2026-06-15", "due": "2026-06-30", "exact": False}]
    table["rules"][0]["due_schedule"] = terms
    await service.put("/v1/policies", table, if_match='"1"')

    assert terms == (await service.get("/v1/policies")).json()["rules"][0]["due_schedule"]
    overlapping = [*terms, {"from": "2026-06-15", "to": "2026-09-30", "due": "2026-09-30"}]
    table["rules"][0]["due_schedule"] = overlapping
    refused = await service.put("/v1/policies", table, if_match='"2"')
    assert ["/rules/0/due_schedule/1/from"] == [error["pointer"] for error in refused.json()["errors"]]


async def in_force(service: Service) -> tuple[int, str | None]:
    """Return the version in force and the end of the address of the one that is planned next."""
    answer = await service.get("/v1/policies")
    link = answer.headers.get("Link")
    return answer.json()["version"], None if link is None else link.partition("/v1")[2]


NEXT = '/policies/{}>; rel="successor-version"'


async def test_a_policy_may_be_stored_now_and_count_from_a_day_on(service: Service) -> None:
    table = await the_table(service) | {"cases": []}
    longer = table | {"valid_from": "2026-03-04"}
    longer["rules"] = [rule | {"renewals": 7} for rule in table["rules"]]

    planned = await service.put("/v1/policies", longer, if_match='"1"')
    before = (await service.check_out()).json()
    on_the_day = await service.get("/v1/policies?on=2026-03-04")

    assert (200, 2, "2026-03-04") == (planned.status_code, planned.json()["version"], planned.json()["valid_from"])
    assert (1, NEXT.format(2)) == await in_force(service)
    assert (2, before["renewals_left"]) == (on_the_day.json()["version"], 2)
    service.clock.pass_by(timedelta(days=2))
    service.catalogue.copies = [a_copy(copy_id=new_id(), barcode="C2")]
    after = (await service.check_out(copy_barcode="C2")).json()
    assert ({"name": "adult", "version": 2}, 7) == (after["policy"], after["renewals_left"])
    assert (2, None) == await in_force(service)


async def test_a_change_for_today_counts_until_the_planned_one_and_the_next_after_it(service: Service) -> None:
    table = await the_table(service)
    await service.put("/v1/policies", table | {"valid_from": "2026-03-04", "hold_shelf_days": 4}, if_match='"1"')

    today = await service.put("/v1/policies", table | {"hold_shelf_days": 3}, if_match='"1"')
    shown = await in_force(service)
    service.clock.pass_by(timedelta(days=2))
    then = await in_force(service)
    last = await service.put("/v1/policies", table | {"hold_shelf_days": 5}, if_match='"2"')

    assert (200, (3, NEXT.format(2)), (2, None)) == (today.status_code, shown, then)
    assert (200, 4, (4, None)) == (last.status_code, last.json()["version"], await in_force(service))


async def test_a_planned_policy_is_replaced_by_naming_it_and_taken_back_by_the_present_one(service: Service) -> None:
    table = await the_table(service)
    planned = table | {"valid_from": "2026-03-04", "hold_shelf_days": 4}
    await service.put("/v1/policies", planned, if_match='"1"')

    stale = await service.put("/v1/policies", planned | {"hold_shelf_days": 9}, if_match='"1"')
    other = await service.put("/v1/policies", table | {"valid_from": "2026-03-04"}, if_match='"2"')
    again = await service.put("/v1/policies", table | {"valid_from": "2026-03-04"}, if_match='"3"')

    assert [412, 200, 200] == [each.status_code for each in (stale, other, again)]
    assert (3, 3, (1, NEXT.format(3))) == (
        other.json()["version"], again.json()["version"], await in_force(service),
    )  # fmt: skip


async def test_a_day_that_has_come_means_at_once(service: Service) -> None:
    table = await the_table(service)

    put = await service.put("/v1/policies", table | {"valid_from": "2026-03-02"}, if_match='"1"')

    assert (200, (2, None)) == (put.status_code, await in_force(service))


async def test_every_version_can_be_read_and_one_that_is_not_there_cannot(service: Service) -> None:
    table = await the_table(service)
    await service.put("/v1/policies", table | {"hold_shelf_days": 3}, if_match='"1"')

    shelf = [(await service.get(f"/v1/policies/{version}")).json()["hold_shelf_days"] for version in (1, 2)]
    missing = await service.get("/v1/policies/3")

    assert [7, 3] == shelf
    assert (404, "policy-not-found") == (missing.status_code, problem_of(missing)["code"])
    assert 422 == (await service.get("/v1/policies/99999999999999999999")).status_code


@pytest.mark.parametrize(("if_match", "status"), [(None, 428), ('"7"', 412), ("*", 200)])
async def test_who_changes_the_policy_says_which_one(service: Service, if_match: str | None, status: int) -> None:
    table = await the_table(service) | {"hold_shelf_days": 3}

    assert status == (await service.put("/v1/policies", table, if_match=if_match)).status_code


async def test_a_table_is_refused_as_a_whole_and_every_fault_told_with_its_place(service: Service) -> None:
    table = await the_table(service)
    table["rules"] = [rule | {"category": "adult", "item_type": None, "period": None} for rule in table["rules"][:2]]
    table["lost"]["processing"]["currency"] = "USD"

    answer = await service.put("/v1/policies", table, if_match='"1"')

    assert (422, "invalid-policy") == (answer.status_code, problem_of(answer)["code"])
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert ["/rules", "/rules/1", "/rules/0/period", "/rules/1/period", "/lost/processing/currency"] == pointers
    assert 1 == (await service.get("/v1/policies")).json()["version"]


async def test_a_case_that_does_not_come_out_refuses_the_table(service: Service) -> None:
    table = await the_table(service)
    for rule in table["rules"]:
        rule["renewals"] = 7

    answer = await service.put("/v1/policies", table, if_match='"1"')

    assert {"policy-case-fails"} == set(codes_of(answer))
    first = answer.json()["errors"][0]
    assert ("/cases/0/expect/renewals", 2, 7) == (first["pointer"], first["expected"], first["found"])


@pytest.mark.parametrize(
    ("pointer", "change"),
    [
        ("/hold_shelf_days", {"hold_shelf_days": 0}),
        ("/rules", {"rules": []}),
        ("/colour", {"colour": "blue"}),
        ("/rules/0/period/unit", {"rules": [{"name": "x", "period": {"amount": 1, "unit": "moons"}}]}),
        ("/rules/0/period/amount", {"rules": [{"name": "x", "period": {"amount": "1", "unit": "days"}}]}),
        ("/rules/0/due_schedule/0/to", {"rules": [{"name": "x", "due_schedule": [{"from": "2026-02-01"}]}]}),
        ("/rules/0/fixed_due_date", {"rules": [{"name": "x", "fixed_due_date": "2026-02-30"}]}),
    ],
)
async def test_what_is_not_understood_is_refused_at_its_place(
    service: Service, pointer: str, change: dict[str, Any]
) -> None:
    answer = await service.put("/v1/policies", await the_table(service) | change, if_match='"1"')

    assert 422 == answer.status_code
    assert pointer in [error["pointer"] for error in problem_of(answer)["errors"]]


async def test_only_an_admin_changes_the_policy_and_only_staff_read_it(service: Service) -> None:
    table = await the_table(service)

    puts = [
        (await service.put("/v1/policies", table, if_match='"1"', token=who)).status_code for who in (LIBRARIAN, ADAS)
    ]
    gets = [(await service.get("/v1/policies", token=who)).status_code for who in (ADMIN, LIBRARIAN, ADAS)]

    assert ([403, 403], [200, 200, 403]) == (puts, gets)


async def test_a_rule_that_could_never_match_is_refused_with_what_may_be_meant(service: Service) -> None:
    table = await the_table(service)
    wrong = {"name": "wrong", "category": "adults", "item_type": "DVD", "branch": "MIAN"}
    table["rules"].append(table["rules"][0] | wrong)
    table["terms"].append(table["terms"][1] | {"category": "seniors", "most_loans_per_item_type": {"Blu Ray": 2}})

    answer = await service.put("/v1/policies", table, if_match="*")

    errors = {error["pointer"]: error["did_you_mean"] for error in answer.json()["errors"]}
    assert 422 == answer.status_code
    assert {"unknown-word"} == set(codes_of(answer))
    assert {
        "/rules/11/category": ["adult"],
        "/rules/11/item_type": ["dvd"],
        "/rules/11/branch": ["MAIN"],
        "/terms/4/category": ["senior"],
        "/terms/4/most_loans_per_item_type": ["blu-ray"],
    } == errors


async def test_a_category_that_is_gone_meanwhile_keeps_no_policy_from_change(service: Service) -> None:
    table = await the_table(service)
    table["terms"].append(table["terms"][1] | {"category": "senior"})
    assert 200 == (await service.put("/v1/policies", table, if_match="*")).status_code
    service.members.known_categories = ("adult", "child", "student", "staff")

    changed = table | {"rules": [*table["rules"], table["rules"][0] | {"name": "more", "item_type": "game"}]}
    as_it_stands = await service.put("/v1/policies", changed, if_match="*")
    changed["rules"][-1] |= {"category": "seniors"}
    wrong = await service.put("/v1/policies", changed, if_match="*")

    assert (200, 422, ["unknown-word"]) == (as_it_stands.status_code, wrong.status_code, codes_of(wrong))


async def test_a_rule_may_name_a_branch_in_small_letters_and_an_item_type_before_its_first_copy(
    service: Service,
) -> None:
    table = await the_table(service)
    table["rules"].append(table["rules"][0] | {"name": "games", "item_type": "board-game", "branch": "east"})

    assert 200 == (await service.put("/v1/policies", table, if_match="*")).status_code
