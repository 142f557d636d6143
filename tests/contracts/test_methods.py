"""Each address knows its own methods, and no others: also where a literal one stands beside one with a parameter."""

import json
import re

import pytest

from tests.contracts.documents import kept, open_service

METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.mark.parametrize("service", ["books", "members", "loans"])
async def test_a_method_that_an_address_does_not_know_is_refused_with_those_that_it_knows(service: str) -> None:
    paths = {path: set(item) for path, item in json.loads(kept(service, "openapi"))["paths"].items()}
    literal = {path: known for path, known in paths.items() if "{" not in path}

    assert literal
    async with open_service(service) as http:
        for path, known in literal.items():
            for method in METHODS - known:
                answer = await http.request(method, path)
                allowed = {"options"} | known | ({"head"} if "get" in known else set())
                assert 405 == answer.status_code, f"{method} {path}"
                assert allowed == set(answer.headers["allow"].lower().split(", ")), f"{method} {path}"


@pytest.mark.parametrize("service", ["books", "members", "loans"])
async def test_every_address_tells_anybody_who_asks_what_it_knows(service: str) -> None:
    paths = {path: set(item) for path, item in json.loads(kept(service, "openapi"))["paths"].items()}

    async with open_service(service) as http:
        for path, known in paths.items():
            answer = await http.options(re.sub(r"{\w+}", "0198c0de-0000-7000-8000-000000000001", path))
            allowed = {"options"} | known | ({"head"} if "get" in known else set())
            assert (204, b"") == (answer.status_code, answer.content), path
            assert allowed == set(answer.headers["allow"].lower().split(", ")), path
            assert ("patch" in known) == ("application/merge-patch+json" in answer.headers.get("accept-patch", "")), (
                path
            )
        assert 404 == (await http.options("/v1/nowhere")).status_code
