"""What a kiosk may do by itself, and what is for people of the staff."""

from datetime import timedelta
from typing import Any

import pytest

from tests.answers import problem_of
from tests.loans.api.conftest import LIBRARIAN, Service
from tests.loans.api.situations import KIOSK
from tests.loans.makers import EMMA

ACTS: list[tuple[str, dict[str, Any]]] = [
    ("/v1/loans/{loan}/due-date", {"due_at": "2026-04-01T12:00:00Z", "reason": "A reading group."}),
    ("/v1/loans/{loan}/claim-returned", {}),
    ("/v1/loans/{loan}/declare-lost", {}),
    ("/v1/loans/{loan}/found", {"found_by": "borrower"}),
]


async def test_what_happens_to_a_loan_is_decided_by_staff_and_not_by_a_kiosk(service: Service) -> None:
    loan = (await service.check_out(token=KIOSK)).json()["loan_id"]

    for path, body in ACTS:
        refused = await service.post(path.format(loan=loan), body, token=KIOSK)
        done = await service.post(path.format(loan=loan), body, token=LIBRARIAN)

        assert (403, "forbidden", 200) == (refused.status_code, problem_of(refused)["code"], done.status_code), path
        assert "for people who sign in" in problem_of(refused)["detail"]


async def test_a_kiosk_takes_payments_but_forgives_nothing(service: Service) -> None:
    loan = (await service.check_out()).json()["loan_id"]
    await service.post(f"/v1/loans/{loan}/declare-lost", {})
    fine = (await service.get("/v1/fines")).json()["items"][0]

    waived = await service.post(f"/v1/fines/{fine['fine_id']}/waive", {"reason": "I am a kiosk."}, token=KIOSK)
    paid = await service.post(f"/v1/fines/{fine['fine_id']}/payments", {"amount": fine["owed"]}, token=KIOSK)

    assert (403, 200, "paid") == (waived.status_code, paid.status_code, paid.json()["status"])


async def test_a_kiosk_takes_holds_but_moves_nobody_in_the_queue(service: Service) -> None:
    hold = await service.post("/v1/holds", {"book_id": str(EMMA), "card_number": "ADA"}, token=KIOSK)
    order = {"hold_ids": [hold.json()["hold_id"]]}

    moved = await service.put(f"/v1/hold-queues/{EMMA}", order, if_match="*", token=KIOSK)
    cancelled = await service.post(f"/v1/holds/{hold.json()['hold_id']}/cancel", {}, token=KIOSK)

    assert (201, 403, 200) == (hold.status_code, moved.status_code, cancelled.status_code)


async def test_a_kiosk_takes_copies_back_and_renews(service: Service) -> None:
    loan = (await service.check_out(token=KIOSK)).json()["loan_id"]

    renewed = await service.post(f"/v1/loans/{loan}/renew", {}, token=KIOSK)
    returned = await service.post("/v1/returns", {"copy_barcode": "30000000000019"}, token=KIOSK)

    assert (200, 200) == (renewed.status_code, returned.status_code)


UNTIL = "2026-03-20T12:00:00Z"
LENDING = {"copy_barcode": "30000000000019", "card_number": "ADA", "due_at": UNTIL}


async def test_a_kiosk_does_not_say_until_when_it_lends(service: Service) -> None:
    refused = await service.post("/v1/loans", LENDING, token=KIOSK)
    many = await service.post("/v1/loans/bulk", {"lines": [LENDING]}, token=KIOSK)
    explained = await service.post("/v1/loans/decision", LENDING, token=KIOSK)
    by_staff = await service.post("/v1/loans", LENDING, token=LIBRARIAN)

    (error,) = problem_of(refused)["errors"]
    assert (403, "staff-only", "/due_at") == (refused.status_code, error["code"], error["pointer"])
    (line,) = many.json()["results"]
    assert (403, [error]) == (line["status"], line["problem"]["errors"])
    assert (False, ["staff-only"]) == (
        explained.json()["allowed"],
        [refusal["code"] for refusal in explained.json()["refusals"]],
    )
    assert (201, UNTIL) == (by_staff.status_code, by_staff.json()["due_at"])


async def test_a_kiosk_does_not_say_that_a_copy_came_back_earlier(service: Service) -> None:
    await service.check_out(token=KIOSK)
    earlier = service.clock.now().isoformat()
    service.clock.pass_by(timedelta(days=40))
    scan = {"copy_barcode": "30000000000019", "returned_at": earlier}

    refused = await service.post("/v1/returns", scan, token=KIOSK)
    many = await service.post("/v1/returns/bulk", {"lines": [scan, {"copy_barcode": "nowhere"}]}, token=KIOSK)
    open_loan = (await service.get("/v1/loans")).json()["items"][0]
    by_staff = await service.post("/v1/returns", scan, token=LIBRARIAN)

    (error,) = problem_of(refused)["errors"]
    assert (403, "staff-only", "/returned_at") == (refused.status_code, error["code"], error["pointer"])
    assert [403, 404] == [line["status"] for line in many.json()["results"]]
    assert "open" == open_loan["status"]
    assert (200, None) == (by_staff.status_code, by_staff.json()["fine"])


@pytest.mark.parametrize("route", ["check_out_copy", "return_copy"])
def test_the_documentation_tells_kiosks_what_is_for_staff_only(document: dict[str, Any], route: str) -> None:
    (told,) = (act for acts in document["paths"].values() for act in acts.values() if act["operationId"] == route)

    assert "staff-only" in told["responses"]["403"]["content"]["application/problem+json"]["examples"]


@pytest.mark.parametrize("operation", ["change_due_date", "declare_lost", "claim_returned", "mark_found"])
def test_the_documentation_says_that_no_kiosk_may(document: dict[str, Any], operation: str) -> None:
    (told,) = (act for acts in document["paths"].values() for act in acts.values() if act["operationId"] == operation)

    assert "For people who sign in; a service may not, whatever its scopes are." in told["description"]
    assert [{"library": ["loans:write"]}] == told["security"]
