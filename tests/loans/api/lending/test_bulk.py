"""A pile of copies in one request: a result for each line, and each line once."""

from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.answers import problem_of
from tests.loans.api.conftest import Service
from tests.loans.makers import a_copy, a_standing


def pile(service: Service, number: int) -> list[str]:
    barcodes = [f"C{index}" for index in range(number)]
    service.catalogue.copies += [a_copy(copy_id=new_id(), barcode=barcode) for barcode in barcodes]
    return barcodes


def check_outs(*barcodes: str) -> dict[str, Any]:
    return {"lines": [{"copy_barcode": barcode, "card_number": "ADA"} for barcode in barcodes]}


def scans(*barcodes: str) -> dict[str, Any]:
    return {"lines": [{"copy_barcode": barcode} for barcode in barcodes]}


async def test_each_line_is_lent_or_refused_whatever_becomes_of_the_others(service: Service) -> None:
    first, second = pile(service, 2)

    answer = await service.post("/v1/loans/bulk", check_outs(first, "nowhere", first, second))

    results = answer.json()["results"]
    assert 200 == answer.status_code
    assert [(0, 201), (1, 404), (2, 409), (3, 201)] == [(line["line"], line["status"]) for line in results]
    assert [first, None, None, second] == [line["loan"] and line["loan"]["barcode"] for line in results]
    assert [None, "copy-not-found", "copy-on-loan", None] == [
        line["problem"] and line["problem"]["code"] for line in results
    ]


async def test_members_is_asked_once_about_a_member_with_a_pile(service: Service) -> None:
    await service.post("/v1/loans/bulk", check_outs(*pile(service, 5)))

    assert 1 == service.members.questions


async def test_a_pile_stops_at_the_members_limit(service: Service) -> None:
    service.members.by_card["ADA"] = a_standing(category="child")

    answer = await service.post("/v1/loans/bulk", check_outs(*pile(service, 7)))

    assert [201] * 5 + [422] * 2 == [line["status"] for line in answer.json()["results"]]


async def test_each_scanned_line_says_where_its_copy_goes(service: Service) -> None:
    lent, never_lent = pile(service, 2)
    await service.check_out(copy_barcode=lent)

    answer = await service.post("/v1/returns/bulk", scans(lent, lent, never_lent, "nowhere"))

    results = answer.json()["results"]
    assert [200, 200, 200, 404] == [line["status"] for line in results]
    assert ["shelf", "shelf", "shelf", None] == [line["scan"] and line["scan"]["next"] for line in results]
    assert [True, False, False] == [line["scan"]["loan"] is not None for line in results[:3]]


async def test_a_repeat_with_the_same_key_tells_what_was_done_and_tries_again_what_was_not(service: Service) -> None:
    first, second = pile(service, 2)
    service.catalogue.copies = [copy for copy in service.catalogue.copies if copy.barcode != second]
    before = await service.post("/v1/loans/bulk", check_outs(first, second), key="p1")
    pile(service, 2)

    after = await service.post("/v1/loans/bulk", check_outs(first, second), key="p1")

    assert [201, 404] == [line["status"] for line in before.json()["results"]]
    assert [201, 201] == [line["status"] for line in after.json()["results"]]
    assert before.json()["results"][0] == after.json()["results"][0]
    assert "true" == after.headers["Idempotency-Replayed"]


async def test_another_line_under_the_same_key_is_refused_where_one_was_done(service: Service) -> None:
    first, second = pile(service, 2)
    await service.post("/v1/returns/bulk", scans(first, second), key="p1")

    answer = await service.post("/v1/returns/bulk", scans(first, first), key="p1")

    codes = [line["problem"] and line["problem"]["code"] for line in answer.json()["results"]]
    assert [None, "idempotency-key-reused"] == codes


@pytest.mark.parametrize("path", ["/v1/loans/bulk", "/v1/returns/bulk"])
@pytest.mark.parametrize("lines", [[], [{"copy_barcode": "x", "card_number": "y"}] * 101, [{}], "x"])
async def test_a_pile_that_is_not_understood_is_refused_as_a_whole(service: Service, path: str, lines: Any) -> None:
    answer = await service.post(path, {"lines": lines})

    assert (422, "invalid-request") == (answer.status_code, problem_of(answer)["code"])
