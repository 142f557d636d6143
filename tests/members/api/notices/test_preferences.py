"""What members want to be told, over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from members_service.adapters.notices.unsubscribe_tokens import UnsubscribeTokens
from members_service.domain.identity.roles import Role
from members_service.domain.notices.kinds import NoticeKind
from tests.members.api.conftest import Service

ME = "/v1/members/me/notice-preferences"


def own(service: Service, member: dict[str, Any]) -> str:
    return service.token(Role.MEMBER, member_id=member["member_id"])


async def test_a_member_chooses_language_ways_and_kinds(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.enrol()
    token = own(service, ada)
    before = await service.get(ME, token=token)
    assert before.json()["ways"] is None
    assert before.json()["kinds"]["due_soon"] is True
    assert (before.json()["chosen"], before.json()["version"]) == (False, 0)

    change = {"language": "ar", "ways": ["push", "mail"], "kinds": {"due_soon": False, "receipt": ["mail"]}}
    assert (await service.request("PATCH", ME, change, token=token)).status_code == 428
    changed = await service.request("PATCH", ME, change, token=token, If_Match=before.headers["etag"])
    assert changed.status_code == 200, changed.text
    assert changed.json()["kinds"]["due_soon"] is False
    assert changed.json()["kinds"]["receipt"] == ["mail"]
    assert changed.headers["etag"] != before.headers["etag"]
    assert (await service.get(f"/v1/members/{ada['member_id']}")).json()["language"] == "ar"
    stale = await service.request("PATCH", ME, {"ways": None}, token=token, If_Match=before.headers["etag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "out-of-date")
    back = await service.request(
        "PATCH", ME, {"ways": None, "kinds": {"due_soon": None}}, token=token, If_Match=changed.headers["etag"]
    )
    assert (back.json()["ways"], back.json()["kinds"]["due_soon"]) == (None, True)
    assert back.json()["kinds"]["receipt"] == ["mail"]


async def test_what_one_has_to_know_cannot_be_declined_notice_not_optional(service: Service) -> None:
    token = own(service, await service.enrol())
    answer = await service.request("PATCH", ME, {"kinds": {"overdue": False}}, token=token, If_Match="*")
    assert (answer.status_code, answer.json()["code"]) == (422, "notice-not-optional")
    refused: list[dict[str, Any]] = [
        {"ways": []},
        {"ways": ["pigeon"]},
        {"kinds": {"nonsense": False}},
        {"language": "x"},
    ]
    for wrong in refused:
        assert (await service.request("PATCH", ME, wrong, token=token, If_Match="*")).status_code == 422


async def test_staff_look_and_note_and_nobody_else_sees(service: Service) -> None:
    ada, ben = await service.enrol(), await service.enrol()
    path = f"/v1/members/{ada['member_id']}/notice-preferences"
    desk = service.token(Role.LIBRARIAN)
    assert (await service.get(path, token=desk)).status_code == 200
    noted = await service.request("PATCH", path, {"ways": ["letter"]}, token=desk, If_Match="*")
    assert noted.json()["ways"] == ["letter"]
    assert (await service.get(path, token=own(service, ada))).json()["ways"] == ["letter"]
    assert (await service.get(path, token=own(service, ben))).status_code == 404
    assert (await service.request("PATCH", path, {}, token=own(service, ben), If_Match="*")).status_code == 403


async def test_defaults_reach_those_who_are_members_only_by_an_act_that_counts_them(service: Service) -> None:
    old, chose = await service.enrol(), await service.enrol()
    await service.request("PATCH", ME, {"ways": ["letter"]}, token=own(service, chose), If_Match="*")
    service.clock.pass_by(timedelta(seconds=1))
    path = "/v1/notice-defaults/adult"
    assert (await service.get(path)).json()["code"] == "notice-defaults-not-found"
    made = await service.request("PUT", path, {"ways": ["push"], "kinds": {"receipt": False}})
    assert (made.status_code, made.json()["applied_at"]) == (201, None)
    assert (await service.get(ME, token=own(service, old))).json()["ways"] is None

    counted = (await service.request("POST", f"{path}/apply", {"dry_run": True})).json()
    assert counted["members"] >= 1
    assert (await service.get(path)).json()["applied_at"] is None
    applied = (await service.request("POST", f"{path}/apply", {})).json()
    assert applied == {**counted, "dry_run": False}
    assert (await service.get(ME, token=own(service, old))).json()["ways"] == ["push"]
    assert (await service.get(ME, token=own(service, chose))).json()["ways"] == ["letter"]
    assert (await service.request("POST", f"{path}/apply", {})).json()["members"] == 0
    unknown = await service.request("PUT", "/v1/notice-defaults/nonsense", {"ways": ["push"]})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown-category")


async def tokenless(service: Service, method: str, token: str, **headers: str) -> httpx.Response:
    sent = {"content-type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    content = "List-Unsubscribe=One-Click" if method == "POST" else None
    return await service.http.request(
        method, f"/v1/unsubscribe?token={token}", content=content, headers={**sent, **headers}
    )


async def test_scanners_that_open_the_link_change_nothing_and_one_click_ends_the_kind(service: Service) -> None:
    ada = await service.enrol()
    token = UnsubscribeTokens(lambda: service.data_keys.secret("unsubscribe")).token_for(
        UUID(ada["member_id"]), [NoticeKind.DUE_SOON]
    )
    for _ in range(1000):
        page = await tokenless(service, "GET", token, **{"accept-language": "de"})
        assert page.status_code == 200
    assert '<html lang="de" dir="ltr">' in page.text
    assert "<script" not in page.text
    assert "ada" not in page.text.lower()
    assert (await service.get(ME, token=own(service, ada))).json()["version"] == 0

    answers = [await tokenless(service, "POST", token) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].text == answers[1].text
    after = (await service.get(ME, token=own(service, ada))).json()
    assert (after["kinds"]["due_soon"], after["kinds"]["due_today"], after["version"]) == (False, True, 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_token_that_nobody_signed_is_refused_invalid_unsubscribe_token(service: Service, method: str) -> None:
    answer = await tokenless(service, method, "nonsense", accept="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-unsubscribe-token")
    if method == "GET":
        page = await tokenless(service, method, "nonsense", accept="text/html")
        assert (page.status_code, page.headers["content-type"]) == (422, "text/html; charset=utf-8")


async def test_the_page_is_in_every_language_and_arabic_from_right_to_left(service: Service) -> None:
    tokens = UnsubscribeTokens(lambda: service.data_keys.secret("unsubscribe"))
    for kind in (kind for kind in NoticeKind if kind.notice_class == "courtesy"):
        token = tokens.token_for(UUID(int=1), [kind])
        for language in ("en", "de", "fr", "es", "ar"):
            page = await tokenless(service, "GET", token, **{"accept-language": language})
            assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page.text
    assert (await tokenless(service, "POST", token)).status_code == 200  # nobody has this id, and nobody learns that
