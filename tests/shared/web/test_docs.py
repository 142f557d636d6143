"""The documents: a page that needs nobody else, and an OpenAPI document that tells everything."""

import asyncio
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.shared.openapi_rules import operations, shortcomings
from tests.shared.web.sample import caller_of, sample_app
from tests.shared.web.things import A_LAMP

ADDRESS = re.compile(r"""(?:src|href)\s*=\s*["']([^"']*)""")


# --- the page --------------------------------------------------------------------------------------------------------


async def test_the_home_page_is_the_documentation(http: httpx.AsyncClient) -> None:
    answer = await http.get("/")

    assert (307, "/docs") == (answer.status_code, answer.headers["location"])


async def test_the_page_fetches_only_from_its_own_service(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs")

    addresses = ADDRESS.findall(page.text)
    assert len(addresses) >= 5
    assert all(address.startswith("./") for address in addresses)
    for address in addresses:
        assert 200 == (await http.get(address.removeprefix("."))).status_code


@pytest.mark.parametrize("path", ["/docs", "/docs/oauth2-redirect"])
async def test_the_pages_have_no_script_of_their_own_and_a_policy_that_forbids_it(
    http: httpx.AsyncClient, path: str
) -> None:
    page = await http.get(path)

    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert "'none'" == policy["default-src"]
    assert "'self'" == policy["script-src"]
    assert "'none'" == policy["frame-ancestors"]
    assert not re.search(r"<script[^>]*>[^<]", page.text)
    assert "text/html; charset=utf-8" == page.headers["content-type"]


async def test_the_title_is_shown_and_not_executed(http: httpx.AsyncClient) -> None:
    assert "<title>Things &amp; &lt;more&gt;</title>" in (await http.get("/docs")).text


async def test_what_the_page_starts_has_no_address_of_another_host(http: httpx.AsyncClient) -> None:
    start = await http.get("/docs/start.js")

    assert "text/javascript; charset=utf-8" == start.headers["content-type"]
    assert "://" not in start.text
    assert 'CLIENT = "swagger"' in start.text
    assert "persistAuthorization" not in start.text  # it would leave passwords behind in the browser


async def test_the_style_around_the_page_is_served(http: httpx.AsyncClient) -> None:
    answer = await http.get("/docs/page.css")

    assert (200, "text/css; charset=utf-8") == (answer.status_code, answer.headers["content-type"])


ASSET = re.compile(r"assets/([\w-]+)\.([0-9a-f]{16})\.(js|css|png)")


async def test_the_files_of_the_page_are_kept_for_long_under_names_that_hold_their_digest(
    http: httpx.AsyncClient,
) -> None:
    pages = [(await http.get(path)).text for path in ("/docs", "/docs/oauth2-redirect")]

    files = [found for page in pages for found in ASSET.finditer(page)]
    assert {"swagger-ui", "favicon-32x32", "swagger-ui-bundle", "oauth2-redirect"} == {found[1] for found in files}
    for found in files:
        answer = await http.get(f"/docs/{found[0]}")
        assert 200 == answer.status_code
        assert hashlib.sha256(answer.content).hexdigest().startswith(found[2])
        assert "public, max-age=31536000, immutable" == answer.headers["cache-control"]
        assert "nosniff" == answer.headers["x-content-type-options"]
        assert 404 == (await http.get(f"/docs/{found[0].replace(found[2], '0' * 16)}")).status_code


@pytest.mark.parametrize("name", ["ORIGIN.md", "nothing.js", "..%2fdocs.py", "%2e%2e/service.py", ".", "__init__.py"])
async def test_nothing_else_is_served(http: httpx.AsyncClient, name: str) -> None:
    assert 404 == (await http.get(f"/docs/assets/{name}")).status_code


async def policy_and_token_url(**settings: Any) -> tuple[str, str]:
    root_path = settings.pop("root_path", "")
    async with caller_of(sample_app(root_path=root_path, auth_password_grant="on", **settings)) as http:
        policy = (await http.get("/docs")).headers["content-security-policy"]
        document = (await http.get("/openapi.json")).json()
    url: str = document["components"]["securitySchemes"]["library"]["flows"]["password"]["tokenUrl"]
    return next(part.strip() for part in policy.split(";") if "connect-src" in part), url


async def test_tokens_are_got_where_people_sign_in() -> None:
    found = await policy_and_token_url(auth_public_url="http://127.0.0.1:8002/")

    assert ("connect-src 'self' http://127.0.0.1:8002", "http://127.0.0.1:8002/v1/auth/token") == found


async def test_behind_a_gateway_tokens_are_got_below_its_prefix() -> None:
    found = await policy_and_token_url(auth_public_url="/members", root_path="/things")

    assert ("connect-src 'self'", "/members/v1/auth/token") == found


async def test_who_signs_people_in_itself_needs_no_address() -> None:
    assert ("connect-src 'self'", "/shown/v1/auth/token") == await policy_and_token_url(root_path="/shown")


# --- the OpenAPI document --------------------------------------------------------------------------------------------


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def test_the_document_is_openapi_31(document: dict[str, Any]) -> None:
    assert "3.1.0" == document["openapi"]
    OpenAPIV31SpecValidator(document).validate()


def test_every_operation_tells_what_it_should(document: dict[str, Any]) -> None:
    assert [] == list(shortcomings(document))


def _ops(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {operation["operationId"]: operation for _, _, operation in operations(document)}


def test_health_and_documents_are_not_part_of_the_interface(document: dict[str, Any]) -> None:
    assert all(path.startswith("/v1/") for path in document["paths"])


def test_refusals_are_documented_with_examples(document: dict[str, Any]) -> None:
    conflict = _ops(document)["add_thing"]["responses"]["409"]

    assert "`no-room`" == conflict["description"]
    problem = conflict["content"]["application/problem+json"]
    assert "There is room for 2 things." == problem["examples"]["no-room"]["value"]["detail"]
    assert {"$ref": "#/components/schemas/Problem"} == problem["schema"]


def _examples(document: dict[str, Any], holder: dict[str, Any]) -> list[Any]:
    name = holder["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    shown: list[Any] = document["components"]["schemas"][name]["examples"]
    return shown


def test_an_answer_is_shown_by_the_sample_of_its_type_with_what_is_null(document: dict[str, Any]) -> None:
    shown = _examples(document, _ops(document)["get_thing"]["responses"]["200"])

    assert [A_LAMP.model_dump(mode="json")] == shown
    assert shown[0]["due"] is None


def test_a_list_is_shown_by_the_sample_of_its_items(document: dict[str, Any]) -> None:
    shown = _examples(document, _ops(document)["list_things"]["responses"]["200"])

    assert [{"items": [A_LAMP.model_dump(mode="json")], "next_cursor": None}] == shown


def test_a_request_is_shown_with_what_is_given_to_it_and_without_its_defaults(document: dict[str, Any]) -> None:
    shown = _examples(document, _ops(document)["add_thing"]["requestBody"])

    assert [{"name": "A lamp", "count": 3, "owner": None}] == shown


def test_the_framework_s_own_form_of_errors_is_gone(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in json.dumps(document)


@pytest.mark.parametrize(
    ("operation", "security"),
    [
        ("list_things", []),
        ("unchecked", []),
        ("add_thing", [{"library": ["things:write"]}]),
        ("who_am_i", [{"library": []}]),
        ("act_in_person", [{"library": ["things:write"]}]),
        ("whose", [{"library": ["things:read"]}, {"library": ["self"]}]),
        ("either", [{"library": ["things:write"]}, {"library": ["admin"]}]),
    ],
)
def test_who_may_call_is_documented(document: dict[str, Any], operation: str, security: Any) -> None:
    found = _ops(document)[operation]

    assert security == found.get("security")
    assert (operation != "unchecked") == ("401" in found["responses"])
    assert bool(security) == ("403" in found["responses"])


def test_what_no_service_may_do_says_so(document: dict[str, Any]) -> None:
    found = _ops(document)["act_in_person"]

    who = "For people who sign in; a service may not, whatever its scopes are."
    assert f"Do it.\n\n{who}\n\nRight: `change`, in any branch." == found["description"]
    refused = found["responses"]["403"]
    assert "The access token belongs to a service, or lacks the scope or right" == refused["description"]
    example = refused["content"]["application/problem+json"]["examples"]["forbidden"]
    assert "not for services" in example["value"]["detail"]


def test_signing_in_offers_what_is_switched_on() -> None:
    with_passwords = sample_app(auth_password_grant="on").openapi()["components"]["securitySchemes"]["library"]
    without = sample_app().openapi()["components"]["securitySchemes"]["library"]

    assert ["authorizationCode", "password", "clientCredentials"] == list(with_passwords["flows"])
    assert ["authorizationCode", "clientCredentials"] == list(without["flows"])
    code = without["flows"]["authorizationCode"]
    assert ("/v1/auth/authorize", "/v1/auth/token") == (code["authorizationUrl"], code["tokenUrl"])
    assert {"admin", "self", "things:read", "things:write"} == without["flows"]["clientCredentials"]["scopes"].keys()


def _headers(operation: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "header":
            yield parameter["name"], parameter["required"]


def test_special_headers_are_documented_where_they_mean_something(document: dict[str, Any]) -> None:
    found = _ops(document)

    assert [("Idempotency-Key", False)] == list(_headers(found["add_thing"]))
    assert [("If-None-Match", False)] == list(_headers(found["get_thing"]))
    assert [("If-Match", True)] == list(_headers(found["change_thing"]))
    examples = [parameter.get("example") for parameter in found["add_thing"]["parameters"]]
    assert [None] == examples  # the page would send it with every request
    assert "304" in found["get_thing"]["responses"]
    assert "304" not in found["add_thing"]["responses"]


def test_a_page_of_a_list_is_documented(document: dict[str, Any]) -> None:
    parameters = {parameter["name"]: parameter["schema"] for parameter in _ops(document)["list_things"]["parameters"]}

    assert (1, 100, 20) == tuple(parameters["limit"][name] for name in ("minimum", "maximum", "default"))
    assert "cursor" in parameters


async def test_the_document_is_made_once(http: httpx.AsyncClient, app: FastAPI) -> None:
    first = await http.get("/openapi.json")

    assert app.openapi() is app.openapi()
    assert first.content == (await http.get("/openapi.json")).content
    assert "application/json" == first.headers["content-type"]


async def test_the_document_is_short_on_the_wire_and_not_sent_twice(http: httpx.AsyncClient) -> None:
    first = await http.get("/openapi.json")
    again = await http.get("/openapi.json", headers={"If-None-Match": first.headers["etag"]})
    plain = await http.get("/openapi.json", headers={"Accept-Encoding": "identity"})

    assert ("gzip", "no-cache") == (first.headers["content-encoding"], first.headers["cache-control"])
    assert int(first.headers["content-length"]) < len(plain.content) / 4
    assert (304, b"") == (again.status_code, again.content)
    assert first.json() == plain.json()
    assert first.headers["etag"] != plain.headers["etag"]
    assert "Accept-Encoding" in plain.headers.get_list("vary")


async def test_messages_are_documented_beside_it(http: httpx.AsyncClient) -> None:
    answer = await http.get("/asyncapi.json")

    assert (200, "3.0.0") == (answer.status_code, answer.json()["asyncapi"])


async def test_a_document_is_written_out_in_a_thread_once_while_others_get_their_answers() -> None:
    threads: list[threading.Thread] = []

    class Document(dict[str, str]):
        def items(self) -> Any:
            threads.append(threading.current_thread())
            return super().items()

    async with caller_of(sample_app(asyncapi=Document(asyncapi="3.1.0"))) as http:
        answers = await asyncio.gather(*(http.get("/asyncapi.json") for _ in range(3)))

    assert [{"asyncapi": "3.1.0"}] * 3 == [answer.json() for answer in answers]
    assert 1 == len(threads)
    assert threading.main_thread() not in threads
