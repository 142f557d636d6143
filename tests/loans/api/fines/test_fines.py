"""Fines as the desk and their borrower see them, from the late return to the last payment."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from loans_service.domain.money import Money
from loans_service.persistence.tables import borrowers
from shared.kernel.ids import new_id
from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import ADAS, ADMIN, Service, a_token
from tests.loans.makers import a_copy

EUR = "EUR"


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": EUR}


async def late_return(service: Service, days: int = 5) -> dict[str, Any]:
    """Check a copy out and bring it back so many days too late; return the answer."""
    await service.check_out()
    service.clock.pass_by(timedelta(days=21 + days))
    answer: dict[str, Any] = (await service.bring_back()).json()
    return answer


async def pay(service: Service, fine: dict[str, Any], amount: dict[str, Any], **how: Any) -> Any:
    return await service.post(f"/v1/fines/{fine['fine_id']}/payments", {"amount": amount}, **how)


async def test_a_late_copy_costs_every_open_day_and_the_desk_sees_it_at_once(service: Service) -> None:
    fine = (await late_return(service, 5))["fine"]

    assert (fine["reason"], fine["status"], fine["amount"], fine["owed"]) == ("overdue", "owed", eur(100), eur(100))
    told = [data async for type_, data in service.events() if type_ == "loans.fine.charged"]
    assert [event["amount"] for event in told] == [eur(100)]


async def test_one_day_late_costs_nothing(service: Service) -> None:
    assert (await late_return(service, 1))["fine"] is None


async def test_lateness_never_costs_more_than_the_copy(service: Service) -> None:
    service.catalogue.copies = [a_copy(price=Money(150, EUR))]

    assert (await late_return(service, 30))["fine"]["amount"] == eur(150)


async def test_a_fine_is_paid_in_parts_and_its_ledger_tells_who_took_what(service: Service) -> None:
    fine = (await late_return(service))["fine"]

    first = (await pay(service, fine, eur(40))).json()
    last = (await pay(service, fine, eur(60))).json()
    shown = await service.get(f"/v1/fines/{fine['fine_id']}", token=ADAS)

    assert (first["status"], first["owed"], last["status"], last["owed"]) == ("owed", eur(60), "paid", eur(0))
    ledger = shown.json()["ledger"]
    assert [(line["posting"], line["amount"]) for line in ledger] == [
        ("charged", eur(100)),
        ("paid", eur(40)),
        ("paid", eur(60)),
    ]
    assert all(line["by"] for line in ledger)
    assert shown.headers["etag"]


async def test_a_payment_that_is_repeated_with_its_key_is_taken_once(service: Service) -> None:
    fine = (await late_return(service))["fine"]

    first, again = [await pay(service, fine, eur(40), key="till-1") for _ in range(2)]

    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert (await service.get(f"/v1/fines/{fine['fine_id']}")).json()["owed"] == eur(60)


async def test_what_is_forgiven_is_forgiven_for_a_reason(service: Service) -> None:
    fine = (await late_return(service))["fine"]

    waived = (await service.post(f"/v1/fines/{fine['fine_id']}/waive", {"reason": "A flood."})).json()

    assert (waived["status"], waived["waived"]) == ("waived", eur(100))
    assert (await service.get(f"/v1/fines/{fine['fine_id']}")).json()["ledger"][-1]["why"] == "A flood."


"""Somebody of the staff who owes the fine."""


async def test_a_part_of_a_fine_is_forgiven_and_the_rest_is_paid(service: Service) -> None:
    fine = (await late_return(service))["fine"]

    part = await service.post(f"/v1/fines/{fine['fine_id']}/waive", {"amount": eur(30), "reason": "Snow."})
    paid = await pay(service, fine, eur(70), if_match=part.headers["etag"])

    assert (part.json()["status"], part.json()["owed"]) == ("owed", eur(70))
    assert (paid.json()["status"], paid.json()["waived"], paid.json()["paid"]) == ("paid", eur(30), eur(70))


async def test_a_lost_copy_costs_its_price_and_the_work_and_the_price_comes_back_with_the_copy(
    service: Service,
) -> None:
    loan = (await service.check_out()).json()
    await service.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {})
    await service.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {})
    charged = (await service.get("/v1/fines/mine", token=ADAS)).json()["items"]
    lost = next(fine for fine in charged if fine["reason"] == "lost")
    await pay(service, lost, eur(2000))

    await service.bring_back()

    assert sorted((fine["reason"], fine["amount"]["amount"]) for fine in charged) == [
        ("lost", 2500),
        ("processing", 500),
    ]
    after = {fine["reason"]: fine for fine in (await service.get("/v1/fines/mine", token=ADAS)).json()["items"]}
    assert (after["lost"]["status"], after["lost"]["refunded"]) == ("waived", eur(2000))
    assert (after["processing"]["status"], after["processing"]["owed"]) == ("owed", eur(500))


@pytest.mark.parametrize(("late_again", "amounts"), [(0, [100]), (10, [100, 200])])
async def test_lateness_that_staff_let_be_renewed_is_charged_and_only_once(
    service: Service, late_again: int, amounts: list[int]
) -> None:
    loan = (await service.check_out()).json()
    service.clock.pass_by(timedelta(days=21 + 5))
    override = {"override": {"codes": ["too-overdue-to-renew"], "comment": "She was in hospital."}}

    renewed = await service.post(f"/v1/loans/{loan['loan_id']}/renew", override)
    service.clock.pass_by(timedelta(days=21 + late_again))
    await service.bring_back()

    fines = (await service.get(f"/v1/fines?loan_id={loan['loan_id']}")).json()["items"]
    assert (200, amounts) == (renewed.status_code, sorted(fine["amount"]["amount"] for fine in fines))
    assert {"overdue"} == {fine["reason"] for fine in fines}


async def test_a_renewal_within_the_days_of_grace_costs_nothing(service: Service) -> None:
    loan = (await service.check_out()).json()
    service.clock.pass_by(timedelta(days=21 + 1))

    renewed = await service.post(f"/v1/loans/{loan['loan_id']}/renew", {})

    assert (200, []) == (renewed.status_code, (await service.get("/v1/fines")).json()["items"])


async def test_a_price_comes_back_only_in_time(service: Service) -> None:
    loan = (await service.check_out()).json()
    await service.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {})
    service.clock.pass_by(timedelta(days=181))

    await service.bring_back()

    fines = (await service.get("/v1/fines", token=None)).json()["items"]
    assert {fine["reason"]: fine["status"] for fine in fines}["lost"] == "owed"


async def test_a_copy_that_lay_in_the_book_drop_in_time_and_was_scanned_too_late_was_in_time(service: Service) -> None:
    loan = (await service.check_out()).json()
    await service.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {})
    service.clock.pass_by(timedelta(days=179))
    in_time = service.clock.now().isoformat().replace("+00:00", "Z")
    service.clock.pass_by(timedelta(days=2))

    back = await service.post("/v1/returns", {"copy_barcode": loan["barcode"], "returned_at": in_time})

    fines = (await service.get("/v1/fines", token=None)).json()["items"]
    assert (200, "waived") == (back.status_code, {fine["reason"]: fine["status"] for fine in fines}["lost"])
    assert back.json()["fine"] is None  # it was lost before it was due


async def test_a_copy_that_was_brought_back_as_claimed_costs_nothing(service: Service) -> None:
    loan = (await service.check_out()).json()
    await service.post(f"/v1/loans/{loan['loan_id']}/claim-returned", {})
    service.clock.pass_by(timedelta(days=60))

    assert (await service.bring_back()).json()["fine"] is None


async def test_a_member_sees_no_fines_but_their_own(service: Service) -> None:
    fine = (await late_return(service))["fine"]
    stranger = a_token(role="member", member_id=new_id())

    hidden = await service.get(f"/v1/fines/{fine['fine_id']}", token=stranger)

    assert (hidden.status_code, codes_of(hidden)) == (404, ["fine-not-found"])
    assert (await service.get("/v1/fines/mine", token=stranger)).json()["items"] == []
    assert len((await service.get("/v1/fines/mine", token=ADAS)).json()["items"]) == 1


async def test_fines_are_listed_by_member_and_status_page_by_page(service: Service) -> None:
    for _ in range(3):
        member = (await late_return(service))["loan"]["member_id"]

    first = (await service.get(f"/v1/fines?member_id={member}&status=owed&limit=2")).json()
    second = (await service.get(f"/v1/fines?limit=2&cursor={first['next_cursor']}")).json()

    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (2, 1, None)
    assert (await service.get("/v1/fines?status=paid")).json()["items"] == []


async def test_a_member_chooses_whether_the_history_is_kept(service: Service) -> None:
    kept = await service.post("/v1/borrowers/me/history", {"keep": True}, token=ADAS)
    nobody = await service.post("/v1/borrowers/me/history", {"keep": True}, token=ADMIN)

    assert (kept.status_code, kept.json()) == (200, {"keep": True})
    assert (nobody.status_code, problem_of(nobody)["code"]) == (403, "forbidden")
    assert [row[0] for row in await service.database.rows(select(borrowers.c.keeps_history))] == [True]


async def test_a_fine_says_what_was_lent_and_a_charge_by_hand_is_for_no_loan(service: Service) -> None:
    late = await late_return(service)
    charged = {"card_number": "ADA", "kind": "damage", "amount": eur(300)}
    assert 201 == (await service.post("/v1/charges", charged)).status_code

    by_hand, fine = (await service.get("/v1/fines/mine", token=ADAS)).json()["items"]
    alone = (await service.get(f"/v1/fines/{fine['fine_id']}", token=ADAS)).json()

    told = ("copy_id", "book_id", "title", "barcode", "checked_out_at", "due_at", "returned_at", "version")
    assert {name: late["loan"][name] for name in told} == fine["loan"] == alone["loan"]
    assert by_hand["loan"] is None


async def test_a_fine_is_sent_again_once_its_copy_has_come_back(service: Service) -> None:
    loan = (await service.check_out()).json()
    await service.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {})
    charged = (await service.get("/v1/fines/mine", token=ADAS)).json()["items"]
    (path,) = [f"/v1/fines/{fine['fine_id']}" for fine in charged if fine["reason"] == "processing"]
    before = await service.get(path)

    await service.bring_back()
    after = await service.get(path, **{"If-None-Match": before.headers["ETag"]})
    again = await service.get(path, **{"If-None-Match": after.headers["ETag"]})

    assert (200, None) == (before.status_code, before.json()["loan"]["returned_at"])
    assert (200, before.json()["version"]) == (after.status_code, after.json()["version"])
    assert after.json()["loan"]["returned_at"] is not None
    assert 304 == again.status_code


async def test_a_copy_that_was_paid_for_did_not_come_back(service: Service) -> None:
    loan = (await service.check_out()).json()
    await service.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {})
    for fine in (await service.get("/v1/fines/mine", token=ADAS)).json()["items"]:
        await pay(service, fine, fine["owed"])

    shown = (await service.get("/v1/fines/mine", token=ADAS)).json()["items"]

    assert "lost_and_paid" == (await service.get(f"/v1/loans/{loan['loan_id']}")).json()["status"]
    assert {None} == {fine["loan"]["returned_at"] for fine in shown}
