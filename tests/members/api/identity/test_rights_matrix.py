"""The matrix of roles and grants as a file: out, in again, and what it would change."""

from typing import Any

import httpx

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service

MATRIX = "/v1/rights/matrix"
TOYS = {"name": "toys", "title": "Toys", "rights": ["lend", "see_members"]}


def grant(email: str, role: str, *branches: str) -> dict[str, Any]:
    return {"email": email, "role": role, "branches": list(branches) or None, "until": None}


async def take_in(service: Service, *grants: dict[str, Any], dry_run: bool = False, **more: Any) -> httpx.Response:
    body = {"roles": [TOYS], "grants": list(grants)} | more
    return await service.request("POST", f"{MATRIX}?dry_run={str(dry_run).lower()}", body)


async def test_what_was_taken_out_is_taken_in_again_and_changes_nothing(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.DESK)
    assert 200 == (await take_in(service, grant("grace@x.y", "toys", "EAST", "MAIN"))).status_code

    taken_out = await service.get(MATRIX)
    again = await service.request("POST", MATRIX, taken_out.json())

    assert [grant("grace@x.y", "toys", "EAST", "MAIN")] == taken_out.json()["grants"]
    assert {"desk", "toys", "admin"} < {role["name"] for role in taken_out.json()["roles"]}
    assert {"dry_run": False, "roles": [], "grants": []} == again.json()


async def test_a_dry_run_says_what_would_change_and_changes_nothing(service: Service) -> None:
    await service.open_account("grace@x.y", Role.DESK)
    before = (await service.get(MATRIX)).json()

    dry = await take_in(service, grant("grace@x.y", "toys", "EAST"), dry_run=True)
    between = (await service.get(MATRIX)).json()
    real = await take_in(service, grant("grace@x.y", "toys", "EAST"))

    assert before == between
    assert dry.json() | {"dry_run": False} == real.json()
    assert [{"name": "toys", "change": "made"}] == real.json()["roles"]
    assert [("desk", "revoked"), ("toys", "granted")] == [(one["role"], one["change"]) for one in real.json()["grants"]]


async def test_a_file_takes_no_more_than_could_be_done_by_hand_and_all_or_nothing(service: Service) -> None:
    await service.open_account("grace@x.y", Role.DESK)
    good = grant("grace@x.y", "toys", "EAST")
    late = good | {"until": "2020-01-01T00:00:00Z"}

    refused = {
        "unknown-account": await take_in(service, good, grant("nobody@x.y", "toys")),
        "granted-twice": await take_in(service, good, good),
        "unknown-branch": await take_in(service, grant("grace@x.y", "toys", "NOWHERE")),
        "unknown-role": await take_in(service, good | {"role": "none"}),
        "until-is-over": await take_in(service, late),
        "invalid-role": await take_in(service, good, roles=[TOYS | {"rights": ["fly"]}]),
        "role-stays": await take_in(service, good, roles=[TOYS | {"name": "admin"}]),
    }

    assert list(refused) == [_code(answer) for answer in refused.values()]
    assert [grant("grace@x.y", "desk")] == (await service.get(MATRIX)).json()["grants"]


async def test_what_is_wrong_in_a_file_is_told_by_its_row(service: Service) -> None:
    await service.open_account("grace@x.y", Role.DESK)
    good = grant("grace@x.y", "toys", "EAST")

    refused = {
        "/grants/1/email": await take_in(service, good, grant("nobody@x.y", "toys")),
        "/grants/1/role": await take_in(service, good, good),
        "/grants/1/branches": await take_in(service, good, grant("grace@x.y", "desk", "EAST", "NOWHERE")),
        "/grants/2/role": await take_in(service, good, grant("grace@x.y", "desk"), good | {"role": "none"}),
        "/grants/0/until": await take_in(service, good | {"until": "2020-01-01T00:00:00Z"}),
        "/roles/1/rights": await take_in(service, roles=[TOYS, TOYS | {"name": "birds", "rights": ["fly"]}]),
    }

    assert list(refused) == [problem_of(answer)["errors"][0]["pointer"] for answer in refused.values()]


def _code(answer: httpx.Response) -> str:
    problem = problem_of(answer)
    errors = problem.get("errors") or [problem]
    return str(errors[0]["code"])


async def test_a_file_leaves_somebody_who_administers_the_library(service: Service) -> None:
    await service.open_account("root@x.y", Role.ADMIN)
    await service.open_account("spare@x.y", Role.ADMIN)

    both = await take_in(service, grant("root@x.y", "toys"), grant("spare@x.y", "toys"))
    one = await take_in(service, grant("root@x.y", "toys"), grant("spare@x.y", "admin"))

    assert (409, "last-admin") == (both.status_code, both.json()["code"])
    assert 200 == one.status_code


async def test_nobody_gives_by_file_what_they_do_not_hold(service: Service) -> None:
    lead = await service.open_account("lead@x.y", Role.DESK)
    await service.open_account("grace@x.y", Role.DESK)
    token = service.token(Role.LIBRARIAN, subject=lead)

    answer = await service.request("POST", MATRIX, {"grants": [grant("grace@x.y", "admin")]}, token=token)

    assert 403 == answer.status_code
