"""The id of a merged record stands for the one that stays, whatever is asked or done by it."""

from typing import Any

import pytest

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service


async def two_records_made_one(service: Service) -> tuple[str, str]:
    """Return the id of the record that is gone, and of the one that stays."""
    gone, stays = [(await service.enrol())["member_id"] for _ in range(2)]
    merged = await service.request("POST", f"/v1/members/{gone}/merge", {"into": stays})
    assert 200 == merged.status_code
    return gone, stays


@pytest.mark.parametrize("what", ["", "/history", "/blocks", "/export"])
async def test_what_is_shown_by_it_is_shown_of_the_record_that_stays(service_on_either: Service, what: str) -> None:
    service = service_on_either
    gone, stays = await two_records_made_one(service)

    by_old, by_new = [await service.get(f"/v1/members/{one}{what}") for one in (gone, stays)]

    assert 200 == by_old.status_code
    old, new = by_old.json(), by_new.json()
    for shown in (old, new):
        for changing in ("audit", "exported_at"):
            shown.pop(changing, None)
    assert new == old


@pytest.mark.parametrize(
    ("method", "what", "body"),
    [
        ("PATCH", "", {"phone": "1"}),
        ("POST", "/renew", {"expires_on": "2990-01-01"}),
        ("POST", "/cards", {}),
        ("POST", "/suspend", {"reason": "Singing."}),
        ("POST", "/blocks", {"action": "hold", "reason": "Singing."}),
        ("PUT", "/pin", {"pin": "4819"}),
        ("POST", "/password-reset", None),
        ("POST", "/erasure", None),
    ],
)
async def test_what_is_done_by_it_is_done_to_the_record_that_stays(
    service_on_either: Service, method: str, what: str, body: Any
) -> None:
    service = service_on_either
    gone, stays = await two_records_made_one(service)
    before = (await service.get(f"/v1/members/{stays}/history?limit=1")).json()["items"]

    done = await service.request(method, f"/v1/members/{gone}{what}", body, If_Match="*")

    after = (await service.get(f"/v1/members/{stays}/history?limit=1")).json()["items"]
    assert done.is_success, done.text
    assert stays in (done.headers.get("location", stays) + str(done.content and done.json().get("member_id", stays)))
    assert gone not in done.headers.get("location", "")
    assert what == "/password-reset" or before != after


async def test_members_read_their_history_by_it_and_nobody_else_does(service: Service) -> None:
    gone, stays = await two_records_made_one(service)
    own = service.token(Role.MEMBER, member_id=stays)
    others = service.token(Role.MEMBER, member_id=(await service.enrol())["member_id"])

    for what in ("history", "export"):
        assert 200 == (await service.get(f"/v1/members/{gone}/{what}", token=own)).status_code
        assert 404 == (await service.get(f"/v1/members/{gone}/{what}", token=others)).status_code


async def test_a_version_of_the_record_that_is_gone_changes_nothing(service: Service) -> None:
    gone, stays = [(await service.enrol())["member_id"] for _ in range(2)]
    seen = (await service.get(f"/v1/members/{gone}")).headers["etag"]
    await service.request("POST", f"/v1/members/{gone}/merge", {"into": stays})

    changed = await service.request("PATCH", f"/v1/members/{gone}", {"phone": "1"}, If_Match=seen)

    assert 412 == changed.status_code


async def test_accounts_guardians_and_further_mergers_named_by_it_are_of_the_record_that_stays(
    service_on_either: Service,
) -> None:
    service = service_on_either
    gone, stays = await two_records_made_one(service)
    third = (await service.enrol(guardians=[{"member_id": gone, "may": ["see"]}]))["member_id"]
    account = {"email": "ada@accounts.example", "roles": ["member"], "member_id": gone}

    opened = await service.request("POST", "/v1/accounts", account)
    at = f"/v1/members/{third}/guardians/{gone}"
    guardian = await service.get(at, token=service.token_for("members:standing"))
    itself = await service.request("POST", f"/v1/members/{gone}/merge", {"into": stays})
    merged = await service.request("POST", f"/v1/members/{gone}/merge", {"into": third})

    assert (201, stays) == (opened.status_code, opened.json()["member_id"])
    assert (200, stays) == (guardian.status_code, guardian.json()["member_id"])
    assert (422, "same-member") == (itself.status_code, problem_of(itself)["code"])
    assert (200, third) == (merged.status_code, merged.json()["member_id"])
    for one in (gone, stays):
        assert third == (await service.get(f"/v1/members/{one}")).json()["member_id"]
