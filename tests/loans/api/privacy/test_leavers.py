"""Who leaves the library, as far as the desk sees it over HTTP."""

from datetime import timedelta
from uuid import UUID

from shared.kernel.ids import new_id
from tests.loans.api.conftest import Service
from tests.loans.api.situations import hear_that_ada_leaves, hold, state_of
from tests.loans.makers import ADA, a_standing

KIM = new_id()


async def look_again(service: Service) -> None:
    await service.app.state.privacy.clear_borrowers()


async def cleared(service: Service) -> list[UUID]:
    return [UUID(data["member_id"]) async for type_, data in service.events() if type_ == "loans.borrower.cleared"]


async def test_the_waiting_holds_of_a_leaver_are_cancelled_at_once(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=KIM)
    await service.check_out(card_number="KIM")
    await hold(service, "ADA")

    await hear_that_ada_leaves(service)

    assert [] == (await service.get(f"/v1/holds?member_id={ADA}")).json()["items"]
    told = [data["reason"] async for type_, data in service.events() if type_ == "loans.hold.cancelled"]
    assert ["member-leaving"] == told
    assert [ADA] == await cleared(service)
    assert "shelf" == (await service.bring_back()).json()["next"]


async def test_a_copy_captured_for_a_leaver_passes_on_to_the_next(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=KIM)
    service.members.by_card["BOB"] = a_standing(member_id=new_id())
    await service.check_out(card_number="BOB")
    await hold(service, "ADA")
    behind = await hold(service, "KIM")
    await service.bring_back()

    await hear_that_ada_leaves(service)

    assert "ready" == await state_of(service, behind["hold_id"])
    assert [ADA] == await cleared(service)


async def test_a_loss_that_is_settled_keeps_no_leaver(service: Service) -> None:
    loan_id = (await service.check_out()).json()["loan_id"]
    await service.post(f"/v1/loans/{loan_id}/declare-lost", {})
    await hear_that_ada_leaves(service)
    while_owed = await cleared(service)

    await service.post(f"/v1/borrowers/{ADA}/payments", {"amount": {"amount": 3000, "currency": "EUR"}})
    await look_again(service)

    assert ([], [ADA]) == (while_owed, await cleared(service))
    assert str(ADA) != (await service.get(f"/v1/loans/{loan_id}")).json()["member_id"]
    scan = (await service.bring_back()).json()
    assert (loan_id, "returned") == (scan["loan"]["loan_id"], scan["loan"]["status"])
    refunds = [(await service.get(f"/v1/fines?loan_id={loan_id}")).json()["items"]]
    assert all(fine["refunded"]["amount"] == 0 for fines in refunds for fine in fines)


async def test_what_a_leaver_was_charged_by_hand_keeps_them_until_it_is_settled(service: Service) -> None:
    eur = {"amount": 300, "currency": "EUR"}
    await service.post("/v1/charges", {"card_number": "ADA", "kind": "fee", "amount": eur})
    await hear_that_ada_leaves(service)
    while_owed = await cleared(service)

    await service.post(f"/v1/borrowers/{ADA}/payments", {"amount": eur, "reference": "till-1"})
    await look_again(service)

    assert ([], [ADA]) == (while_owed, await cleared(service))
    assert [] == (await service.get(f"/v1/fines?member_id={ADA}")).json()["items"]
    assert 404 == (await service.post(f"/v1/borrowers/{ADA}/payments", {"amount": eur})).status_code


async def test_nobody_is_charged_for_lateness_when_a_copy_turns_up_whose_borrower_is_gone(service: Service) -> None:
    loan_id = (await service.check_out()).json()["loan_id"]
    await service.post(f"/v1/loans/{loan_id}/declare-lost", {})
    await service.post(f"/v1/borrowers/{ADA}/payments", {"amount": {"amount": 3000, "currency": "EUR"}})
    await hear_that_ada_leaves(service)
    service.clock.pass_by(timedelta(days=100))

    scan = (await service.bring_back()).json()

    assert ("returned", None) == (scan["loan"]["status"], scan["fine"])
    assert [] == (await service.get("/v1/fines?status=owed")).json()["items"]
