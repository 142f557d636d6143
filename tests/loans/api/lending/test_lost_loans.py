"""A lost copy, from its declaration to the day on which nothing of it is owed any more, or it turns up."""

from datetime import timedelta
from typing import Any

import pytest

from loans_service.domain.lendable_copy import CopyNotLendable
from loans_service.domain.money import Money
from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import ADMIN, Service
from tests.loans.api.situations import borrow, hold, sweep, the_table
from tests.loans.makers import ADA, a_copy

DAY = timedelta(days=1)
EUR_30 = {"amount": {"amount": 3000, "currency": "EUR"}}


async def lose(service: Service, barcode: str = "30000000000019") -> str:
    loan_id: str = (await service.check_out(copy_barcode=barcode)).json()["loan_id"]
    assert 200 == (await service.post(f"/v1/loans/{loan_id}/declare-lost", {})).status_code
    return loan_id


async def loan(service: Service, loan_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = (await service.get(f"/v1/loans/{loan_id}")).json()
    return shown


async def fines_of(service: Service, loan_id: str) -> dict[str, dict[str, Any]]:
    items = (await service.get(f"/v1/fines?loan_id={loan_id}")).json()["items"]
    return {fine["reason"]: fine for fine in items}


async def settle(service: Service) -> None:
    assert 200 == (await service.post(f"/v1/borrowers/{ADA}/payments", EUR_30)).status_code


async def test_a_lost_copy_that_was_paid_for_ends_the_loan(service: Service) -> None:
    loan_id = await lose(service)
    fines = await fines_of(service, loan_id)
    await service.post(f"/v1/fines/{fines['lost']['fine_id']}/payments", {"amount": fines["lost"]["owed"]})
    half = (await loan(service, loan_id))["status"]

    await service.post(f"/v1/fines/{fines['processing']['fine_id']}/waive", {"reason": "A long-standing reader."})

    closed = await loan(service, loan_id)
    assert ("lost", "lost_and_paid", None, None) == (half, closed["status"], closed["returned_at"], closed["next"])
    assert "loans.loan.lost_and_paid" in [type_ async for type_, _ in service.events()]
    assert [loan_id] == [
        each["loan_id"] for each in (await service.get("/v1/loans?status=lost_and_paid")).json()["items"]
    ]


async def test_who_paid_for_lost_copies_borrows_again_and_is_not_overdue(service: Service) -> None:
    for number in range(3):
        service.catalogue.copies.append(a_copy(copy_id=new_id(), barcode=f"L{number}"))
    ids = [(await service.check_out(copy_barcode=f"L{number}")).json()["loan_id"] for number in range(3)]
    for loan_id in ids:
        await service.post(f"/v1/loans/{loan_id}/declare-lost", {})
    service.clock.pass_by(40 * DAY)
    lost = (await service.get(f"/v1/borrowers/{ADA}")).json()

    await service.post(f"/v1/borrowers/{ADA}/payments", {"amount": {"amount": 9000, "currency": "EUR"}})

    settled = (await service.get(f"/v1/borrowers/{ADA}")).json()
    assert (3, 0) == (lost["open_loans"], lost["overdue"])
    assert (0, 0, []) == (settled["open_loans"], settled["overdue"], settled["refusals"])
    assert [] == (await service.get(f"/v1/loans?member_id={ADA}&overdue=true")).json()["items"]
    assert 201 == (await service.check_out()).status_code


async def test_lost_loans_that_are_still_owed_are_open_but_never_overdue(service: Service) -> None:
    table = await the_table(service)
    table["terms"][0]["most_owed"]["amount"] = 100_000
    await service.put("/v1/policies", table | {"cases": []}, if_match="*")
    for number in range(3):
        service.catalogue.copies.append(a_copy(copy_id=new_id(), barcode=f"L{number}"))
        await lose(service, f"L{number}")
    service.clock.pass_by(60 * DAY)

    answer = await service.check_out()

    assert 201 == answer.status_code, answer.text


async def test_a_settled_copy_stays_unavailable_until_somebody_scans_it(service: Service) -> None:
    await lose(service)
    await settle(service)
    states = [data["availability"] async for type_, data in service.events() if type_.endswith("availability_changed")]

    service.catalogue.catalogue_states = []
    found = (await service.get("/v1/consistency", token=ADMIN)).json()["disagreements"]

    assert ["on_loan", "unavailable"] == states
    assert ["unavailable"] == [each["loans"]["availability"] for each in found]


async def test_the_price_comes_back_when_a_settled_copy_is_scanned_in_time(service: Service) -> None:
    loan_id = await lose(service)
    await settle(service)
    service.clock.pass_by(10 * DAY)

    scan = (await service.bring_back()).json()

    assert (loan_id, "returned", "shelf") == (scan["loan"]["loan_id"], scan["loan"]["status"], scan["next"])
    fines = await fines_of(service, loan_id)
    assert ({"amount": 2500, "currency": "EUR"}, "paid") == (fines["lost"]["refunded"], fines["processing"]["status"])
    states = [data["availability"] async for type_, data in service.events() if type_.endswith("availability_changed")]
    assert ["on_loan", "unavailable", "available"] == states
    assert (await service.bring_back()).json()["loan"] is None


async def test_a_settled_copy_that_somebody_puts_into_service_is_free_again(service: Service) -> None:
    await lose(service)
    await settle(service)
    await service.hear_of(refusals=(CopyNotLendable("Lost.", status="lost"),))

    await service.hear_of(refusals=())

    states = [data["availability"] async for type_, data in service.events() if type_.endswith("availability_changed")]
    assert ["on_loan", "unavailable", "available"] == states
    service.catalogue.catalogue_states = []
    assert [] == (await service.get("/v1/consistency", token=ADMIN)).json()["disagreements"]
    assert "30000000000019" == (await hold(service, "ADA"))["target"]["barcode"]


async def test_a_lost_copy_that_is_put_into_service_before_it_is_paid_for_is_free_once_it_is(service: Service) -> None:
    await lose(service)
    await service.hear_of(refusals=(CopyNotLendable("Lost.", status="lost"),))
    await service.hear_of(refusals=())

    await settle(service)

    states = [data["availability"] async for type_, data in service.events() if type_.endswith("availability_changed")]
    assert ["on_loan", "unavailable", "available"] == states
    service.catalogue.catalogue_states = []
    assert [] == (await service.get("/v1/consistency", token=ADMIN)).json()["disagreements"]


async def test_a_copy_that_was_free_again_is_missed_again_once_somebody_calls_it_lost_again(service: Service) -> None:
    await lose(service)
    await settle(service)
    lost = (CopyNotLendable("Lost.", status="lost"),)
    for refusals in (lost, (), lost):
        await service.hear_of(refusals=refusals)

    states = [data["availability"] async for type_, data in service.events() if type_.endswith("availability_changed")]

    assert ["on_loan", "unavailable", "available", "unavailable"] == states


@pytest.mark.parametrize(
    ("path", "body", "away"),
    [("returns", {"branch": "MAIN"}, []), ("transits", {"to_branch": "EAST"}, ["in_transit"])],
)
async def test_a_copy_that_was_paid_for_is_missed_no_more_once_it_is_scanned_whatever_books_calls_it(
    service: Service, path: str, body: dict[str, str], away: list[str]
) -> None:
    await lose(service)
    await settle(service)
    await service.hear_of(refusals=(CopyNotLendable("Reference only.", status="reference_only"),))
    service.clock.pass_by(DAY)

    scanned = await service.post(f"/v1/{path}", {"copy_barcode": "30000000000019"} | body)

    assert 200 == scanned.status_code
    service.catalogue.catalogue_states = []
    found = (await service.get("/v1/consistency", token=ADMIN)).json()["disagreements"]
    assert away == [one["loans"]["availability"] for one in found]


async def test_a_copy_that_turns_up_too_late_costs_its_price_and_no_lateness_on_top(service: Service) -> None:
    loan_id = await lose(service)
    service.clock.pass_by(181 * DAY)

    scan = (await service.bring_back()).json()

    assert ("returned", None) == (scan["loan"]["status"], scan["fine"])
    assert {"lost", "processing"} == set(await fines_of(service, loan_id))


async def test_a_copy_that_turns_up_in_time_costs_its_lateness_instead_of_its_price(service: Service) -> None:
    loan_id = (await service.check_out()).json()["loan_id"]
    service.clock.pass_by(31 * DAY)
    await service.post(f"/v1/loans/{loan_id}/declare-lost", {})
    service.clock.pass_by(31 * DAY)

    scan = (await service.bring_back()).json()

    assert {"amount": 200, "currency": "EUR"} == scan["fine"]["amount"]
    assert "waived" == (await fines_of(service, loan_id))["lost"]["status"]


async def test_a_settled_copy_that_was_lent_again_unseen_is_returned_for_the_new_loan(service: Service) -> None:
    old = await lose(service)
    await settle(service)
    new = (await service.check_out()).json()["loan_id"]

    scans = [(await service.bring_back()).json()["loan"] for _ in range(2)]

    assert [new, None] == [scan and scan["loan_id"] for scan in scans]
    assert "lost_and_paid" == (await loan(service, old))["status"]


async def test_a_loss_that_costs_nothing_is_settled_at_once(service: Service) -> None:
    table = await the_table(service)
    table["lost"] |= {"default_price": {"amount": 0}, "processing": {"amount": 0}}
    await service.put("/v1/policies", table | {"cases": []}, if_match="*")

    loan_id = await lose(service)

    assert "lost_and_paid" == (await loan(service, loan_id))["status"]


async def test_what_is_settled_is_closed_to_all_other_acts(service: Service) -> None:
    loan_id = await lose(service)
    await settle(service)

    for verb in ("renew", "declare-lost", "claim-returned"):
        answer = await service.post(f"/v1/loans/{loan_id}/{verb}", {})
        assert (409, ["loan-not-open"]) == (answer.status_code, codes_of(answer))


async def test_a_settled_copy_found_in_the_library_is_taken_back(service: Service) -> None:
    loan_id = await lose(service)
    await settle(service)

    found = await service.post(f"/v1/loans/{loan_id}/found", {"branch": "MAIN"})

    assert (200, "returned") == (found.status_code, found.json()["status"])
    await borrow(service, 1)


async def test_a_copy_is_late_until_it_is_declared_lost_and_no_day_longer(service: Service) -> None:
    loan_id = (await service.check_out()).json()["loan_id"]
    service.clock.pass_by(30 * DAY)  # nine days late
    await service.post(f"/v1/loans/{loan_id}/declare-lost", {})
    await settle(service)
    service.clock.pass_by(60 * DAY)

    scan = (await service.bring_back()).json()

    assert {"amount": 180, "currency": "EUR"} == scan["fine"]["amount"]


async def test_a_copy_that_was_lost_before_it_was_due_was_never_late(service: Service) -> None:
    await lose(service)
    service.clock.pass_by(60 * DAY)

    assert (await service.bring_back()).json()["fine"] is None


async def lost_for(service: Service, **body: Any) -> int:
    loan_id = (await service.check_out()).json()["loan_id"]
    await service.note_of(price=Money(4900, "EUR"))
    service.catalogue.down = "down" in body
    answer = await service.post(f"/v1/loans/{loan_id}/declare-lost", {k: v for k, v in body.items() if k != "down"})
    assert 200 == answer.status_code, answer.text
    amount: int = (await fines_of(service, loan_id))["lost"]["amount"]["amount"]
    return amount


async def test_a_lost_copy_costs_what_the_catalogue_says_on_the_day_of_the_loss(service: Service) -> None:
    assert 4900 == await lost_for(service)


async def test_while_books_does_not_answer_a_lost_copy_costs_what_it_last_told(service: Service) -> None:
    assert 4900 == await lost_for(service, down=True)


async def test_a_lost_copy_costs_what_staff_say(service: Service) -> None:
    assert 1200 == await lost_for(service, price={"amount": 1200, "currency": "EUR"})


async def test_a_claimed_copy_that_is_charged_costs_the_price_of_that_day(service: Service) -> None:
    loan_id = (await service.check_out()).json()["loan_id"]
    await service.post(f"/v1/loans/{loan_id}/claim-returned", {})
    await service.note_of(price=Money(4900, "EUR"))

    await service.post(f"/v1/loans/{loan_id}/resolve", {"as": "charged"})

    assert 4900 == (await fines_of(service, loan_id))["lost"]["amount"]["amount"]


async def test_a_copy_that_counts_as_lost_by_itself_costs_what_books_last_told(service: Service) -> None:
    loan_id = (await service.check_out()).json()["loan_id"]
    await service.note_of(price=Money(4900, "EUR"))
    service.clock.pass_by(70 * DAY)

    await sweep(service)

    assert 4900 == (await fines_of(service, loan_id))["lost"]["amount"]["amount"]
