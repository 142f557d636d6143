"""Access tokens that are void before they expire: at once here, and on a list for the other services."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from members_service.domain.identity.roles import Role
from members_service.persistence.identity.attempts import forget_what_is_over
from tests.answers import problem_of
from tests.members.api.conftest import LOANS_SECRET, Service
from tests.members.api.identity.oauth.test_tokens import claims_of
from tests.members.makers import PASSWORD

NEW_PASSWORD = "eight-loud-badgers-sing"


async def signed_in(service: Service, **form: str) -> dict[str, Any]:
    answer = await service.sign_in("grace@x.y", **form)
    assert 200 == answer.status_code, answer.text
    issued: dict[str, Any] = answer.json()
    return issued


async def revoked(service: Service, **query: Any) -> list[str]:
    answer = await service.http.get("/v1/auth/revocations", params=query)
    assert 200 == answer.status_code, answer.text
    return [item["sid"] for item in answer.json()["items"]]


async def works(service: Service, issued: dict[str, Any]) -> bool:
    answer = await service.get("/v1/members", token=issued["access_token"])
    if answer.status_code == 401:
        assert "invalid-token" == problem_of(answer)["code"]
    return answer.status_code == 200


async def give_back(service: Service, token: str, **form: str) -> httpx.Response:
    return await service.http.post("/v1/auth/revoke", data={"token": token} | form)


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
async def test_giving_either_token_back_ends_the_session_at_once(service_on_either: Service, kind: str) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    issued, other = await signed_in(service), await signed_in(service)

    assert 200 == (await give_back(service, issued[kind], token_type_hint=kind)).status_code

    assert (False, True) == (await works(service, issued), await works(service, other))
    assert [claims_of(issued["access_token"])["sid"]] == await revoked(service)
    again = await service.ask_for_token(grant_type="refresh_token", refresh_token=issued["refresh_token"])
    assert 400 == again.status_code


async def test_another_client_cannot_give_a_token_back(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    issued = await signed_in(service)

    for token in (issued["access_token"], issued["refresh_token"]):
        assert 200 == (await give_back(service, token, client_id="swagger")).status_code

    assert await works(service, issued)
    assert [] == await revoked(service)


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
async def test_an_app_signs_out_with_nothing_but_its_token(service: Service, kind: str) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    issued = await signed_in(service, client_id="swagger")

    assert 200 == (await give_back(service, issued[kind])).status_code

    assert not await works(service, issued)


async def test_the_token_of_a_service_is_no_session_to_end(service: Service) -> None:
    loans = {"client_id": "loans", "client_secret": LOANS_SECRET}
    token = (await service.ask_for_token(basic=None, grant_type="client_credentials", **loans)).json()["access_token"]

    assert 200 == (await give_back(service, token, **loans)).status_code
    assert 404 == (await service.get("/v1/members/standing?card_number=1", token=token)).status_code


async def test_a_stolen_refresh_token_takes_the_access_tokens_with_it(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    issued = await signed_in(service)
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    newer = (await service.ask_for_token(basic=None, **form)).json()
    service.clock.pass_by(timedelta(seconds=10))

    assert 400 == (await service.ask_for_token(basic=None, **form)).status_code

    assert (False, False) == (await works(service, issued), await works(service, newer))


async def test_a_new_password_voids_what_was_issued_before(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    issued, other = await signed_in(service), await signed_in(service)

    changed = await service.request(
        "PUT",
        "/v1/accounts/me/password",
        {"current_password": PASSWORD, "password": NEW_PASSWORD},
        token=issued["access_token"],
    )

    assert 204 == changed.status_code
    assert (False, False) == (await works(service, issued), await works(service, other))
    assert await works(service, (await service.sign_in("grace@x.y", NEW_PASSWORD)).json())
    assert {claims_of(each["access_token"])["sid"] for each in (issued, other)} == set(await revoked(service))


async def patch(service: Service, account: object, body: dict[str, object]) -> None:
    tag = (await service.get(f"/v1/accounts/{account}")).headers["etag"]
    answer = await service.request("PATCH", f"/v1/accounts/{account}", body, If_Match=tag)
    assert 200 == answer.status_code, answer.text


async def test_a_disabled_account_is_out_at_once(service: Service) -> None:
    account = await service.open_account("grace@x.y", Role.LIBRARIAN)
    issued = await signed_in(service)

    await patch(service, account, {"disabled": True})

    assert not await works(service, issued)
    assert 1 == len(await revoked(service))


async def test_with_more_roles_every_session_ends_and_its_refresh_token_gets_none_of_them(
    service_on_either: Service,
) -> None:
    service = service_on_either
    account = await service.open_account("grace@x.y", Role.LIBRARIAN)
    issued = await signed_in(service)

    await patch(service, account, {"roles": ["librarian", "admin"]})

    assert not await works(service, issued)
    assert [claims_of(issued["access_token"])["sid"]] == await revoked(service)
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    assert 400 == (await service.ask_for_token(basic=None, **form)).status_code
    assert "admin" in (await signed_in(service))["scope"]


async def test_with_fewer_roles_the_session_goes_on_and_only_its_old_tokens_are_void(
    service_on_either: Service,
) -> None:
    service = service_on_either
    account = await service.open_account("grace@x.y", Role.LIBRARIAN, Role.ADMIN)
    await service.open_account("root@x.y", Role.ADMIN)
    issued = await signed_in(service)

    await patch(service, account, {"roles": ["librarian"]})

    assert not await works(service, issued)
    assert [claims_of(issued["access_token"])["sid"]] == await revoked(service)
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    newer = (await service.ask_for_token(basic=None, **form)).json()
    assert "admin" not in newer["scope"]
    assert await works(service, newer)


async def test_a_change_that_changes_no_role_voids_nothing(service: Service) -> None:
    account = await service.open_account("grace@x.y", Role.LIBRARIAN)
    issued = await signed_in(service)

    await patch(service, account, {"roles": ["librarian"]})

    assert await works(service, issued)


async def test_an_activation_ends_the_sessions_of_whoever_was_there_before(service: Service) -> None:
    ada = await service.enrol()
    assert [] == await revoked(service)
    body = {"activation_token": ada["activation_token"], "password": PASSWORD}
    assert 200 == (await service.request("POST", "/v1/auth/activate", body, token="")).status_code


async def test_the_list_is_read_page_by_page_and_from_a_moment(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    sids = []
    for _ in range(3):
        issued = await signed_in(service)
        sids.append(claims_of(issued["access_token"])["sid"])
        await give_back(service, issued["refresh_token"])
        service.clock.pass_by(timedelta(seconds=10))

    first = (await service.http.get("/v1/auth/revocations", params={"limit": 2})).json()
    rest = await revoked(service, limit=2, cursor=first["next_cursor"])
    since = (service.clock.now() - timedelta(seconds=20)).isoformat()

    assert sids == [*(item["sid"] for item in first["items"]), *rest]
    assert sids[1:] == await revoked(service, since=since)


async def test_the_list_tells_nothing_of_anybody(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    await give_back(service, (await signed_in(service))["refresh_token"])

    answer = await service.http.get("/v1/auth/revocations")

    [item] = answer.json()["items"]
    assert {"sid", "revoked_at"} == set(item)
    assert 22 == len(item["sid"])


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "since=yesterday", "cursor=x", "x=1", "limit=1&limit=2"])
async def test_a_strange_question_is_refused(service: Service, query: str) -> None:
    assert 422 == (await service.http.get(f"/v1/auth/revocations?{query}")).status_code


async def test_the_list_forgets_what_can_do_no_harm_any_more(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    await give_back(service, (await signed_in(service))["refresh_token"])

    for minutes, left in ((16, 1), (15, 0)):
        service.clock.pass_by(timedelta(minutes=minutes))
        async with service.database.begin() as transaction:
            await forget_what_is_over(transaction, now=service.clock.now())
            await transaction.commit()
        assert left == len(await revoked(service))
