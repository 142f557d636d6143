from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service


async def test_two_records_of_one_person_are_found_and_made_one(service_on_either: Service) -> None:
    service = service_on_either
    once = {"name": "Ada Lovelace", "email": None, "date_of_birth": "1980-12-10"}
    old = await service.enrol(**once, card_number="OLD", phone="+44 20")
    new = await service.enrol(**once, card_number="NEW")
    desk = service.token(Role.LIBRARIAN)

    [group] = (await service.get("/v1/members/duplicates", token=desk)).json()["items"]
    at = f"/v1/members/{old['member_id']}/merge"
    merged = await service.request("POST", at, {"into": new["member_id"]}, token=desk, Idempotency_Key="k")
    again = await service.request("POST", at, {"into": new["member_id"]}, token=desk, Idempotency_Key="k")

    assert ("date-of-birth", [old["member_id"], new["member_id"]]) == (
        group["because"],
        [one["member_id"] for one in group["members"]],
    )
    assert (200, "+44 20", "NEW") == (merged.status_code, merged.json()["phone"], merged.json()["card_number"])
    assert (merged.json(), "true") == (again.json(), again.headers["idempotency-replayed"])
    assert new["member_id"] == (await service.standing(card_number="OLD")).json()["member_id"]
    assert [] == (await service.get("/v1/members/duplicates", token=desk)).json()["items"]


async def test_groups_come_page_by_page(service: Service) -> None:
    for name in ("Ada Lovelace", "Mary Somerville", "Grace Hopper") * 2:
        await service.enrol(name=name, email=None, date_of_birth="1980-12-10")

    first = (await service.get("/v1/members/duplicates?limit=2")).json()
    second = (await service.get(f"/v1/members/duplicates?limit=2&cursor={first['next_cursor']}")).json()

    names = [group["members"][0]["name"] for group in first["items"] + second["items"]]
    assert (3, {"Ada Lovelace", "Mary Somerville", "Grace Hopper"}, None) == (
        len(names),
        set(names),
        second["next_cursor"],
    )


async def test_the_desk_gets_hold_of_no_account_of_staff_by_a_merge(service: Service) -> None:
    boss, mine = [(await service.enrol())["member_id"] for _ in range(2)]
    body = {"email": "boss@x.y", "roles": ["admin"], "member_id": boss}
    assert 201 == (await service.request("POST", "/v1/accounts", body)).status_code
    at = f"/v1/members/{boss}/merge"

    by_desk = await service.request("POST", at, {"into": mine}, token=service.token(Role.LIBRARIAN))
    by_admin = await service.request("POST", at, {"into": mine})

    assert (403, "merge-needs-admin") == (by_desk.status_code, problem_of(by_desk)["code"])
    assert 200 == by_admin.status_code
