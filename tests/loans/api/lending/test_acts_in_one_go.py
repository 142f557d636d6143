"""What the desk does in one go: each line is an act of its own, and one that is refused stops no other."""

from datetime import timedelta
from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.answers import problem_of
from tests.loans.api.conftest import ADAS, Service
from tests.loans.api.situations import COLLEAGUE, KIOSK, hold, shelve
from tests.loans.makers import ADA, EMMA_COPY, a_copy, a_standing

OFFICE = {"timezone": "UTC", "weekly": {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
WEEK_LATER = "2026-03-30T23:59:59Z"


async def lend(service: Service, *barcodes: str, **body: Any) -> list[str]:
    """Lend copies of other books to Ada; return the ids of the loans."""
    loans = []
    for barcode in barcodes:
        service.catalogue.copies.append(a_copy(copy_id=new_id(), book_id=new_id(), barcode=barcode))
        answer = await service.check_out(copy_barcode=barcode, **body)
        assert 201 == answer.status_code, answer.text
        loans.append(answer.json()["loan_id"])
    return loans


async def due_dates(service: Service) -> dict[str, str]:
    items = (await service.get("/v1/loans?status=open")).json()["items"]
    return {loan["barcode"]: loan["due_at"] for loan in items}


async def test_all_loans_of_a_member_are_renewed_that_can_be_each_with_its_answer(service: Service) -> None:
    first, second = await lend(service, "C1", "C2")
    (third,) = await lend(service, "C3", due_at="2027-03-01T12:00:00Z")
    await service.post(f"/v1/loans/{first}/declare-lost", {})
    service.clock.pass_by(timedelta(days=7))

    answer = (await service.post("/v1/loans/renewals", {"card_number": "ADA"})).json()

    assert [(0, 200, second), (1, 422, third)] == [
        (line["line"], line["status"], line["loan_id"]) for line in answer["results"]
    ]
    assert (1, None) == (answer["results"][0]["loan"]["renewals"], answer["results"][1]["loan"])
    assert "renewal-changes-nothing" == answer["results"][1]["problem"]["code"]
    assert answer["more"] is False


async def test_a_reader_renews_everything_of_their_own_and_of_nobody_else(service: Service) -> None:
    await lend(service, "C1")
    service.clock.pass_by(timedelta(days=7))

    mine = await service.post("/v1/loans/renewals", {}, token=ADAS)
    others = await service.post("/v1/loans/renewals", {"card_number": "ADA"}, token=ADAS)

    assert ([200], 403) == ([line["status"] for line in mine.json()["results"]], others.status_code)


async def test_an_account_without_a_member_says_whose_loans_to_renew(service: Service) -> None:
    assert "member-not-named" == problem_of(await service.post("/v1/loans/renewals", {}))["code"]
    assert "member-not-found" == problem_of(await service.post("/v1/loans/renewals", {"card_number": "X"}))["code"]


async def test_a_repeated_request_renews_no_loan_twice(service: Service) -> None:
    first, second = await lend(service, "C1", "C2")
    service.clock.pass_by(timedelta(days=7))
    before = (await service.post("/v1/loans/renewals", {"member_id": str(ADA)}, key="r1")).json()
    await service.bring_back(copy_barcode="C1")
    service.clock.pass_by(timedelta(days=7))

    after = await service.post("/v1/loans/renewals", {"member_id": str(ADA)}, key="r1")

    assert {first, second} == {line["loan_id"] for line in before["results"]}
    (left,) = after.json()["results"]
    (same,) = [line for line in before["results"] if line["loan_id"] == second]
    assert (same["loan"], "true") == (left["loan"], after.headers["Idempotency-Replayed"])


async def test_members_is_asked_no_more_for_ten_loans_than_for_one(service: Service) -> None:
    await lend(service, *(f"C{number}" for number in range(9)))
    service.clock.pass_by(timedelta(days=7))
    asked = service.members.questions

    await service.post("/v1/loans/renewals", {"card_number": "ADA"})

    assert 2 == service.members.questions - asked


async def test_all_holds_of_a_member_are_suspended_but_those_for_which_a_copy_is_set_aside(service: Service) -> None:
    ready = await hold(service, "ADA")
    await service.bring_back()
    service.catalogue.copies.append(a_copy(copy_id=new_id(), book_id=(other := new_id()), barcode="C2"))
    waiting = (await service.post("/v1/holds", {"book_id": str(other), "card_number": "ADA"})).json()

    answer = await service.post("/v1/holds/suspensions", {"card_number": "ADA", "until": "2026-04-01T00:00:00Z"})

    results = {line["hold_id"]: line for line in answer.json()["results"]}
    assert (200, "2026-04-01T00:00:00Z") == (
        results[waiting["hold_id"]]["status"],
        results[waiting["hold_id"]]["hold"]["suspended_until"],
    )
    assert (409, "hold-not-waiting") == (
        results[ready["hold_id"]]["status"],
        results[ready["hold_id"]]["problem"]["code"],
    )


async def test_a_reader_suspends_their_own_holds(service: Service) -> None:
    held = await hold(service, "ADA")

    answer = await service.post("/v1/holds/suspensions", {}, token=ADAS)

    (line,) = answer.json()["results"]
    assert (held["hold_id"], True, None) == (
        line["hold_id"],
        line["hold"]["suspended"],
        line["hold"]["suspended_until"],
    )


async def test_a_book_drop_is_returned_as_of_the_last_closing(service: Service) -> None:
    assert 201 == (await service.put("/v1/calendars/MAIN", OFFICE)).status_code
    await lend(service, "C1", due_at="2026-03-06T18:00:00Z")
    service.clock.pass_by(timedelta(days=7, hours=-1))
    await lend(service, "C2")
    service.clock.pass_by(timedelta(hours=1))  # Monday, at ten

    lines = [{"copy_barcode": barcode} for barcode in ("C1", "C2")]
    results = (await service.post("/v1/returns/bulk", {"lines": lines, "book_drop": True})).json()["results"]

    assert ["2026-03-06T18:00:00Z", "2026-03-09T09:00:00Z"] == [line["scan"]["loan"]["returned_at"] for line in results]
    assert [None, None] == [line["scan"]["fine"] for line in results]


async def test_a_pile_is_returned_as_of_a_moment_but_where_a_line_says_another(service: Service) -> None:
    await lend(service, "C1", "C2")
    service.clock.pass_by(timedelta(days=2))

    lines = [{"copy_barcode": "C1"}, {"copy_barcode": "C2", "returned_at": "2026-03-03T12:00:00Z"}]
    answer = await service.post("/v1/returns/bulk", {"lines": lines, "returned_at": "2026-03-04T08:00:00Z"})

    assert ["2026-03-04T08:00:00Z", "2026-03-03T12:00:00Z"] == [
        line["scan"]["loan"]["returned_at"] for line in answer.json()["results"]
    ]


@pytest.mark.parametrize(
    ("body", "token", "status"),
    [
        ({"book_drop": True}, KIOSK, 403),
        ({"book_drop": True, "returned_at": "2026-03-01T10:00:00Z"}, None, 422),
    ],
)
async def test_the_book_drop_is_for_staff_and_says_its_own_moment(
    service: Service, body: dict[str, Any], token: str | None, status: int
) -> None:
    answer = await service.post("/v1/returns/bulk", {"lines": [{"copy_barcode": "C1"}]} | body, token=token)

    assert status == answer.status_code


async def test_nobody_of_the_staff_takes_their_own_loan_from_the_book_drop_as_of_earlier(service: Service) -> None:
    await service.check_out()
    service.clock.pass_by(timedelta(days=2))
    pile = {"lines": [{"copy_id": str(EMMA_COPY)}], "book_drop": True}

    (line,) = (await service.post("/v1/returns/bulk", pile, token=COLLEAGUE)).json()["results"]

    assert "four-eyes" == line["problem"]["code"]


async def test_the_due_dates_of_all_loans_that_match_are_changed_and_of_no_others(service: Service) -> None:
    await lend(service, "C1", "C2")
    await lend(service, "E1", branch="EAST")
    where = {"branch": "main", "due_until": "2026-03-25T00:00:00Z"}

    answer = await service.post("/v1/loans/due-dates", {"where": where, "due_at": WEEK_LATER, "reason": "Moving."})

    assert {"C1", "C2"} == {line["barcode"] for line in answer.json()["results"]}
    assert {"C1": WEEK_LATER, "C2": WEEK_LATER, "E1": "2026-03-23T23:59:59Z"} == await due_dates(service)
    loan_id = answer.json()["results"][0]["loan_id"]
    entries = (await service.get(f"/v1/loans/{loan_id}/history")).json()["entries"]
    assert ("due_date_changed", "Moving.") == (entries[-1]["what"], entries[-1]["why"])


async def test_a_dry_run_says_which_due_dates_would_change_and_changes_none(service: Service) -> None:
    await lend(service, "C1")
    before = await due_dates(service)

    answer = await service.post(
        "/v1/loans/due-dates", {"where": {"member_id": str(ADA)}, "due_at": WEEK_LATER, "dry_run": True}
    )

    (line,) = answer.json()["results"]
    assert (before["C1"], WEEK_LATER, None) == (line["was_due_at"], line["due_at"], line["refusal"])
    assert before == await due_dates(service)


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_loan_of_ones_own_is_left_to_a_colleague_and_stops_no_other(service: Service, dry_run: bool) -> None:
    await service.check_out()
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    await service.check_out(copy_barcode=shelve(service, "C2"), card_number="KIM")
    body = {"where": {"branch": "MAIN"}, "due_at": WEEK_LATER, "dry_run": dry_run}

    results = (await service.post("/v1/loans/due-dates", body, token=COLLEAGUE)).json()["results"]

    assert {"C2": None, "30000000000019": "four-eyes"} == {
        line["barcode"]: line["refusal"] and line["refusal"]["code"] for line in results
    }


async def test_the_same_request_again_is_answered_as_before(service: Service) -> None:
    await lend(service, "C1")
    body = {"where": {"branch": "MAIN"}, "due_at": WEEK_LATER}
    before = await service.post("/v1/loans/due-dates", body, key="d1")

    again = await service.post("/v1/loans/due-dates", body, key="d1")
    anew = await service.post("/v1/loans/due-dates", body, key="d2")

    assert (before.json(), "true") == (again.json(), again.headers["Idempotency-Replayed"])
    assert [] == anew.json()["results"]


@pytest.mark.parametrize(
    "body",
    [
        {"where": {}, "due_at": WEEK_LATER},
        {"where": {"branch": None}, "due_at": WEEK_LATER},
        {"due_at": WEEK_LATER},
        {"where": {"branch": "MAIN"}},
    ],
)
async def test_what_does_not_say_which_loans_or_until_when_is_refused(service: Service, body: dict[str, Any]) -> None:
    assert 422 == (await service.post("/v1/loans/due-dates", body)).status_code


async def test_a_due_date_that_has_passed_is_refused_as_a_whole(service: Service) -> None:
    await lend(service, "C1")

    refused = await service.post("/v1/loans/due-dates", {"where": {"branch": "MAIN"}, "due_at": "2026-03-01T00:00:00Z"})

    assert "invalid-due-date" == problem_of(refused)["code"]
