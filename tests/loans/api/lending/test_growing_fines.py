"""What late loans cost so far, as the desk and the borrower see it."""

from datetime import timedelta
from typing import Any

from tests.answers import codes_of
from tests.loans.api.conftest import ADAS, Service
from tests.loans.api.situations import change_rules, change_terms, shelve
from tests.loans.makers import ADA

HERS = f"/v1/borrowers/{ADA}"
DAY = timedelta(days=1)


async def test_a_late_loan_shows_what_it_costs_so_far_and_the_borrower_the_sum(service: Service) -> None:
    loan = (await service.check_out()).json()
    in_time = await service.get(f"/v1/loans/{loan['loan_id']}")
    service.clock.pass_by(31 * DAY)

    shown = await service.get(f"/v1/loans/{loan['loan_id']}")
    listed = (await service.get("/v1/loans/mine", token=ADAS)).json()["items"][0]
    borrower = (await service.get(HERS)).json()

    assert (None, None) == (loan["accruing"], in_time.json()["accruing"])
    assert {"amount": 200, "currency": "EUR"} == shown.json()["accruing"] == listed["accruing"] == borrower["accruing"]
    assert 0 == borrower["owed"]["amount"], "nothing is owed before the copy is back"
    assert [] == borrower["refusals"]


async def test_what_grows_changes_the_tag_of_a_loan(service: Service) -> None:
    loan = (await service.check_out()).json()
    service.clock.pass_by(31 * DAY)
    first = await service.get(f"/v1/loans/{loan['loan_id']}")
    service.clock.pass_by(DAY)

    second = await service.get(f"/v1/loans/{loan['loan_id']}")

    assert first.headers["ETag"] != second.headers["ETag"]
    assert 220 == second.json()["accruing"]["amount"]


async def test_what_is_brought_back_grows_no_more_and_is_owed(service: Service) -> None:
    loan = (await service.check_out()).json()
    service.clock.pass_by(31 * DAY)
    fine = (await service.bring_back()).json()["fine"]

    shown = (await service.get(f"/v1/loans/{loan['loan_id']}")).json()
    borrower = (await service.get(HERS)).json()

    assert (None, 0, 200) == (shown["accruing"], borrower["accruing"]["amount"], borrower["owed"]["amount"])
    assert 200 == fine["amount"]["amount"]


async def test_growing_fines_stop_borrowing_where_the_policy_counts_them(service: Service) -> None:
    second = shelve(service, "SECOND")
    await change_terms(service, count_accruing=True, most_owed={"amount": 200})
    await service.check_out()
    service.clock.pass_by(30 * DAY)
    before = await decided(service, second)
    service.clock.pass_by(DAY)

    after, refused = await decided(service, second), await service.check_out(copy_barcode=second)
    borrower = (await service.get(HERS)).json()

    assert [] == before
    assert ["fines-owed"] == after == codes_of(refused)
    assert {"amount": 200, "currency": "EUR"} == refused.json()["errors"][0]["owed"]
    assert ["fines-owed"] == [each["code"] for each in borrower["refusals"]]


async def decided(service: Service, barcode: str) -> list[Any]:
    asked = {"copy_barcode": barcode, "card_number": "ADA"}
    return [each["code"] for each in (await service.post("/v1/loans/decision", asked)).json()["refusals"]]


async def test_a_fine_for_every_three_days_grows_in_steps(service: Service) -> None:
    amounts = {"per_day": {"amount": 50}, "most": {"amount": 1000}}
    await change_rules(service, fine=amounts | {"grace_days": 0, "per": "day", "every": 3})
    loan = (await service.check_out()).json()
    service.clock.pass_by(21 * DAY)
    grown = []
    for _ in range(4):
        service.clock.pass_by(DAY)
        grown.append((await service.get(f"/v1/loans/{loan['loan_id']}")).json()["accruing"]["amount"])

    fine = (await service.bring_back()).json()["fine"]

    assert ([50, 50, 50, 100], 100) == (grown, fine["amount"]["amount"])
