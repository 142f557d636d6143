import pytest

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service


async def test_everybody_may_know_the_categories(service: Service) -> None:
    answer = await service.get("/v1/categories", token="")

    found = {one["category"]: one for one in answer.json()["items"]}
    assert ["adult", "child", "student", "senior", "staff"] == list(found)
    assert {
        "category": "child", "name": "Child", "months": 12, "youngest": None, "oldest": 17,
        "follows": "adult", "names": {},
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


@pytest.mark.parametrize("items", [[{"category": "a", "name": "A", "months": 0}], []])
async def test_a_table_of_categories_that_makes_no_sense_is_refused(service: Service, items: list[object]) -> None:
    answer = await service.request("PUT", "/v1/categories", {"items": items}, if_match="*")

    assert 422 == problem_of(answer)["status"]
