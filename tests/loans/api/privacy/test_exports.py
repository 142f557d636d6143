"""People get what lending knows of them."""

from datetime import timedelta

from tests.loans.api.conftest import ADAS, Service
from tests.loans.makers import ADA


async def test_what_is_known_of_a_person_is_handed_out_and_so_is_what_they_paid(service: Service) -> None:
    loan_id = (await service.check_out()).json()["loan_id"]
    service.clock.pass_by(timedelta(days=30))
    fine = (await service.bring_back()).json()["fine"]
    paid = {"amount": fine["owed"], "reference": "till-7"}
    assert 200 == (await service.post(f"/v1/borrowers/{ADA}/payments", paid)).status_code

    export = (await service.get(f"/v1/borrowers/{ADA}/export", token=ADAS)).json()

    assert ([loan_id], [fine["fine_id"]]) == (
        [loan["loan_id"] for loan in export["loans"]],
        [each["fine_id"] for each in export["fines"]],
    )
    assert [("till-7", fine["owed"], [{"fine_id": fine["fine_id"], "amount": fine["owed"]}])] == [
        (payment["reference"], payment["amount"], payment["paid"]) for payment in export["payments"]
    ]


async def test_receipts_and_what_the_library_owes_are_handed_out_without_who_of_the_staff_gave_them(
    service: Service,
) -> None:
    more = {"amount": {"amount": 300, "currency": "EUR"}, "excess": "credit", "branch": "MAIN"}
    receipt = (await service.post(f"/v1/borrowers/{ADA}/payments", more)).json()["receipt"]
    (payout,) = (await service.get("/v1/payouts")).json()["items"]

    export = (await service.get(f"/v1/borrowers/{ADA}/export", token=ADAS)).json()

    assert [receipt | {"by": "staff", "why": ""}] == export["receipts"]
    assert [payout] == export["payouts"]
