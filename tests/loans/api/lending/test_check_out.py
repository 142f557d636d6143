import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from loans_service.domain.borrower import MemberSuspended
from loans_service.domain.lendable_copy import CopyNotLendable
from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import ADAS, Service, a_token
from tests.loans.api.situations import KIOSK, arrange
from tests.loans.makers import ADA, EMMA, EMMA_COPY, NOW, a_copy, a_standing


async def test_a_check_out_answers_with_the_loan(service: Service) -> None:
    answer = await service.check_out()

    loan = answer.json()
    assert 201 == answer.status_code
    assert f"/v1/loans/{loan['loan_id']}" == answer.headers["Location"]
    assert '"1"' == answer.headers["ETag"]
    assert 7 == UUID(loan.pop("loan_id")).version
    assert 1 == loan.pop("number")
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
        "next": None,
        "renewals": 0,
        "renewals_left": 2,
        "status": "open",
        "overdue": False,
        "policy": {"name": "adult", "version": 1},
        "overridden": [],
        "offline": False,
        "version": 1,
        "accruing": None,
        "notes": [],
        "ended_loan_id": None,
    } == loan


async def test_copy_and_member_may_be_named_by_id(service: Service) -> None:
    answer = await service.check_out(
        copy_barcode=None, card_number=None, copy_id=str(EMMA_COPY), member_id=str(ADA), branch="EAST"
    )

    assert (201, "EAST") == (answer.status_code, answer.json()["branch"])


async def test_a_wished_due_date_is_kept(service: Service) -> None:
    answer = await service.check_out(due_at="2026-03-05T12:00:00+01:00")

    assert "2026-03-05T11:00:00Z" == answer.json()["due_at"]


async def test_figures_stand_beside_the_code(service: Service) -> None:
    await arrange(service, "loan-limit-reached")

    problem = problem_of(await service.check_out())

    assert (10, 10) == (problem["limit"], problem["open_loans"])
    assert (10, 10) == (problem["errors"][0]["limit"], problem["errors"][0]["open_loans"])


async def test_refusals_are_told_in_the_language_that_is_asked_for(service: Service) -> None:
    await arrange(service, "loan-limit-reached")
    service.http.headers["Accept-Language"] = "fr-CH, fr;q=0.9, en;q=0.5"

    refused = await service.check_out()
    foreseen = await service.post("/v1/loans/decision", {"copy_barcode": "30000000000019", "card_number": "ADA"})

    sentence = "Les 10 prêts de cet abonnement sont tous utilisés. Rendez d'abord un exemplaire."
    assert ("loan-limit-reached", sentence) == (refused.json()["code"], refused.json()["detail"])
    assert [sentence] == [refusal["detail"] for refusal in foreseen.json()["refusals"]]
    assert ["fr", "fr"] == [answer.headers["Content-Language"] for answer in (refused, foreseen)]


async def test_all_refusals_are_told_and_the_first_category_gives_the_status(service: Service) -> None:
    service.members.by_card["ADA"] = a_standing(refusals=(MemberSuspended("Suspended."),))
    service.catalogue.copies = [
        a_copy(item_type="reference", refusals=(CopyNotLendable("In repair.", status="in_repair"),))
    ]

    answer = await service.check_out()

    assert 409 == answer.status_code
    assert "copy-not-lendable" == problem_of(answer)["code"]
    assert ["copy-not-lendable", "member-suspended", "not-loanable-by-policy"] == codes_of(answer)


async def test_a_withdrawn_copy_is_lent_by_override_only_and_the_loan_remembers_it(service: Service) -> None:
    withdrawn = CopyNotLendable("This copy is withdrawn.", status="withdrawn")
    service.catalogue.copies = [a_copy(refusals=(withdrawn,))]
    override = {"codes": ["copy-not-lendable"], "comment": "For the anniversary."}

    plainly = await service.check_out()
    lent = await service.check_out(override=override)

    problem = problem_of(plainly)
    assert (409, "copy-not-lendable", "withdrawn") == (
        plainly.status_code,
        problem["code"],
        problem["errors"][0]["status"],
    )
    assert 201 == lent.status_code
    async with service.app.state.ports.unit_of_work(None) as uow:
        loan = await uow.loans.open_of(EMMA_COPY)
    assert (["copy-not-lendable"], "For the anniversary.") == (list(loan.override_codes), loan.override_comment)


TOMORROW = "2026-03-03T12:00:00Z"
BY_OVERRIDE = {"codes": ["not-loanable-by-policy"], "comment": "For the exhibition."}


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"due_at": TOMORROW}, 422, "not-loanable-by-policy"),
        ({"override": BY_OVERRIDE | {"comment": ""}, "due_at": TOMORROW}, 422, "text-empty"),
        ({"override": BY_OVERRIDE}, 422, "invalid-due-date"),
        ({"override": BY_OVERRIDE, "due_at": "2026-03-02T10:00:00Z"}, 422, "invalid-due-date"),
        ({"override": BY_OVERRIDE, "due_at": "2026-03-01T10:00:00Z"}, 422, "invalid-due-date"),
        ({"override": BY_OVERRIDE, "due_at": TOMORROW, "token": KIOSK}, 403, "override-forbidden"),
        ({"override": BY_OVERRIDE, "due_at": TOMORROW}, 201, None),
    ],
)
async def test_what_the_policy_does_not_lend_needs_the_right_a_comment_and_a_due_date(
    service: Service, sent: dict[str, Any], status: int, code: str | None
) -> None:
    service.catalogue.copies = [a_copy(item_type="reference")]

    answer = await service.check_out(**sent)

    assert status == answer.status_code
    assert code is None or [code] == codes_of(answer)


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


@pytest.mark.parametrize("code", ["ATLANTIS", "../MAIN", "München"])
async def test_a_loan_is_made_in_a_branch_that_exists_and_nobody_can_set_that_aside(
    service: Service, code: str
) -> None:
    override = {"codes": ["unknown-branch"], "comment": "On the bus."}

    refused = await service.check_out(branch=code)
    forbidden = await service.check_out(branch=code, override=override)
    explained = (await service.post("/v1/loans/decision", {"copy_barcode": "nowhere", "card_number": "ADA"})).json()
    unknown = await service.check_out(branch=code, card_number="nobody")

    (refusal,) = problem_of(refused)["errors"]
    assert (422, "unknown-branch", "/branch") == (refused.status_code, refusal["code"], refusal["pointer"])
    assert (403, ["override-forbidden"]) == (forbidden.status_code, codes_of(forbidden))
    assert ["copy-not-found"] == [each["code"] for each in explained["refusals"]]
    assert (404, ["member-not-found", "unknown-branch"]) == (unknown.status_code, codes_of(unknown))


async def test_a_loan_names_the_branch_of_its_copy_as_the_library_does(service: Service) -> None:
    await service.check_out(branch="east")

    listed = (await service.get("/v1/loans?branch=East")).json()["items"]

    assert ["EAST"] == [loan["branch"] for loan in listed]


@pytest.mark.parametrize("status", ["missing", "lost"])
async def test_a_lost_copy_that_was_scanned_back_is_lent_before_books_has_heard_of_it(
    service: Service, status: str
) -> None:
    gone = CopyNotLendable(f"It counts as {status}.", status=status)
    await service.note_of(refusals=(gone,), status_since=service.clock.now())
    asked = {"copy_barcode": "30000000000019", "card_number": "ADA"}
    before = await service.check_out()

    await service.bring_back()
    decided = (await service.post("/v1/loans/decision", asked)).json()

    assert (409, ["copy-not-lendable"]) == (before.status_code, codes_of(before))
    assert (True, []) == (decided["allowed"], decided["refusals"])
    assert 201 == (await service.check_out()).status_code


@pytest.mark.parametrize(
    ("status", "seconds"), [("lost", 1), ("withdrawn", -1), ("in_repair", -1)], ids=["later", "withdrawn", "in repair"]
)
async def test_a_scan_does_not_outweigh_what_books_says_since_or_of_a_copy_that_does_not_turn_up(
    service: Service, status: str, seconds: int
) -> None:
    since = service.clock.now() + timedelta(seconds=seconds)
    await service.bring_back()
    await service.note_of(refusals=(CopyNotLendable("No.", status=status),), status_since=since)

    assert ["copy-not-lendable"] == codes_of(await service.check_out())
