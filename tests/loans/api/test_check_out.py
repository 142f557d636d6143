import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from loans_service.application.refusals import OF_CHECK_OUT
from loans_service.domain.borrower import MemberBlocked, MemberLeaving, MembershipExpired, MemberSuspended
from loans_service.domain.lendable_copy import CopyNotLendable
from shared.kernel.ids import new_id
from tests.loans.api.conftest import ADAS, Service, a_token
from tests.loans.makers import ADA, EMMA, EMMA_COPY, NOW, a_copy, a_standing


def problem_of(answer: Any) -> dict[str, Any]:
    assert "application/problem+json" == answer.headers["content-type"]
    problem: dict[str, Any] = answer.json()
    assert answer.status_code == problem["status"]
    return problem


def codes_of(answer: Any) -> list[str]:
    return [error["code"] for error in problem_of(answer)["errors"]]


async def test_a_check_out_answers_with_the_loan(service: Service) -> None:
    answer = await service.check_out()

    loan = answer.json()
    assert 201 == answer.status_code
    assert f"/v1/loans/{loan['loan_id']}" == answer.headers["Location"]
    assert '"1"' == answer.headers["ETag"]
    assert 7 == UUID(loan.pop("loan_id")).version
    assert {
        "copy_id": str(EMMA_COPY),
        "book_id": str(EMMA),
        "title": "Emma",
        "barcode": "30000000000019",
        "item_type": "book",
        "member_id": str(ADA),
        "branch": "MAIN",
        "checked_out_at": "2026-03-02T10:00:00Z",
        "due_at": "2026-03-23T23:59:59Z",
        "returned_at": None,
        "renewals": 0,
        "renewals_left": 2,
        "status": "open",
        "overdue": False,
        "policy": {"name": "adult", "version": 1},
    } == loan


async def test_copy_and_member_may_be_named_by_id(service: Service) -> None:
    answer = await service.check_out(
        copy_barcode=None, card_number=None, copy_id=str(EMMA_COPY), member_id=str(ADA), branch="EAST"
    )

    assert (201, "EAST") == (answer.status_code, answer.json()["branch"])


async def test_a_wished_due_date_is_kept(service: Service) -> None:
    answer = await service.check_out(due_at="2026-03-05T12:00:00+01:00")

    assert "2026-03-05T11:00:00Z" == answer.json()["due_at"]


KIOSK = a_token(scope="loans:write", client_id="kiosk")
SENT: dict[str, dict[str, Any]] = {
    "copy-not-found": {"copy_barcode": "nowhere"},
    "member-not-found": {"card_number": "nobody"},
    "invalid-due-date": {"due_at": "2026-03-02T09:59:59Z"},
    "override-forbidden": {"override": {"codes": ["loan-limit-reached"], "comment": "please"}, "token": KIOSK},
    "override-without-need": {"override": {"codes": ["loan-limit-reached"], "comment": "just in case"}},
}
COPIES = {
    "copy-not-lendable": a_copy(refusals=(CopyNotLendable("In repair.", status="in_repair"),)),
    "not-loanable-by-policy": a_copy(item_type="reference"),
}
STANDINGS = {
    kind.code: a_standing(refusals=(kind("Members says no."),))
    for kind in (MembershipExpired, MemberSuspended, MemberBlocked, MemberLeaving)
}


async def arrange(service: Service, code: str) -> dict[str, Any]:
    """Make the next check-out meet `code`, and return what to send."""
    service.catalogue.copies = [COPIES.get(code, a_copy())]
    service.members.by_card["ADA"] = STANDINGS.get(code, a_standing())
    service.catalogue.down = code == "neighbour-unavailable"
    if code == "copy-on-loan":
        service.members.by_card["KIM"] = a_standing(member_id=new_id())
        assert 201 == (await service.check_out(card_number="KIM")).status_code
    if code in {"loan-limit-reached", "too-many-overdue"}:
        await borrow(service, 10 if code == "loan-limit-reached" else 3)
    if code == "too-many-overdue":
        service.clock.pass_by(timedelta(days=30))
    return SENT.get(code, {})


async def borrow(service: Service, number: int) -> None:
    for index in range(number):
        copy = a_copy(copy_id=new_id(), barcode=f"C{index}")
        service.catalogue.copies.append(copy)
        assert 201 == (await service.check_out(copy_barcode=copy.barcode)).status_code


STATUS = {"copy-not-found": 404, "member-not-found": 404, "copy-on-loan": 409, "copy-not-lendable": 409}
STATUS |= {"override-forbidden": 403, "neighbour-unavailable": 503}


@pytest.mark.parametrize("code", [refusal.code for refusal in OF_CHECK_OUT])
async def test_every_refusal_has_its_status_and_code(service: Service, code: str) -> None:
    sent = await arrange(service, code)

    answer = await service.check_out(**sent)

    problem = problem_of(answer)
    assert STATUS.get(code, 422) == answer.status_code
    assert (code, [code]) == (problem["code"], codes_of(answer))
    assert problem["detail"].endswith(".")
    assert answer.headers["X-Request-ID"] == problem["request_id"]


async def test_figures_stand_beside_the_code(service: Service) -> None:
    await arrange(service, "loan-limit-reached")

    problem = problem_of(await service.check_out())

    assert (10, 10) == (problem["limit"], problem["open_loans"])
    assert (10, 10) == (problem["errors"][0]["limit"], problem["errors"][0]["open_loans"])


async def test_all_refusals_are_told_and_the_first_category_gives_the_status(service: Service) -> None:
    service.members.by_card["ADA"] = a_standing(refusals=(MemberSuspended("Suspended."),))
    service.catalogue.copies = [
        a_copy(item_type="reference", refusals=(CopyNotLendable("In repair.", status="in_repair"),))
    ]

    answer = await service.check_out()

    assert 409 == answer.status_code
    assert "copy-not-lendable" == problem_of(answer)["code"]
    assert ["copy-not-lendable", "member-suspended", "not-loanable-by-policy"] == codes_of(answer)


async def test_a_neighbour_that_does_not_answer_says_when_to_come_back(service: Service) -> None:
    service.members.down = True

    answer = await service.check_out()

    assert 503 == answer.status_code
    assert int(answer.headers["Retry-After"]) >= 1


async def test_staff_may_override(service: Service) -> None:
    await arrange(service, "loan-limit-reached")

    answer = await service.check_out(override={"codes": ["loan-limit-reached"], "comment": "Exam week."})

    assert 201 == answer.status_code


async def test_a_repeat_with_the_same_key_brings_the_same_answer_and_no_second_loan(service: Service) -> None:
    first = await service.check_out(key="k1")
    service.clock.pass_by(timedelta(minutes=1))

    again = await service.check_out(key="k1")

    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert (first.headers["Location"], first.headers["ETag"]) == (again.headers["Location"], again.headers["ETag"])
    assert "true" == again.headers["Idempotency-Replayed"]
    assert "Idempotency-Replayed" not in first.headers


async def test_a_repeat_is_answered_while_the_neighbours_are_down(service: Service) -> None:
    first = await service.check_out(key="k1")
    service.catalogue.down = service.members.down = True

    assert first.content == (await service.check_out(key="k1")).content


async def test_a_key_is_for_one_request_of_one_caller(service: Service) -> None:
    await service.check_out(key="k1")

    other_body = await service.check_out(key="k1", branch="EAST")
    other_caller = await service.check_out(key="k1", token=a_token(role="librarian"))

    assert (422, "idempotency-key-reused") == (other_body.status_code, problem_of(other_body)["code"])
    assert (409, "copy-on-loan") == (other_caller.status_code, problem_of(other_caller)["code"])


async def test_the_same_request_many_times_at_once_makes_one_loan(service: Service) -> None:
    answers = await asyncio.gather(*[service.check_out(key="k1") for _ in range(20)])

    made = {answer.json()["loan_id"] for answer in answers if answer.status_code == 201}
    others = {problem_of(answer)["code"] for answer in answers if answer.status_code != 201}
    assert 1 == len(made)
    assert others <= {"idempotency-key-in-use"}


async def test_a_refusal_is_decided_anew_when_the_request_is_repeated(service: Service) -> None:
    service.catalogue.down = True
    assert 503 == (await service.check_out(key="k1")).status_code
    service.catalogue.down = False

    assert 201 == (await service.check_out(key="k1")).status_code


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"copy_barcode": "x"},
        {"card_number": "x"},
        {"copy_barcode": "x", "copy_id": str(EMMA_COPY), "card_number": "x"},
        {"copy_barcode": "x", "card_number": "x", "member_id": str(ADA)},
        {"copy_barcode": "", "card_number": "x"},
        {"copy_barcode": "x", "card_number": "x", "due_at": "2026-03-05T12:00:00"},
        {"copy_barcode": "x", "card_number": "x", "due_at": 1_800_000_000},
        {"copy_barcode": "x", "card_number": "x", "colour": "blue"},
        {"copy_barcode": "x", "card_number": "x", "override": {"codes": [], "comment": "x"}},
        {"copy_barcode": "x", "card_number": "x", "override": {"codes": ["a"], "comment": ""}},
    ],
)
async def test_a_body_that_is_not_understood_is_refused_field_by_field(service: Service, body: dict[str, Any]) -> None:
    answer = await service.post("/v1/loans", body)

    assert 422 == answer.status_code
    assert all({"pointer", "code", "detail"} <= set(error) for error in problem_of(answer)["errors"])


@pytest.mark.parametrize(("token", "status"), [(ADAS, 403), (a_token(scope="loans:read"), 403), ("no-token", 401)])
async def test_only_who_may_lend_lends(service: Service, token: str, status: int) -> None:
    assert status == (await service.check_out(token=token)).status_code


async def test_a_kiosk_may_lend(service: Service) -> None:
    assert 201 == (await service.check_out(token=KIOSK)).status_code


async def test_a_loan_begins_when_the_desk_says_so(service: Service) -> None:
    loan = (await service.check_out()).json()

    assert NOW.isoformat().replace("+00:00", "Z") == loan["checked_out_at"]
