from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from members_service.domain.identity.roles import Role
from tests.answers import error_of
from tests.members.api.conftest import Service

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def refresh(service: Service, token: str, client_id: str = "") -> httpx.Response:
    return await service.ask_for_token(grant_type="refresh_token", refresh_token=token, client_id=client_id)


async def test_each_refresh_token_works_once_and_its_reuse_ends_the_session(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    first = (await service.sign_in("grace@x.y")).json()["refresh_token"]

    second = await refresh(service, first)
    third = await refresh(service, second.json()["refresh_token"])
    stolen = await refresh(service, first)
    fourth = await refresh(service, third.json()["refresh_token"])

    assert [200, 200] == [second.status_code, third.status_code]
    assert (400, "invalid_grant") == error_of(stolen) == error_of(fourth)


@pytest.mark.parametrize("rest", ["x", "x.y"])
async def test_who_knows_the_id_of_a_session_cannot_end_it(service_on_either: Service, rest: str) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    token = (await service.sign_in("grace@x.y")).json()["refresh_token"]
    made_up = f"{token.partition('.')[0]}.{rest}"

    given_back = await service.http.post("/v1/auth/revoke", data={"token": made_up})
    refreshed = await refresh(service, made_up)

    assert 200 == given_back.status_code, "a token that nobody knows is answered alike"
    assert (400, "invalid_grant") == error_of(refreshed)
    assert 200 == (await refresh(service, token)).status_code
    audit = (await service.get("/v1/audit")).json()["items"]
    assert {"signed-in", "account-opened"} == {record["deed"] for record in audit}


async def test_a_refresh_token_is_nowhere_in_the_database(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    token = (await service.sign_in("grace@x.y")).json()["refresh_token"]

    rows = await service.database.rows(text("SELECT * FROM sessions"))

    assert rows
    assert token.split(".")[1] not in str(rows)


async def test_a_refresh_token_belongs_to_its_client(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    token = (await service.sign_in("grace@x.y", client_id="swagger")).json()["refresh_token"]

    assert (400, "invalid_grant") == error_of(await refresh(service, token))
    assert 200 == (await refresh(service, token, client_id="swagger")).status_code


async def test_an_idle_session_ends(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    token = (await service.sign_in("grace@x.y")).json()["refresh_token"]
    service.clock.pass_by(timedelta(days=14))

    assert (400, "invalid_grant") == error_of(await refresh(service, token))


async def test_giving_a_token_back_signs_out(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    token = (await service.sign_in("grace@x.y")).json()["refresh_token"]

    answers = [
        await service.http.post("/v1/auth/revoke", data={"token": given, "token_type_hint": "refresh_token"})
        for given in (token, token, "unknown")
    ]

    assert [(200, b"")] * 3 == [(answer.status_code, answer.content) for answer in answers]
    assert (400, "invalid_grant") == error_of(await refresh(service, token))


async def test_giving_back_needs_a_token_and_a_client_that_is_who_it_says(service: Service) -> None:
    nothing = await service.http.post("/v1/auth/revoke", data={})
    stranger = await service.http.post("/v1/auth/revoke", data={"token": "x", "client_id": "nobody"})

    assert (400, "invalid_request") == error_of(nothing)
    assert (401, "invalid_client") == error_of(stranger)
