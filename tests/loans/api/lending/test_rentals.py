"""What borrowing costs at the desk: a rental, and a deposit that comes back with the copy."""

from datetime import timedelta
from typing import Any

from tests.loans.api.conftest import Service
from tests.loans.api.situations import MACHINE, change_rules, sweep
from tests.loans.makers import ADA

DAY = timedelta(days=1)
HERS = f"/v1/borrowers/{ADA}"


async def charged(service: Service, loan: dict[str, Any]) -> dict[str, tuple[int, str, int]]:
    """Return amount, status and refund of each charge for a loan, by its reason; the same reason twice adds up."""
    found: dict[str, tuple[int, str, int]] = {}
    for fine in (await service.get(f"/v1/fines?loan_id={loan['loan_id']}")).json()["items"]:
        before = found.get(fine["reason"], (0, "", 0))[0]
        amount = before + fine["amount"]["amount"]
        found[fine["reason"]] = (amount, fine["status"], fine["refunded"]["amount"])
    return found


async def pay(service: Service, cents: int) -> None:
    body = {"amount": {"amount": cents, "currency": "EUR"}}
    assert 200 == (await service.post(f"{HERS}/payments", body)).status_code


async def test_a_decision_says_what_a_check_out_costs_and_the_check_out_charges_it(service: Service) -> None:
    await change_rules(service, rental={"amount": {"amount": 50}, "per": "day"}, deposit={"amount": 2000})
    asked = {"copy_barcode": "30000000000019", "card_number": "ADA"}
    decision = (await service.post("/v1/loans/decision", asked)).json()

    loan = (await service.check_out()).json()

    assert [("rental", 1050), ("deposit", 2000)] == [
        (each["reason"], each["amount"]["amount"]) for each in decision["charges"]
    ]
    assert {"rental": (1050, "owed", 0), "deposit": (2000, "owed", 0)} == await charged(service, loan)


async def test_a_check_out_that_is_refused_charges_nothing(service: Service) -> None:
    await change_rules(service, rental={"amount": {"amount": 150}}, deposit={"amount": 2000})
    await service.check_out()

    again = await service.check_out()

    assert 409 == again.status_code
    assert 2150 == (await service.get(HERS)).json()["owed"]["amount"]


async def test_a_deposit_that_was_paid_is_refunded_at_the_return_and_one_that_is_owed_is_waived(
    service: Service,
) -> None:
    await change_rules(service, deposit={"amount": 900})
    paid = (await service.check_out()).json()
    await pay(service, 900)
    await service.bring_back()
    owed = (await service.check_out()).json()
    await service.bring_back()

    assert {"deposit": (900, "waived", 900)} == await charged(service, paid)
    assert {"deposit": (900, "waived", 0)} == await charged(service, owed)
    assert 0 == (await service.get(HERS)).json()["owed"]["amount"]


async def test_a_renewal_costs_its_own_days_and_no_second_deposit(service: Service) -> None:
    await change_rules(service, rental={"amount": {"amount": 10}, "per": "day"}, deposit={"amount": 300})
    loan = (await service.check_out()).json()
    service.clock.pass_by(5 * DAY)

    assert 200 == (await service.post(f"/v1/loans/{loan['loan_id']}/renew", {})).status_code

    found = await charged(service, loan)
    assert ((2 * 21 * 10), 300) == (found["rental"][0], found["deposit"][0])


async def test_a_lost_copy_that_is_paid_for_closes_its_loan_and_gives_the_deposit_back(service: Service) -> None:
    await change_rules(service, deposit={"amount": 500})
    loan = (await service.check_out()).json()
    await pay(service, 500)
    await service.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {})
    kept = await charged(service, loan)
    await pay(service, 3000)

    found = await charged(service, loan)

    assert (500, "paid", 0) == kept["deposit"], "while the copy is lost, the deposit stays"
    assert "lost_and_paid" == (await service.get(f"/v1/loans/{loan['loan_id']}")).json()["status"]
    assert (500, "waived", 500) == found["deposit"]


async def test_a_deposit_that_nobody_paid_does_not_keep_a_settled_loss_open(service: Service) -> None:
    await change_rules(service, deposit={"amount": 500})
    loan = (await service.check_out()).json()
    await service.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {})
    fines = (await service.get(f"/v1/fines?loan_id={loan['loan_id']}")).json()["items"]

    for fine in fines:
        if fine["reason"] != "deposit":
            await service.post(f"/v1/fines/{fine['fine_id']}/payments", {"amount": fine["owed"]})

    assert "lost_and_paid" == (await service.get(f"/v1/loans/{loan['loan_id']}")).json()["status"]
    assert (500, "waived", 0) == (await charged(service, loan))["deposit"]


async def test_whoever_is_believed_to_have_returned_a_copy_gets_the_deposit_back(service: Service) -> None:
    await change_rules(service, deposit={"amount": 500})
    loan = (await service.check_out()).json()
    await service.post(f"/v1/loans/{loan['loan_id']}/claim-returned", {})

    await service.post(f"/v1/loans/{loan['loan_id']}/resolve", {"as": "missing"})

    assert {"deposit": (500, "waived", 0)} == await charged(service, loan)


async def test_what_a_machine_lent_offline_costs_as_much(service: Service) -> None:
    await change_rules(service, rental={"amount": {"amount": 150}})
    loan = (await service.check_out(offline={"at": "2026-03-02T09:00:00Z"}, token=MACHINE)).json()

    assert {"rental": (150, "owed", 0)} == await charged(service, loan)


async def test_a_loan_that_renews_itself_costs_its_rental_again(service: Service) -> None:
    await change_rules(service, rental={"amount": {"amount": 150}}, auto_renew=True)
    loan = (await service.check_out()).json()
    service.clock.pass_by(19 * DAY)

    assert 1 == (await sweep(service)).renewed

    assert 300 == (await charged(service, loan))["rental"][0]
