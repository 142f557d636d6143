"""Which bodies may be longer than the others."""

import json
from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.loans.api.conftest import ADMIN, Service

LONG = {
    "/v1/loans/bulk",
    "/v1/returns/bulk",
    "/v1/hold-queues/{book_id}",
    "/v1/policies",
    "/v1/policies/simulation",
    "/v1/calendars/{branch}",
    "/v1/calendars/{branch}/closures",
}


def test_tables_queues_and_many_lines_may_have_a_mebibyte_and_all_else_64_kib(document: dict[str, Any]) -> None:
    told = {
        path: operation["responses"]["413"]["description"]
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if "requestBody" in operation
    }

    assert {"The body has more than 1048576 bytes"} == {told.pop(path) for path in LONG}
    assert "The body has more than 67108864 bytes" == told.pop("/v1/imports")
    assert {"The body has more than 65536 bytes"} == set(told.values())


@pytest.mark.parametrize(("length", "status"), [(2**20, 201), (2**20 + 1, 413)])
async def test_a_calendar_may_have_a_mebibyte_in_whatever_branch(service: Service, length: int, status: int) -> None:
    headers = {"Authorization": f"Bearer {ADMIN}", "If-Match": "*", "Content-Type": "application/json"}
    content = json.dumps({"timezone": "UTC"}).ljust(length)

    answer = await service.http.put("/v1/calendars/EAST", content=content, headers=headers)

    assert status == answer.status_code


async def test_a_queue_of_ten_thousand_fits_into_a_body(service: Service) -> None:
    order = {"hold_ids": [str(new_id()) for _ in range(10_000)]}

    answer = await service.put(f"/v1/hold-queues/{new_id()}", order, if_match="*")

    assert len(json.dumps(order)) > 64 * 1024
    assert answer.status_code != 413, answer.text
