"""One line for each request, which tells what happened, who asked by an id, and nothing else about anybody."""

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from shared.web.edge.admission.concurrency import ConcurrencyLimits
from shared.web.edge.limits import Limits
from tests.shared.hostile_tokens import a_token
from tests.shared.web.real_server import until
from tests.shared.web.sample import KEY, WRITER, caller_of, sample_app


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


ADA = "0198c0de-0000-7000-8000-0000000000ad"


def token(**claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {a_token(KEY, **claims)}"}


async def test_the_line_names_a_person_by_the_account_and_a_service_by_its_client(http: httpx.AsyncClient) -> None:
    (person,) = await lines_for(http, "/v1/who", **token(sub=ADA, client_id="swagger", roles=["member"]))
    (service,) = await lines_for(http, "/v1/either", **token(sub="kiosk", client_id="kiosk", roles=[], scope="admin"))
    (nobody,) = await lines_for(http, "/v1/maybe")

    assert (ADA, "swagger") == (person["user.id"], person["client.id"])
    assert (None, "kiosk") == (service.get("user.id"), service["client.id"])
    assert set() == {"user.id", "client.id"} & nobody.keys()


async def test_a_refusal_says_who_was_refused_where_and_why(http: httpx.AsyncClient) -> None:
    refused, line = await lines_for(
        http, "/v1/either", **token(sub=ADA, client_id="swagger", scope="self", roles=["member"])
    )

    assert ("access refused", "failure", "forbidden") == (
        refused["event"],
        refused["event.outcome"],
        refused["event.reason"],
    )
    assert (ADA, "GET", "/v1/either", 403) == (
        refused["user.id"],
        refused["http.request.method"],
        refused["http.route"],
        refused["http.response.status_code"],
    )
    assert (ADA, 403) == (line["user.id"], line["http.response.status_code"])


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "not-authenticated"),
        ({"Authorization": "Bearer 5ecret"}, "invalid-token: not a signed token in compact form"),
        (token(sub=ADA, iss="5ecret"), "invalid-token: not a valid token"),
        ({"Authorization": "Basic 5ecret"}, "invalid-request"),
    ],
)
async def test_a_token_that_does_not_do_is_told_with_the_reason_but_without_the_token(
    http: httpx.AsyncClient, headers: dict[str, str], reason: str
) -> None:
    refused, line = await lines_for(http, "/v1/who", **headers)

    assert ("access refused", reason, 401) == (
        refused["event"],
        refused["event.reason"],
        refused["http.response.status_code"],
    )
    assert set() == {"user.id", "client.id"} & line.keys()
    assert "5ecret" not in f"{refused}{line}"


async def test_whoever_reaches_for_what_may_be_somebody_elses_is_told_of(http: httpx.AsyncClient) -> None:
    own = token(sub=ADA, scope="self")

    refused, _ = await lines_for(http, "/v1/own/not-found", **own)
    forbidden, _ = await lines_for(http, "/v1/failures/not-allowed", **own)
    (only_missing,) = await lines_for(http, "/v1/own/not-found", **token(sub=ADA, scope="things:read"))

    assert (404, "not-found", ADA) == (
        refused["http.response.status_code"],
        refused["event.reason"],
        refused["user.id"],
    )
    assert (403, "forbidden", ADA) == (
        forbidden["http.response.status_code"],
        forbidden["event.reason"],
        forbidden["user.id"],
    )
    assert "request" == only_missing["event"]


async def test_requests_that_find_no_place_are_told_of_together_by_a_line_for_each_caller() -> None:
    app = sample_app(limits=Limits(in_flight=ConcurrencyLimits(total=0, reserved_for_services=0)))

    def told() -> list[tuple[str, int, int]]:
        """Without what the process still tells of callers before."""
        about = [line for line in lines if line.get("client.id") in ("kiosk", "import")]
        return [(line["client.id"], line["http.response.status_code"], line["requests"]) for line in about]

    with capture_logs() as lines:
        async with caller_of(app) as http:
            for caller in ("kiosk", "kiosk", "kiosk", "import"):
                refused = await http.get("/v1/things", headers=token(sub=caller, client_id=caller, roles=[]))
                assert 503 == refused.status_code
            await until(lambda: len(told()) == 2)

    assert {"requests found no place"} == {line["event"] for line in lines}
    assert [("kiosk", 503, 3), ("import", 503, 1)] == told()
