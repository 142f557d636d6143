"""Services that sign for themselves instead of sending a secret (private_key_jwt)."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from members_service.domain.identity.attempts import NETWORK
from shared.persistence.database import Database
from shared.tokens import SigningKey
from tests.answers import error_of
from tests.members.api.conftest import LOANS_SECRET, Service, a_service
from tests.shared.test_assertions import an_assertion

KEY = SigningKey.generate()
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN = "http://members.test/v1/auth/token"
CLIENTS = {
    "kiosk": {"jwk": {name: KEY.public_jwk()[name] for name in ("kty", "crv", "x", "y")}, "scopes": "loans:write"},
    "loans": {"secret": LOANS_SECRET, "scopes": "books:lending"},
}


@pytest.fixture
async def service(database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    async for started in a_service(database, tmp_path, clients=CLIENTS, auth_public_url="http://members.test"):
        yield started


def signed(name: str, **changes: Any) -> str:
    now = int(time.time())
    return an_assertion(KEY, header=None, **({"aud": TOKEN, "jti": name, "iat": now, "exp": now + 60} | changes))


async def ask(service: Service, assertion: str, **more: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": assertion}
    return await service.http.post("/v1/auth/token", data=form | more)


async def test_a_client_signs_in_by_what_it_signed_once(service: Service) -> None:
    assertion = signed("once")

    first, second = await ask(service, assertion), await ask(service, assertion)

    assert (200, "loans:write") == (first.status_code, first.json()["scope"])
    assert (401, "invalid_client") == error_of(second)
    assert 200 == (await ask(service, signed("twice"), client_id="kiosk")).status_code


@pytest.mark.parametrize("audience", ["library", TOKEN])
async def test_it_may_sign_for_the_issuer_or_for_the_published_address(service: Service, audience: str) -> None:
    assert 200 == (await ask(service, signed("x", aud=audience))).status_code


@pytest.mark.parametrize(
    "changes",
    [{"aud": "http://evil.test/v1/auth/token"}, {"iss": "loans", "sub": "loans"}, {"exp": int(time.time()) - 60},
     {"exp": int(time.time()) + 3_600}, {"jti": ...}],
    ids=["another audience", "another client", "over", "too long", "without a name"],
)  # fmt: skip
async def test_anything_else_is_no_proof(service: Service, changes: Any) -> None:
    assert (401, "invalid_client") == error_of(await ask(service, signed("x", **changes)))


async def test_what_was_signed_for_another_server_is_not_taken_for_calling_us_by_its_name(service: Service) -> None:
    service.http.headers["Host"] = "evil.test"

    answer = await ask(service, signed("x", aud="http://evil.test/v1/auth/token"))

    assert (401, "invalid_client") == error_of(answer)


async def test_a_client_proves_itself_in_its_own_way_and_in_one(service: Service) -> None:
    by_secret = await service.ask_for_token(basic=("kiosk", ""), grant_type="client_credentials")
    both = await ask(service, signed("x"), client_id="kiosk", client_secret="secret")
    another = await ask(service, signed("y"), client_id="loans")
    wrong_type = await ask(service, signed("z"), client_assertion_type="urn:x")

    assert (401, "invalid_client") == error_of(by_secret) == error_of(another)
    assert (400, "invalid_request") == error_of(both) == error_of(wrong_type)


async def test_a_public_client_is_not_one_by_a_bad_assertion(service: Service) -> None:
    answer = await ask(service, "nonsense", client_id="swagger", grant_type="refresh_token", refresh_token="x.y")

    assert (401, "invalid_client") == error_of(answer)


async def test_guessing_is_stopped_as_with_secrets(service: Service) -> None:
    answers = [await ask(service, f"guess.{number}.x") for number in range(NETWORK.tries + 1)]

    assert (429, "too_many_attempts") == error_of(answers[-1])
    assert 200 == (await ask(service, signed("right"))).status_code


async def test_the_way_is_published(service: Service) -> None:
    metadata = (await service.http.get("/.well-known/oauth-authorization-server")).json()

    assert "private_key_jwt" in metadata["token_endpoint_auth_methods_supported"]
    assert ["ES256"] == metadata["token_endpoint_auth_signing_alg_values_supported"]
