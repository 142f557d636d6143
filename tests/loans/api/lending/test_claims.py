"""What a borrower claims to have returned, and how that ends."""

from datetime import timedelta
from typing import Any

import pytest

from tests.loans.api.conftest import ADAS, Service
from tests.loans.makers import ADA


async def claimed(service: Service) -> str:
    loan_id: str = (await service.check_out()).json()["loan_id"]
    await service.post(f"/v1/loans/{loan_id}/claim-returned", {"reason": "She says it was the book drop."})
    service.clock.pass_by(timedelta(days=40))
    return loan_id


async def resolve(service: Service, loan_id: str, outcome: str, **body: Any) -> Any:
    return await service.post(f"/v1/loans/{loan_id}/resolve", {"as": outcome} | body)


async def what_is_owed(service: Service) -> int:
    owed: int = (await service.get(f"/v1/borrowers/{ADA}")).json()["owed"]["amount"]
    return owed


@pytest.mark.parametrize(
    ("outcome", "status", "owed", "told"),
    [
        ("found_on_shelf", "returned", 0, ["loans.loan.found", "loans.loan.returned"]),
        ("missing", "missing", 0, ["loans.loan.marked_missing"]),
        ("forgiven", "lost_and_paid", 0, ["loans.loan.declared_lost", "loans.loan.lost_and_paid"]),
        ("charged", "lost", 3000, ["loans.loan.declared_lost"]),
    ],
)
async def test_what_was_claimed_returned_ends_in_one_of_four_ways(
    service: Service, outcome: str, status: str, owed: int, told: list[str]
) -> None:
    loan_id = await claimed(service)

    answer = await resolve(service, loan_id, outcome, reason="Looked for it twice.")

    assert (200, status, owed) == (answer.status_code, answer.json()["status"], await what_is_owed(service))
    types = [type_ async for type_, _ in service.events() if type_.startswith("loans.loan.")]
    assert ["loans.loan.checked_out", "loans.loan.claimed_returned", *told] == types


async def test_a_copy_marked_missing_that_is_scanned_comes_back_without_a_charge(service: Service) -> None:
    loan_id = await claimed(service)
    await resolve(service, loan_id, "missing")

    scan = (await service.bring_back()).json()

    assert (loan_id, "returned", None) == (scan["loan"]["loan_id"], scan["loan"]["status"], scan["fine"])


async def test_what_staff_write_about_a_claim_is_not_read_by_the_borrower(service: Service) -> None:
    loan_id = await claimed(service)

    told = (await service.get(f"/v1/loans/{loan_id}/history", ADAS)).json()["entries"]
    written = (await service.get(f"/v1/loans/{loan_id}/history")).json()["entries"]

    assert ("claimed_returned", "staff", "") == (told[-1]["what"], told[-1]["by"], told[-1]["why"])
    assert "She says it was the book drop." == written[-1]["why"]


def test_staff_are_told_of_what_is_for_them_alone(document: dict[str, Any]) -> None:
    bodies = document["components"]["schemas"]

    told_to_staff = [bodies[name]["properties"] for name in ("ReasonRequest", "DueDateRequest", "WaiverRequest")]
    assert all("Read by staff only." in str(properties["reason"]) for properties in told_to_staff)
