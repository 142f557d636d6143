from typing import Any

import pytest

from tests.books.api.conftest import Service, problem
from tests.books.makers import any_id
from tests.paper import Printed, read

OWN = {"page_width": 100, "page_height": 60, "columns": 2, "label_width": 50, "label_height": 30}


async def labels(service: Service, copies: list[dict[str, Any]], **how: Any) -> Printed:
    body = {"copy_ids": [copy["copy_id"] for copy in copies], "sheet": "a4-3x7"} | how
    answer = await service.post("/v1/labels", body)
    assert (200, "application/pdf") == (answer.status_code, answer.headers["content-type"]), answer.text
    assert 'attachment; filename="labels.pdf"' == answer.headers["content-disposition"]
    return read(answer.content)


@pytest.mark.parametrize(("code", "kind"), [("code39", "Code39"), ("code128", "Code128"), ("qr", "QRCode")])
async def test_each_copy_has_a_label_whose_code_a_scanner_reads(service: Service, code: str, kind: str) -> None:
    _, copies = await service.shelve("30000000000019", "AB-2", title="Война и мир")

    printed = await labels(service, [copies[1], copies[0], copies[1]], code=code)

    assert [(kind, "AB-2"), (kind, "30000000000019"), (kind, "AB-2")] == printed.codes
    assert 3 == printed.texts[0].count("Война и мир")
    assert "30000000000019" in printed.texts[0]
    assert [(210, 297)] == printed.sizes


async def test_a_spine_label_shows_the_shelf_mark_part_by_part(service: Service) -> None:
    _, (copy,) = await service.shelve("1")
    await service.change("PATCH", f"/v1/copies/{copy['copy_id']}", {"shelf_mark": "823.8 AUS", "volume": "Bd. 2"})

    printed = await labels(service, [copy], label="spine")

    assert (["823.8", "AUS", "Bd. 2"], []) == (printed.texts[0].split("\n"), printed.codes)


async def test_labels_are_printed_on_a_sheet_of_ones_own_behind_those_that_are_used_up(service: Service) -> None:
    _, copies = await service.shelve("1", "2")

    printed = await labels(service, copies, sheet=OWN, skip=1)

    assert ([(100, 60)] * 2, [("Code128", "1"), ("Code128", "2")]) == (printed.sizes, printed.codes)


async def test_an_unknown_copy_is_named_and_nothing_is_printed(service: Service) -> None:
    _, (copy,) = await service.shelve("1")
    nobody = str(any_id())

    answer = await service.post("/v1/labels", {"copy_ids": [copy["copy_id"], nobody], "sheet": "a4-3x7"})

    assert (404, "copies-not-found") == problem(answer)
    assert [nobody] == answer.json()["errors"][0]["copy_ids"]


@pytest.mark.parametrize("sheet", [OWN | {"columns": 0}, OWN | {"label_width": "wide"}, OWN | {"colour": "red"}, 7])
async def test_a_sheet_that_is_not_understood_is_refused(service: Service, sheet: Any) -> None:
    _, (copy,) = await service.shelve("1")

    answer = await service.post("/v1/labels", {"copy_ids": [copy["copy_id"]], "sheet": sheet})

    assert 422 == answer.status_code
