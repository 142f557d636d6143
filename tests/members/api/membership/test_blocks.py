from typing import Any

import pytest

from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.members.register import Register


async def standing_of(service: Service, member: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await service.standing(member_id=member["member_id"])).json()
    return found


async def test_a_member_is_suspended_and_reinstated(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.enrol()
    path = f"/v1/members/{ada['member_id']}"

    suspended = await service.request("POST", f"{path}/suspend", {"reason": "Shouting.", "until": service.day(3)})
    during = await standing_of(service, ada)
    reinstated = await service.request("POST", f"{path}/reinstate")
    after = await standing_of(service, ada)

    assert (200, "suspended") == (suspended.status_code, suspended.json()["status"])
    assert {"reason": "Shouting.", "until": service.day(3)} == suspended.json()["suspension"]
    assert (False, ["member-suspended"]) == (during["may_borrow"], [each["code"] for each in during["refusals"]])
    assert "Shouting" not in str(during)
    assert (200, "active", None) == (
        reinstated.status_code,
        reinstated.json()["status"],
        reinstated.json()["suspension"],
    )
    assert (True, []) == (after["may_borrow"], after["refusals"])
    assert len({answer.headers["etag"] for answer in (suspended, reinstated)}) == 2


async def test_suspensions_are_told_to_everybody_who_listens(service: Service) -> None:
    ada = await service.enrol()

    await service.request("POST", f"/v1/members/{ada['member_id']}/suspend", {"reason": "Shouting."})
    await service.request("POST", f"/v1/members/{ada['member_id']}/reinstate")

    events = await Register(service.database, service.data_keys).events()
    assert ["joined", "suspended", "reinstated"] == [type_.rpartition(".")[2] for type_, _, _ in events]
    assert {ada["member_id"]} == {subject for _, subject, _ in events}
    assert "Shouting" not in str(events)


async def test_blocks_are_placed_listed_and_lifted(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.enrol()
    path = f"/v1/members/{ada['member_id']}/blocks"

    placed = [
        await service.request("POST", path, {"action": action, "reason": "Wet books."}) for action in ("hold", "renew")
    ]
    during = await standing_of(service, ada)
    first = await service.get(f"{path}?limit=1")
    second = await service.get(f"{path}?limit=1&cursor={first.json()['next_cursor']}")
    lifted = await service.request("DELETE", placed[0].headers["location"])
    again = await service.request("DELETE", placed[0].headers["location"])

    assert [201, 201] == [answer.status_code for answer in placed]
    assert f"{path}/{placed[0].json()['block_id']}" == placed[0].headers["location"]
    assert (True, False, False) == (during["may_borrow"], during["may_renew"], during["may_hold"])
    assert [[placed[0].json()], [placed[1].json()]] == [first.json()["items"], second.json()["items"]]
    assert second.json()["next_cursor"] is None
    assert (204, b"") == (lifted.status_code, lifted.content)
    assert (404, "block-not-found") == (again.status_code, problem_of(again)["code"])
    assert (False, True) == (
        (await standing_of(service, ada))["may_renew"],
        (await standing_of(service, ada))["may_hold"],
    )


async def test_a_block_may_count_in_one_branch_and_standing_says_in_which(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.enrol()
    path = f"/v1/members/{ada['member_id']}/blocks"

    placed = await service.request("POST", path, {"action": "borrow", "reason": "Wet books.", "branch": "main"})
    fetching = await service.request(
        "POST", path, {"action": "collect", "reason": "Ask her in.", "until": service.day(1)}
    )
    standing = await standing_of(service, ada)
    listed = (await service.get(path)).json()["items"]

    assert [(201, "MAIN"), (201, None)] == [(each.status_code, each.json()["branch"]) for each in (placed, fetching)]
    assert listed == [placed.json(), fetching.json()]
    assert [(["borrow"], "MAIN"), (["collect"], None)] == [
        (each["actions"], each.get("branch")) for each in standing["refusals"]
    ]
    assert standing["may_borrow"]


async def test_the_block_of_somebody_else_is_not_lifted(service: Service) -> None:
    ada, kim = await service.enrol(), await service.enrol()
    body = {"action": "hold", "reason": "Wet books."}
    block = (await service.request("POST", f"/v1/members/{ada['member_id']}/blocks", body)).json()["block_id"]

    answer = await service.request("DELETE", f"/v1/members/{kim['member_id']}/blocks/{block}")

    assert (404, "block-not-found") == (answer.status_code, problem_of(answer)["code"])
    assert not (await standing_of(service, ada))["may_hold"]


async def test_a_stop_repeated_with_the_same_key_is_one(service: Service) -> None:
    path = f"/v1/members/{(await service.enrol())['member_id']}/blocks"
    token = service.token_for("members:write", "members:read")
    body = {"action": "hold", "reason": "Wet books."}

    answers = [await service.request("POST", path, body, token=token, Idempotency_Key="k") for _ in range(3)]

    assert 1 == len({answer.json()["block_id"] for answer in answers})
    assert 1 == len((await service.get(path, token=token)).json()["items"])


@pytest.mark.parametrize(
    ("route", "body"),
    [("suspend", {"reason": "Shouting."}), ("blocks", {"action": "hold", "reason": "Wet books."})],
)
async def test_a_stop_says_why_and_ends_on_a_day(service: Service, route: str, body: dict[str, str]) -> None:
    path = f"/v1/members/{(await service.enrol())['member_id']}/{route}"

    silent = await service.request("POST", path, body | {"reason": " "})
    strange = await service.request("POST", path, body | {"until": "2030-01-01T00:00:00Z"})

    assert [422, 422] == [silent.status_code, strange.status_code]


async def test_a_block_of_one_branch_is_placed_and_lifted_by_who_blocks_there(service: Service) -> None:
    ada = await service.enrol()
    path = f"/v1/members/{ada['member_id']}/blocks"
    lead = await service.open_account("lead@x.y", "member")
    await service.request("PUT", f"/v1/accounts/{lead}/grants/circulation-lead", {"branches": ["EAST"]})
    east = (await service.sign_in("lead@x.y")).json()["access_token"]
    wet = {"action": "borrow", "reason": "Wet books."}

    in_main = (await service.request("POST", path, wet | {"branch": "MAIN"})).json()["block_id"]
    answers = [
        await service.request("POST", path, wet | {"branch": "main"}, token=east),
        await service.request("DELETE", f"{path}/{in_main}", token=east),
    ]
    in_east = await service.request("POST", path, wet | {"branch": "EAST"}, token=east)
    in_all = await service.request("POST", path, wet, token=east)
    lifted = [
        await service.request("DELETE", f"{path}/{one.json()['block_id']}", token=east) for one in (in_east, in_all)
    ]

    told = [problem_of(answer) for answer in answers]
    assert [("right-missing", "block_members", "MAIN")] * 2 == [
        (one["code"], one["right"], one["branch"].upper()) for one in told
    ]
    assert [201, 201, 204, 204] == [one.status_code for one in (in_east, in_all, *lifted)]
    assert in_main in {one["block_id"] for one in (await service.get(path)).json()["items"]}
