"""People apply for a membership online, confirm their address, and are made members at the desk."""

from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select

from members_service.domain.identity.roles import Role
from members_service.persistence.membership.tables import applications
from tests.answers import problem_of
from tests.members.api.conftest import Service

EVE: dict[str, Any] = {
    "category": "adult",
    "email": "Eve@x.y",
    "given_name": "Eve",
    "family_name": "Hale",
    "address": {"street": "1 Elm Row", "city": "Bath"},
    "date_of_birth": "1990-05-17",
}


async def let_apply(service: Service) -> None:
    items = (await service.get("/v1/categories")).json()["items"]
    items[0] |= {"applications": True}
    assert 200 == (await service.request("PUT", "/v1/categories", {"items": items}, if_match="*")).status_code


async def apply(service: Service, **facts: Any) -> httpx.Response:
    website = service.token_for("members:recover")
    return await service.request("POST", "/v1/applications", EVE | facts, token=website)


async def confirm(service: Service, applied: httpx.Response) -> httpx.Response:
    sent = {"confirmation_token": applied.json()["confirmation_token"]}
    return await service.request("POST", "/v1/applications/confirm", sent, token="")


async def listed(service: Service, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await service.get(f"/v1/applications{query}")).json()["items"]
    return items


async def test_who_applies_and_confirms_the_address_is_made_a_member_at_the_desk(service_on_either: Service) -> None:
    service = service_on_either
    await let_apply(service)

    applied = await apply(service)
    path = f"/v1/applications/{applied.json()['application_id']}"
    early = await service.request("POST", f"{path}/accept")
    (waiting,) = await listed(service, "?confirmed=false")
    confirmed, again = await confirm(service, applied), await confirm(service, applied)
    ready = await listed(service, "?confirmed=true")
    once: dict[str, Any] = {"token": service.token(Role.LIBRARIAN), "Idempotency_Key": "k"}
    accepted = await service.request("POST", f"{path}/accept", {"card_number": "NEW1"}, **once)
    twice = await service.request("POST", f"{path}/accept", {"card_number": "NEW1"}, **once)
    gone = await service.request("POST", f"{path}/accept", {"card_number": "NEW2"})

    assert (201, 409, "application-not-confirmed") == (
        applied.status_code, early.status_code, problem_of(early)["code"]
    )  # fmt: skip
    applicant = waiting["applicant"]
    assert ("Eve", "1 Elm Row", None) == (
        applicant["given_name"],
        applicant["address"]["street"],
        waiting["confirmed_at"],
    )
    assert (200, confirmed.json()) == (confirmed.status_code, again.json())
    assert [applied.json()["application_id"]] == [each["application_id"] for each in ready]
    member = accepted.json()
    assert (201, "Eve Hale", "NEW1", "1990-05-17") == (
        accepted.status_code, member["name"], member["card_number"], member["date_of_birth"]
    )  # fmt: skip
    assert (True, twice.json()) == (member["activation_token"] is not None, member)
    assert (404, "application-not-found", []) == (gone.status_code, problem_of(gone)["code"], await listed(service))


async def test_nobody_applies_for_what_is_had_at_the_desk(service: Service) -> None:
    off = await apply(service)
    await let_apply(service)
    by_desk = await service.request("POST", "/v1/applications", EVE, token=service.token(Role.LIBRARIAN))
    by_nobody = await service.request("POST", "/v1/applications", EVE, token="")
    nameless = await apply(service, given_name=None, family_name=None)

    assert (403, "applications-off") == (off.status_code, problem_of(off)["code"])
    assert [403, 401, 422] == [answer.status_code for answer in (by_desk, by_nobody, nameless)]


async def test_what_is_not_confirmed_is_forgotten_and_so_is_what_nobody_decides_on(service_on_either: Service) -> None:
    service = service_on_either
    await let_apply(service)
    first, second = await apply(service), await apply(service, email="ann@x.y")
    await confirm(service, second)

    service.clock.pass_by(timedelta(days=2, seconds=1))
    late = await confirm(service, first)
    left = [each["application_id"] for each in await listed(service)]
    service.clock.pass_by(timedelta(days=60))
    await apply(service, email="may@x.y")
    rows = await service.database.rows(select(applications))

    assert (422, "confirmation-token-invalid") == (late.status_code, problem_of(late)["code"])
    assert ([second.json()["application_id"]], 1) == (left, len(rows))


async def test_no_script_has_strangers_written_to_without_end(service: Service) -> None:
    await let_apply(service)
    here, there = {"end_user_address": "192.0.2.1"}, {"end_user_address": "198.51.100.1"}

    answers = [await apply(service, email=f"stranger{number}@x.y", **here) for number in range(11)]
    elsewhere = await apply(service, email="ann@x.y", **there)
    service.clock.pass_by(timedelta(minutes=6))
    later = await apply(service, email="may@x.y", **here)

    assert [201] * 10 == [answer.status_code for answer in answers[:-1]]
    assert (429, "too-many-attempts", "360") == (
        answers[-1].status_code, problem_of(answers[-1])["code"], answers[-1].headers["Retry-After"]
    )  # fmt: skip
    assert [201, 201] == [elsewhere.status_code, later.status_code]
    assert 12 == len(await listed(service))


async def test_nobody_is_written_to_many_times_wherever_it_is_asked_for(service: Service) -> None:
    await let_apply(service)

    answers = [await apply(service, end_user_address=f"192.0.{number}.1") for number in range(4)]

    assert [201, 201, 201, 429] == [answer.status_code for answer in answers]


async def test_an_application_is_sealed_and_can_be_forgotten(service: Service) -> None:
    await let_apply(service)
    applied = await apply(service)
    (row,) = await service.database.rows(select(applications))
    path = f"/v1/applications/{applied.json()['application_id']}"

    rejected, again = [await service.request("DELETE", path) for _ in range(2)]

    assert not any(word in row.applicant for word in ("Hale", "Elm", "1990", "x.y"))
    assert [204, 404] == [rejected.status_code, again.status_code]
