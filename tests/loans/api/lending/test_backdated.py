"""Loans that were made on paper, and are entered afterwards."""

from datetime import timedelta
from typing import Any

import pytest

from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import JESSICA, Service, a_token
from tests.loans.api.situations import COLLEAGUE, KIOSK, MACHINE, arrange
from tests.loans.makers import EMMA

EARLIER = "2026-03-02T08:00:00Z"
ON_PAPER = {"lent_at": EARLIER, "reason": "Power cut."}


async def test_a_loan_on_paper_is_lent_as_of_then_and_says_who_entered_it_and_why(service: Service) -> None:
    librarian = a_token(role="librarian")

    answer = await service.check_out(token=librarian, **ON_PAPER)

    loan = answer.json()
    assert 201 == answer.status_code, answer.text
    assert (EARLIER, "open", [], False) == (loan["checked_out_at"], loan["status"], loan["overridden"], loan["offline"])
    now = (await service.get(f"/v1/loans/{loan['loan_id']}/history")).json()["entries"]
    assert [(EARLIER, "checked_out", "Power cut.")] == [(entry["at"], entry["what"], entry["why"]) for entry in now]
    assert now[0]["by"] not in {"borrower", "system"}


async def test_a_loan_on_paper_may_be_late_already(service: Service) -> None:
    loan = (await service.check_out(**ON_PAPER, due_at="2026-03-02T09:00:00Z")).json()

    assert ("2026-03-02T09:00:00Z", True) == (loan["due_at"], loan["overdue"])


@pytest.mark.parametrize("code", ["member-blocked", "fines-owed", "copy-not-lendable", "copy-held-for-other"])
async def test_it_is_refused_as_any_loan_unless_staff_override_that(service: Service, code: str) -> None:
    await arrange(service, code)
    override = {"codes": [code], "comment": "It was lent already."}

    refused = await service.check_out(**ON_PAPER)
    lent = await service.check_out(**ON_PAPER, override=override)

    assert [code] == codes_of(refused)
    assert (201, [code]) == (lent.status_code, lent.json().get("overridden")), lent.text
    (entry,) = (await service.get(f"/v1/loans/{lent.json()['loan_id']}/history")).json()["entries"]
    assert "Power cut. It was lent already." == entry["why"]


async def test_a_copy_that_is_out_is_refused(library: Service) -> None:
    await library.check_out(card_number="JESSICA")

    assert (409, ["copy-on-loan"]) == ((no := await library.check_out(**ON_PAPER)).status_code, codes_of(no))


async def test_a_loan_whose_copy_is_back_already_ended_with_that_scan(library: Service) -> None:
    hold = (await library.post("/v1/holds", {"book_id": str(EMMA), "card_number": "JESSICA"})).json()["hold_id"]
    await library.bring_back()
    library.clock.pass_by(timedelta(hours=1))

    loan = (await library.check_out(**ON_PAPER)).json()

    assert ("returned", EARLIER, "2026-03-02T10:00:00Z") == (
        loan["status"],
        loan["checked_out_at"],
        loan["returned_at"],
    )
    kept = (await library.get(f"/v1/holds/{hold}")).json()
    assert ("ready", str(JESSICA)) == (kept["status"], kept["member_id"])


async def test_a_loan_whose_copy_was_lent_since_ended_when_that_began(library: Service) -> None:
    library.clock.pass_by(timedelta(days=40))
    await library.check_out(card_number="JESSICA")
    library.clock.pass_by(timedelta(days=10))
    await library.bring_back()

    loan = (await library.check_out(**ON_PAPER)).json()

    assert ("returned", "2026-04-11T10:00:00Z") == (loan["status"], loan["returned_at"])
    (fine,) = (await library.get(f"/v1/fines?loan_id={loan['loan_id']}")).json()["items"]
    assert 19 * 20 == fine["amount"]["amount"]


async def test_nobody_dates_a_loan_into_one_of_somebody_else(library: Service) -> None:
    await library.check_out(card_number="JESSICA")
    library.clock.pass_by(timedelta(days=2))
    await library.bring_back()

    refused = await library.check_out(lent_at="2026-03-03T10:00:00Z", reason="Power cut.")

    assert (409, ["copy-lent-then"]) == (refused.status_code, codes_of(refused))


@pytest.mark.parametrize("token", [KIOSK, MACHINE])
async def test_only_staff_who_signed_in_date_back(service: Service, token: str) -> None:
    refused = await service.check_out(token=token, **ON_PAPER)

    (error,) = problem_of(refused)["errors"]
    assert (403, "staff-only", "/lent_at") == (refused.status_code, error["code"], error["pointer"])


async def test_nobody_of_the_staff_dates_back_a_loan_of_their_own(service: Service) -> None:
    refused = await service.check_out(token=COLLEAGUE, **ON_PAPER)

    assert (403, ["four-eyes"]) == (refused.status_code, codes_of(refused))


@pytest.mark.parametrize(
    "body",
    [
        {"lent_at": EARLIER},
        {"reason": "Power cut."},
        ON_PAPER | {"offline": {}},
        ON_PAPER | {"reason": " "},
        ON_PAPER | {"lent_at": "2024-03-02T08:00:00Z"},
        ON_PAPER | {"lent_at": "2026-03-02T08:00:00"},
    ],
)
async def test_a_moment_without_a_reason_or_that_cannot_be_is_refused(service: Service, body: dict[str, Any]) -> None:
    refused = await service.check_out(**body)

    assert 422 == refused.status_code, refused.text
