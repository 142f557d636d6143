"""Members asks how things stand, just before it sends what is said of them."""

from shared.kernel.ids import new_id
from tests.loans.api.conftest import Service, a_token
from tests.loans.makers import ADA, EMMA_COPY, a_standing

MEMBERS = a_token(scope="loans:facts", client_id="members")


async def test_loans_holds_and_branches_are_shown_as_they_stand(service: Service) -> None:
    loan = (await service.check_out()).json()
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    hold = (await service.post("/v1/holds", {"copy_id": str(EMMA_COPY), "card_number": "KIM"})).json()
    nothing = str(new_id())

    asked = {"loans": [loan["loan_id"], nothing], "holds": [hold["hold_id"]], "fines": [nothing], "branches": ["MAIN"]}
    found = await service.post("/v1/circulation-facts", asked, token=MEMBERS)

    assert found.status_code == 200, found.text
    facts = found.json()
    stands = {"status": "open", "due_at": loan["due_at"], "owed": 0, "renewable": None}
    assert [{"loan_id": loan["loan_id"]} | stands] == facts["loans"]
    assert [(hold["hold_id"], "waiting", hold["pickup_branch"])] == [
        (one["hold_id"], one["status"], one["pickup_branch"]) for one in facts["holds"]
    ]
    assert [] == facts["fines"]
    assert [("MAIN", "UTC")] == [(one["branch"], one["timezone"]) for one in facts["branches"]]
    assert facts["branches"][0]["next_open_day"] > loan["checked_out_at"][:10]


async def test_of_members_it_is_told_who_has_or_had_something_here(service: Service) -> None:
    loan = (await service.check_out()).json()
    await service.post("/v1/returns", {"copy_id": loan["copy_id"]})
    kim = a_standing(member_id=new_id())
    service.members.by_card["KIM"] = kim
    await service.post("/v1/holds", {"copy_id": str(EMMA_COPY), "card_number": "KIM"})

    asked = {"members": [str(new_id()), loan["member_id"], str(kim.member_id)]}
    found = await service.post("/v1/circulation-facts", asked, token=MEMBERS)

    assert sorted([loan["member_id"], str(kim.member_id)]) == sorted(found.json()["members"])


async def test_what_is_owed_for_a_loan_and_whether_it_can_be_renewed_is_said(service: Service) -> None:
    loan_id = (await service.check_out()).json()["loan_id"]

    async def stands() -> tuple[str, int, bool | None]:
        found = await service.post("/v1/circulation-facts", {"loans": [loan_id]}, token=MEMBERS)
        (fact,) = found.json()["loans"]
        return fact["status"], fact["owed"], fact["renewable"]

    before = await stands()
    await service.post(f"/v1/loans/{loan_id}/declare-lost", {})

    assert ("open", 0, True) == before
    assert ("lost", 3000, False) == await stands()


async def test_only_the_service_of_members_may_ask(service: Service) -> None:
    for token in (a_token(role="admin"), a_token(scope="loans:read loans:write"), a_token(role="", member_id=ADA)):
        assert 403 == (await service.post("/v1/circulation-facts", {}, token=token)).status_code
