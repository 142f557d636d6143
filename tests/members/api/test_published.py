import json
import re
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from members_service.domain.identity.roles import Role
from shared.tokens import StaticKeys, TokenVerifier
from tests.contracts.documents import kept
from tests.members.api.conftest import CLIENTS, Service


async def test_the_public_keys_check_the_tokens(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    token = (await service.sign_in("grace@x.y")).json()["access_token"]

    answer = await service.http.get("/.well-known/jwks.json")

    assert (200, "public, max-age=300") == (answer.status_code, answer.headers["cache-control"])
    [key] = answer.json()["keys"]
    assert {"kty", "crv", "x", "y", "kid", "use", "alg"} == set(key)
    assert "LIBRARIAN".lower() in (await TokenVerifier(StaticKeys([key]), issuer="library").verify(token)).roles


async def test_the_metadata_offer_only_what_there_is(service: Service) -> None:
    metadata = (await service.http.get("/.well-known/oauth-authorization-server")).json()

    assert "library" == metadata["issuer"]
    assert "http://members.test/v1/auth/token" == metadata["token_endpoint"]
    assert "http://members.test/.well-known/jwks.json" == metadata["jwks_uri"]
    assert {"authorization_code", "password", "refresh_token", "client_credentials"} == set(
        metadata["grant_types_supported"]
    )
    assert (["code"], ["query"]) == (metadata["response_types_supported"], metadata["response_modes_supported"])
    assert (["S256"], True) == (
        metadata["code_challenge_methods_supported"],
        metadata["authorization_response_iss_parameter_supported"],
    )
    assert "http://members.test/v1/auth/authorize" == metadata["authorization_endpoint"]
    for name in ("token_endpoint", "revocation_endpoint"):
        answer = await service.http.post(metadata[name].removeprefix("http://members.test"))
        assert "invalid_request" == answer.json()["error"]


@pytest.mark.parametrize("offered", [True, False])
async def test_every_grant_in_the_metadata_is_one_and_no_other_is(service: Service, offered: bool) -> None:
    service.rebind(password_grant=offered)
    service.app.state.published = replace(service.app.state.published, password_grant=offered)
    metadata = (await service.http.get("/.well-known/oauth-authorization-server")).json()

    grants = metadata["grant_types_supported"]

    assert offered == ("password" in grants)
    for grant in (*grants, "implicit", "device_code", *([] if offered else ["password"])):
        answer = await service.ask_for_token(grant_type=grant)
        assert (answer.json()["error"] == "unsupported_grant_type") == (grant not in grants), grant


@pytest.mark.parametrize(
    ("address", "base"),
    [("", "http://members.test"), ("/members", "http://members.test/members"), ("https://x.y/m", "https://x.y/m")],
)
async def test_the_metadata_show_addresses_as_a_browser_reaches_them(service: Service, address: str, base: str) -> None:
    service.app.state.published = replace(service.app.state.published, address=address)

    metadata = (await service.http.get("/.well-known/oauth-authorization-server")).json()

    addresses = [value for name, value in metadata.items() if name.endswith(("_endpoint", "_uri"))]
    assert 4 == len(addresses)
    assert all(each.startswith(f"{base}/") for each in addresses)


# As it is kept; that it is the present one is for tests/contracts/test_wire.py to say.
DOCUMENT: dict[str, Any] = json.loads(kept("members", "openapi"))
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation for path in DOCUMENT["paths"].values() for operation in path.values()
}

FILES = frozenset({"text/html", "application/pdf", "application/octet-stream", "image/jpeg", "image/png", "text/csv"})
"""What people look at: an example in a document of JSON would show nothing of it."""


def test_every_operation_is_described() -> None:
    validate(DOCUMENT)

    for name, operation in OPERATIONS.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", name)
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        asked = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
        assert [] == [one["name"] for one in asked if not one.get("description")], name


def test_every_body_and_every_answer_has_an_example_that_fits() -> None:
    for name, operation in OPERATIONS.items():
        asked = operation.get("requestBody", {}).get("content", {})
        answered = [answer.get("content", {}) for answer in operation["responses"].values()]
        for kind, media in [pair for content in (asked, *answered) for pair in content.items()]:
            if kind in FILES:
                continue
            examples = _examples_of(media)
            assert examples, f"{name} has {kind} without an example"
            whole = {**media["schema"], "components": DOCUMENT["components"]}
            for example in examples:
                jsonschema.validate(example, whole, jsonschema.Draft202012Validator)


def _examples_of(media: dict[str, Any]) -> list[Any]:
    """Return those of the media type itself, else those of its schema."""
    named = media["schema"].get("$ref", "").rpartition("/")[2]
    schema = DOCUMENT["components"]["schemas"].get(named, media["schema"])
    return [one["value"] for one in media.get("examples", {}).values()] or schema.get("examples", [])


def test_the_document_asks_for_the_right_scopes() -> None:
    assert [{"library": ["members:write"]}] == OPERATIONS["enrol_member"]["security"]
    assert [{"library": ["members:standing"]}] == OPERATIONS["get_standing"]["security"]
    for public in ("get_token", "revoke_token", "activate_account", "get_public_keys", "get_authorization_server"):
        assert [] == OPERATIONS[public]["security"]


async def test_the_messages_that_are_told_and_heard_are_published(service: Service) -> None:
    document = (await service.http.get("/asyncapi.json")).json()

    happens = ("joined", "renewed", "suspended", "reinstated", "leaving", "erased", "merged")
    chosen = ("category_changed", "reading_history_chosen")
    told = {f"members.member.{what}" for what in (*happens, *chosen)}
    told |= {"members.account.granted", "members.account.revoked"}
    told |= {f"members.message.{what}" for what in ("handed_over", "uncertain", "bounced")}
    of_loans = ("checked_out", "due_soon", "overdue", "renewed", "due_date_changed", "declared_lost", "returned")
    of_holds = ("placed", "ready", "no_longer_ready", "expired", "cancelled")
    heard = {f"loans.loan.{what}" for what in of_loans} | {f"loans.hold.{what}" for what in of_holds}
    heard |= {f"loans.fine.{what}" for what in ("charged", "paid", "refunded")}
    heard |= {"loans.payout.paid", "loans.borrower.cleared"}
    assert told | heard == {channel["address"] for channel in document["channels"].values()}


async def test_nothing_that_is_published_holds_a_secret(service: Service) -> None:
    published = [
        (await service.http.get(path)).text
        for path in ("/openapi.json", "/asyncapi.json", "/.well-known/jwks.json", "/metrics", "/docs")
    ]

    for client in CLIENTS.values():
        assert not any(json.dumps(client["secret"])[1:-1] in text for text in published)
    assert '"d"' not in published[2]


async def test_the_service_is_ready_when_its_database_is(service: Service) -> None:
    assert 200 == (await service.http.get("/health/ready")).status_code
    assert 200 == (await service.http.get("/health/live")).status_code
