"""The sessions that go on: everybody sees and ends the own ones, an admin anybody's."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from members_service.domain.identity.roles import Role
from members_service.domain.identity.session import IDLE_FOR_AT_MOST, MOST_SESSIONS
from shared.web.cursors import Cursors
from tests.answers import error_of, problem_of
from tests.members.api.conftest import Service
from tests.members.api.identity.oauth.test_tokens import claims_of

AT = "/v1/auth/sessions"


async def signed_in(service: Service, username: str = "grace@x.y") -> dict[str, Any]:
    answer = await service.sign_in(username)
    assert 200 == answer.status_code, answer.text
    issued: dict[str, Any] = answer.json()
    return issued | {"sid": claims_of(issued["access_token"])["sid"]}


async def listed(service: Service, token: str, query: str = "") -> list[dict[str, Any]]:
    answer = await service.get(f"{AT}{query}", token=token)
    assert 200 == answer.status_code, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def refresh(service: Service, issued: dict[str, Any]) -> Any:
    return await service.ask_for_token(grant_type="refresh_token", refresh_token=issued["refresh_token"])


async def test_somebody_sees_both_sign_ins_and_ends_the_other_one(service_on_either: Service) -> None:
    service = service_on_either
    account_id = await service.open_account("grace@x.y", Role.LIBRARIAN)
    lost, here = await signed_in(service), await signed_in(service)
    before = service.clock.now()
    service.clock.pass_by(timedelta(minutes=1))
    assert 200 == (await refresh(service, here)).status_code

    shown = {one["session_id"]: one for one in await listed(service, lost["access_token"])}
    assert {lost["sid"]: True, here["sid"]: False} == {sid: one["current"] for sid, one in shown.items()}
    began, now = before.isoformat().replace("+00:00", "Z"), service.clock.now().isoformat().replace("+00:00", "Z")
    assert {"session_id": lost["sid"], "client_id": "library", "created_at": began, "last_used_at": began,
            "current": True} == shown[lost["sid"]]  # fmt: skip
    assert (began, now) == (shown[here["sid"]]["created_at"], shown[here["sid"]]["last_used_at"])

    ended = await service.request("DELETE", f"{AT}/{lost['sid']}", token=here["access_token"])

    assert (204, b"") == (ended.status_code, ended.content)
    assert 401 == (await service.get("/v1/members", token=lost["access_token"])).status_code
    assert (400, "invalid_grant") == error_of(await refresh(service, lost))
    assert lost["sid"] in [one["sid"] for one in (await service.http.get("/v1/auth/revocations")).json()["items"]]
    assert [here["sid"]] == [one["session_id"] for one in await listed(service, here["access_token"])]
    (record,) = (await service.get("/v1/audit?deed=session-ended")).json()["items"]
    assert (str(account_id), str(account_id), {"session_id": lost["sid"]}) == (
        record["by"], record["account_id"], record["facts"],
    )  # fmt: skip


async def test_an_admin_sees_and_ends_a_librarian_s(grace: Service) -> None:
    admin = grace.token(Role.ADMIN, subject=UUID(int=7))
    issued = await signed_in(grace)
    account_id = (await grace.get("/v1/accounts")).json()["items"][0]["account_id"]

    (theirs,) = await listed(grace, admin, f"?account_id={account_id}")
    ended = await grace.request("DELETE", f"{AT}/{theirs['session_id']}", token=admin)

    assert (issued["sid"], False, 204) == (theirs["session_id"], theirs["current"], ended.status_code)
    assert 401 == (await grace.get("/v1/members", token=issued["access_token"])).status_code
    assert (400, "invalid_grant") == error_of(await refresh(grace, issued))
    (record,) = (await grace.get("/v1/audit?deed=session-ended")).json()["items"]
    assert (str(UUID(int=7)), account_id) == (record["by"], record["account_id"])


async def test_nobody_else_s_session_is_seen_or_ended(grace: Service) -> None:
    await grace.open_account("kim@x.y", Role.LIBRARIAN)
    kims, own = await signed_in(grace, "kim@x.y"), await signed_in(grace)
    account_of_kim = claims_of(kims["access_token"])["sub"]
    account_of_grace = claims_of(own["access_token"])["sub"]

    asked = await grace.get(f"{AT}?account_id={account_of_kim}", token=own["access_token"])
    foreign = await grace.request("DELETE", f"{AT}/{kims['sid']}", token=own["access_token"])
    unknown = await grace.request("DELETE", f"{AT}/{'x' * 22}", token=own["access_token"])

    assert (403, "forbidden") == (asked.status_code, problem_of(asked)["code"])
    for answer in (foreign, unknown):
        assert (404, "session-not-found") == (answer.status_code, problem_of(answer)["code"])
    assert [own["sid"]] == [one["session_id"] for one in await listed(grace, own["access_token"])]
    assert [own["sid"]] == [
        one["session_id"] for one in await listed(grace, own["access_token"], f"?account_id={account_of_grace}")
    ]
    assert 200 == (await grace.get("/v1/members", token=kims["access_token"])).status_code


async def test_what_has_ended_is_not_listed_and_cannot_be_ended_again(grace: Service) -> None:
    idle, given_back, last = await signed_in(grace), await signed_in(grace), None
    await grace.http.post("/v1/auth/revoke", data={"token": given_back["refresh_token"]})
    grace.clock.pass_by(IDLE_FOR_AT_MOST)
    last = await signed_in(grace)
    admin = grace.token(Role.ADMIN)
    account_id = claims_of(last["access_token"])["sub"]

    assert [last["sid"]] == [one["session_id"] for one in await listed(grace, admin, f"?account_id={account_id}")]
    for over in (idle, given_back):
        assert 404 == (await grace.request("DELETE", f"{AT}/{over['sid']}", token=admin)).status_code


async def test_the_list_comes_page_by_page_newest_first(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    began = [await signed_in(service) for _ in range(3)]
    service.clock.pass_by(timedelta(seconds=1))
    began.append(await signed_in(service))
    token, found, query = began[0]["access_token"], [], "?limit=1"

    for _ in began:
        page = (await service.get(f"{AT}{query}", token=token)).json()
        found += [one["session_id"] for one in page["items"]]
        query = f"?limit=1&cursor={page['next_cursor']}"

    assert page["next_cursor"] is None
    assert (began[3]["sid"], {one["sid"] for one in began}) == (found[0], set(found))
    assert 4 == len(found)


async def test_the_id_of_a_session_opens_and_ends_nothing(grace: Service) -> None:
    issued = await signed_in(grace)
    (shown,) = await listed(grace, issued["access_token"])
    assert shown["session_id"] not in issued["refresh_token"]

    for text in (shown["session_id"], f"{shown['session_id']}.x"):
        await grace.http.post("/v1/auth/revoke", data={"token": text})
        answer = await grace.ask_for_token(grant_type="refresh_token", refresh_token=text)
        assert (400, "invalid_grant") == error_of(answer)
        assert 401 == (await grace.get("/v1/members", token=text)).status_code

    assert 200 == (await grace.get("/v1/members", token=issued["access_token"])).status_code
    assert 200 == (await refresh(grace, issued)).status_code


@pytest.mark.parametrize(
    "place",
    [("2026-01-01T00:00:00", "x"), ("0001-01-01T00:00:00Z", "x"), ("2026-01-01T00:00:00Z", "\0"),
     ("2026-01-01T00:00:00Z", "x" * 99), ("2026-01-01T00:00:00Z",), ("x", "x")],
    ids=repr,
)  # fmt: skip
async def test_a_forged_place_is_refused(service_on_either: Service, place: tuple[str, ...]) -> None:
    cursors = Cursors(AT)
    answer = await service_on_either.get(f"{AT}?cursor={cursors.write(place)}")

    assert (422, "invalid-cursor") == (answer.status_code, problem_of(answer)["code"])


@pytest.mark.parametrize("session_id", ["%00", "x" * 44, "a.b", "%C3%A9", "a b"])
async def test_what_cannot_be_an_id_is_refused(service: Service, session_id: str) -> None:
    assert 422 == (await service.request("DELETE", f"{AT}/{session_id}")).status_code


async def test_a_service_has_no_sessions_to_see(service: Service) -> None:
    for method, path in (("GET", AT), ("DELETE", f"{AT}/x")):
        assert 403 == (await service.request(method, path, token=service.token_for("admin"))).status_code


async def test_an_export_names_sessions_as_their_owner_sees_them(service: Service) -> None:
    ada = await service.a_member_who_can_sign_in(email="ada@x.y")
    issued = await signed_in(service, "ada@x.y")

    export = (await service.get(f"/v1/members/{ada['member_id']}/export", token=issued["access_token"])).json()

    assert [issued["sid"]] == [one["session_id"] for one in export["sessions"]]


async def test_of_too_many_sessions_the_one_ends_that_was_used_least_lately(service_on_either: Service) -> None:
    service = service_on_either
    await service.a_member_who_can_sign_in(email="ada@x.y")
    first, second = [(await service.sign_in("ada@x.y")).json() for _ in range(2)]
    service.clock.pass_by(timedelta(minutes=1))
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    first = (await service.http.post("/v1/auth/token", data=form)).json()
    service.clock.pass_by(timedelta(minutes=1))
    for _ in range(MOST_SESSIONS - 1):
        await service.sign_in("ada@x.y")

    (account,) = (await service.get("/v1/accounts?email=ada@x.y")).json()["items"]
    listed = (await service.get(f"/v1/auth/sessions?limit=100&account_id={account['account_id']}")).json()["items"]
    answers = [
        await service.http.post("/v1/auth/token", data={"grant_type": "refresh_token", "refresh_token": one})
        for one in (first["refresh_token"], second["refresh_token"])
    ]

    assert MOST_SESSIONS == len(listed)
    assert [200, 400] == [answer.status_code for answer in answers]
