"""One line for each request, which tells what happened and nothing about anybody."""

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.shared.web.sample import WRITER


async def lines_for(http: httpx.AsyncClient, address: str, **headers: str) -> list[dict[str, Any]]:
    with capture_logs() as lines:
        await http.get(address, headers=headers)
    return [dict(line) for line in lines]


async def test_a_request_is_told_in_one_line(http: httpx.AsyncClient) -> None:
    (line,) = await lines_for(http, "/v1/things/0198c0de-0000-7000-8000-00000000abcd?x=secret", **WRITER)

    assert ("request", "things", "info") == (line["event"], line["service"], line["log_level"])
    assert ("GET", "/v1/things/{thing_id}", 422) == (
        line["http.request.method"],
        line["http.route"],
        line["http.response.status_code"],
    )
    assert 0 < line["event.duration"] < 10**10
    for private in ("secret", "00000000abcd", "Bearer", "127.0.0.1"):
        assert private not in str(line)


@pytest.mark.parametrize("address", ["/health/live", "/health/ready", "/metrics"])
async def test_who_only_looks_whether_all_is_well_leaves_no_line(http: httpx.AsyncClient, address: str) -> None:
    assert [] == await lines_for(http, address)


async def test_a_fault_of_ours_is_told_with_its_cause(http: httpx.AsyncClient) -> None:
    fault, line = await lines_for(http, "/v1/failures/crash")

    assert ("error", True) == (fault["log_level"], fault["exc_info"])
    assert 500 == line["http.response.status_code"]
