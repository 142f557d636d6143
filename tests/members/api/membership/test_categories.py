import json
from pathlib import Path

import pytest

from members_service.application.membership.change_categories import PutCategories
from members_service.domain.identity.roles import Role
from members_service.domain.membership.fee import Fee
from members_service.domain.membership.membership import CategoryTerms
from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.members.application.membership.test_import_members import taken
from tests.members.register import Register


async def test_everybody_may_know_the_categories(service: Service) -> None:
    answer = await service.get("/v1/categories", token="")

    found = {one["category"]: one for one in answer.json()["items"]}
    assert ["adult", "child", "student", "senior", "staff"] == list(found)
    assert {
        "category": "child", "name": "Child", "months": 12, "youngest": None, "oldest": 17,
        "follows": "adult", "names": {}, "enrolment_fee": None, "annual_fee": None, "ends_on": None,
        "own_renewal_days": None, "applications": False,
    } == found["child"]  # fmt: skip


async def test_the_categories_are_a_document_with_versions(service_on_either: Service) -> None:
    service = service_on_either
    first = await service.get("/v1/categories")
    items = [*first.json()["items"], {"category": "class", "name": "Class", "months": 10, "names": {"de": "Klasse"}}]

    put = await service.request("PUT", "/v1/categories", {"items": items}, if_match=first.headers["etag"])
    stale = await service.request("PUT", "/v1/categories", {"items": items[:1]}, if_match=first.headers["etag"])
    unguarded = await service.request("PUT", "/v1/categories", {"items": items})
    by_desk = await service.request("PUT", "/v1/categories", {}, token=service.token(Role.LIBRARIAN), if_match="*")

    assert (200, 2, '"2"') == (put.status_code, put.json()["version"], put.headers["etag"])
    assert put.json() == (await service.get("/v1/categories")).json()
    assert [412, 428, 403] == [answer.status_code for answer in (stale, unguarded, by_desk)]
    assert "class" == (await service.enrol(category="class"))["category"]


async def test_what_a_category_costs_is_told_when_somebody_joins_and_is_renewed(service_on_either: Service) -> None:
    service = service_on_either
    fees = {"enrolment_fee": {"amount": 500, "currency": "EUR"}, "annual_fee": {"amount": 2000}, "ends_on": "07-31"}
    items = [*(await service.get("/v1/categories")).json()["items"], {"category": "club", "name": "Club", "months": 12}]
    put = await service.request("PUT", "/v1/categories", {"items": [*items[:-1], items[-1] | fees]}, if_match="*")

    ada = await service.enrol(category="club")
    renewed = await service.request("POST", f"/v1/members/{ada['member_id']}/renew")
    await service.enrol(category="adult")

    assert fees | {"annual_fee": {"amount": 2000, "currency": None}} == {
        name: put.json()["items"][-1][name] for name in fees
    }
    assert [ada["expires_on"][4:], renewed.json()["expires_on"][4:]] == ["-07-31", "-07-31"]
    yearly = {"kind": "membership", "amount": 2000}
    told = [data.get("fees") for _, _, data in await Register(service.database, service.data_keys).events()]
    assert [[{"kind": "enrolment", "amount": 500, "currency": "EUR"}, yearly], [yearly], None] == told


async def test_in_austria_a_card_costs_each_year_and_children_have_it_for_nothing(service: Service) -> None:
    sample = Path(__file__).parents[4] / "docs" / "policies" / "categories" / "buecherei-at.json"
    put = await service.request("PUT", "/v1/categories", json.loads(sample.read_text("utf-8")), if_match="*")
    assert 200 == put.status_code, put.text

    adult = await service.enrol(category="adult")
    await service.request("POST", f"/v1/members/{adult['member_id']}/renew")
    await service.enrol(category="child")

    told = [data.get("fees") for _, _, data in await Register(service.database, service.data_keys).events()]
    amounts = [[(fee["kind"], fee["amount"]) for fee in fees or []] for fees in told]
    assert [[("enrolment", 200), ("membership", 2500)], [("membership", 2500)], []] == amounts


async def test_who_moves_in_with_a_file_owes_nothing_for_it(register: Register) -> None:
    terms = [CategoryTerms("adult", "Adult", 12, enrolment_fee=Fee(500), annual_fee=Fee(2000))]
    await register.membership.change_categories(PutCategories(terms, None))

    await taken(register, {"card_number": "A1", "name": "Ada", "category": "adult"})

    assert [] == await register.events()


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_on": "31-07"},
        {"ends_on": "July"},
        {"annual_fee": {"amount": 0}},
        {"annual_fee": {"amount": 2.5}},
        {"enrolment_fee": {"amount": 100, "currency": "euro"}},
    ],
)
async def test_fees_and_days_that_are_none_are_refused(service: Service, wrong: dict[str, object]) -> None:
    items = [{"category": "adult", "name": "Adult", "months": 12} | wrong]

    answer = await service.request("PUT", "/v1/categories", {"items": items}, if_match="*")

    assert 422 == problem_of(answer)["status"]


@pytest.mark.parametrize("items", [[{"category": "a", "name": "A", "months": 0}], []])
async def test_a_table_of_categories_that_makes_no_sense_is_refused(service: Service, items: list[object]) -> None:
    answer = await service.request("PUT", "/v1/categories", {"items": items}, if_match="*")

    assert 422 == problem_of(answer)["status"]
