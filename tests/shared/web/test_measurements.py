"""What is measured of requests, and who reads it."""

import httpx

from tests.shared.bad_input import check_problem
from tests.shared.web.sample import READER, caller_of, sample_app


async def test_requests_are_measured_by_route_and_never_by_address(http: httpx.AsyncClient) -> None:
    await http.get("/v1/things/0198c0de-0000-7000-8000-00000000abcd", headers=READER)
    await http.get("/secret-path-of-nobody")
    await http.request("BREW", "/v1/things")

    answer = await http.get("/metrics")

    assert "text/plain; version=0.0.4; charset=utf-8" == answer.headers["content-type"]
    counted = "http_server_request_duration_seconds_count"
    labels = (
        'http_request_method="GET",http_response_status_code="404",http_route="/v1/things/{thing_id}",service="things"'
    )
    assert f"{counted}{{{labels}}}" in answer.text
    assert 'http_request_method="_OTHER"' in answer.text
    assert 'http_route="unmatched"' in answer.text
    assert "secret-path" not in answer.text
    assert "00000000abcd" not in answer.text


async def test_nobody_makes_series_by_methods_that_a_route_does_not_have(http: httpx.AsyncClient) -> None:
    for method in ("PUT", "DELETE", "TRACE", "PATCH", "OPTIONS", "PROPFIND", "BREW"):
        for address in ("/v1/who", "/v1/whose", "/nowhere"):
            await http.request(method, address)
    for address in ("/v1/who", "/v1/whose"):
        await http.get(address)

    text = (await http.get("/metrics")).text
    counted = [line for line in text.splitlines() if line.startswith("http_server_request_duration_seconds_count")]
    methods = {
        route: {line.split('method="')[1].split('"')[0] for line in counted if f'http_route="{route}"' in line}
        for route in ("/v1/who", "/v1/whose", "unmatched")
    }

    assert {"/v1/who": {"GET", "_OTHER"}, "/v1/whose": {"GET", "_OTHER"}, "unmatched": {"_OTHER"}} == methods


async def test_the_measurements_are_not_on_the_port_of_the_service_when_they_have_one_of_their_own() -> None:
    async with caller_of(sample_app(metrics_port=9464)) as http:
        answer = await http.get("/metrics")

    check_problem(answer)
    assert 404 == answer.status_code


async def test_many_who_read_the_measurements_cause_them_to_be_made_once(http: httpx.AsyncClient) -> None:
    first, *others = [(await http.get("/metrics")).text for _ in range(5)]

    assert [first] * 4 == others
