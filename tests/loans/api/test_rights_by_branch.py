"""A desk acts in the branches for which its rights were granted, and nowhere else."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from loans_service.domain import rights
from loans_service.domain.rights import SEE_HISTORY, SEE_LOANS
from shared.kernel.rights import Right
from tests.answers import problem_of
from tests.loans.api.conftest import ADMIN, Service, a_token
from tests.loans.api.fines.charging import charge, eur
from tests.loans.api.holds.placing import EMMA_FOR_ADA, placed
from tests.loans.api.situations import hold, suspend
from tests.loans.makers import ADA, EMMA, EMMA_COPY, NOW

EVERY = sum(1 << right.number for right in vars(rights).values() if isinstance(right, Right))


def a_desk(*without: Right, at: str = "EAST") -> str:
    bits = EVERY - sum(1 << right.number for right in without)
    return a_token(role="librarian", rights=f"{bits:x}:{at}")


def assert_missing(answer: httpx.Response, right: str, branch: str | None) -> None:
    assert (403, "right-missing") == (answer.status_code, problem_of(answer)["code"]), answer.text
    assert (right, branch) == (answer.json()["right"], answer.json()["branch"])


async def test_a_desk_lends_in_its_own_branch_and_not_in_another(service: Service) -> None:
    there = await service.check_out(token=a_desk(at="EAST"), branch="MAIN")
    home = await service.check_out(token=a_desk(at="EAST"))
    here = await service.check_out(token=a_desk(at="MAIN"), branch="main")

    assert_missing(there, "lend", "MAIN")
    assert_missing(home, "lend", "MAIN")
    assert 201 == here.status_code


async def test_a_desk_takes_back_renews_and_dates_in_its_own_branch_alone(service: Service) -> None:
    loan = f"/v1/loans/{(await service.check_out()).json()['loan_id']}"
    scan = {"copy_barcode": "30000000000019"}
    due: dict[str, Any] = {"due_at": "2030-01-01T00:00:00Z", "reason": "A test."}
    east = a_desk(at="EAST")

    assert_missing(await service.post(f"{loan}/renew", {}, token=east), "renew", "MAIN")
    assert_missing(await service.post(f"{loan}/due-date", due, token=east), "change_loans", "MAIN")
    assert_missing(await service.post("/v1/returns", scan, token=east), "take_back", "MAIN")
    assert 200 == (await service.post("/v1/returns", scan, token=a_desk(at="MAIN"))).status_code


@pytest.mark.parametrize(
    ("act", "body", "right"),
    [
        ("renew", {}, "renew"),
        ("due-date", {"due_at": "2030-01-01T00:00:00Z", "reason": "A test."}, "change_loans"),
        ("declare-lost", {}, "change_loans"),
        ("claim-returned", {}, "change_loans"),
    ],
)
async def test_to_name_one_s_own_branch_gives_no_right_over_the_loan_of_another(
    service: Service, act: str, body: dict[str, Any], right: str
) -> None:
    loan = (await service.check_out()).json()["loan_id"]

    answer = await service.post(f"/v1/loans/{loan}/{act}", {**body, "branch": "EAST"}, token=a_desk(at="EAST"))

    assert_missing(answer, right, "MAIN")


async def test_a_lost_copy_is_found_by_who_changes_loans_in_its_branch(service: Service) -> None:
    loan = f"/v1/loans/{(await service.check_out()).json()['loan_id']}"
    await service.post(f"{loan}/declare-lost", {"price": {"amount": 1_000, "currency": "EUR"}})

    found = await service.post(f"{loan}/found", {"branch": "EAST"}, token=a_desk(at="EAST"))

    assert_missing(found, "change_loans", "MAIN")


async def test_to_say_that_a_copy_came_back_earlier_is_to_change_its_loan(service: Service) -> None:
    scan = {"copy_barcode": "30000000000019"}
    await service.check_out()
    service.clock.pass_by(timedelta(days=2))
    earlier = scan | {"returned_at": (NOW + timedelta(days=1)).isoformat()}
    takes_back = a_desk(rights.CHANGE_LOANS, at="*")

    assert_missing(await service.post("/v1/returns", earlier, token=takes_back), "change_loans", "MAIN")
    assert_missing(
        await service.post("/v1/returns", earlier | {"branch": "EAST"}, token=a_desk()), "change_loans", "MAIN"
    )
    assert 200 == (await service.post("/v1/returns", earlier, token=a_desk(at="MAIN"))).status_code
    await service.check_out()
    assert 200 == (await service.post("/v1/returns", scan, token=takes_back)).status_code


async def test_to_override_is_a_right_of_its_own(service: Service) -> None:
    override = {"codes": ["loan-limit-reached"], "comment": "A test."}

    refused = await service.check_out(token=a_desk(rights.OVERRIDE, at="*"), override=override)

    assert_missing(refused, "override", "MAIN")


async def test_a_hold_is_placed_against_the_rules_by_that_right_alone_and_this_is_told_before(service: Service) -> None:
    override = {"override": {"codes": ["hold-limit-reached"], "comment": "A test."}}
    hold = {**EMMA_FOR_ADA, "pickup_branch": "MAIN", **override}
    without = a_desk(rights.OVERRIDE, at="*")

    told = (await service.post("/v1/holds/decision", hold, token=without)).json()

    assert_missing(await service.post("/v1/holds", hold, token=without), "override", "MAIN")
    assert (False, ["right-missing"]) == (told["allowed"], [each["code"] for each in told["refusals"]])
    assert "override" == told["refusals"][0]["right"]
    assert 201 == (await service.post("/v1/holds", hold, token=a_desk(at="MAIN"))).status_code


async def test_a_hold_is_sent_to_a_branch_only_by_who_places_holds_there(service: Service) -> None:
    hold = (await service.post("/v1/holds", {**EMMA_FOR_ADA, "pickup_branch": "MAIN"})).json()["hold_id"]
    path, to_east = f"/v1/holds/{hold}", {"pickup_branch": "EAST"}

    async def sent(token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
        return await service.http.patch(path, json=to_east, headers=headers)

    assert_missing(await sent(a_desk(at="MAIN")), "place_holds", "EAST")
    assert 200 == (await sent(a_desk(at="EAST,MAIN"))).status_code


async def test_a_fine_is_forgiven_in_the_branch_of_its_loan(service: Service) -> None:
    loan = (await service.check_out()).json()["loan_id"]
    await service.post(f"/v1/loans/{loan}/declare-lost", {"price": {"amount": 1_000, "currency": "EUR"}})
    librarian = {"Authorization": f"Bearer {a_desk(at='*')}"}
    fine = (await service.http.get(f"/v1/fines?loan_id={loan}", headers=librarian)).json()["items"][0]["fine_id"]
    path, why = f"/v1/fines/{fine}/waive", {"reason": "A test."}

    assert_missing(await service.post(path, why, token=a_desk(at="EAST")), "waive", "MAIN")
    assert_missing(await service.post(path, why, token=a_desk(rights.WAIVE, at="*")), "waive", None)
    assert 200 == (await service.post(path, why, token=a_desk(at="MAIN"))).status_code


async def test_a_member_is_charged_in_a_branch_by_who_charges_there_and_without_one_by_who_does_everywhere(
    service: Service,
) -> None:
    east = a_desk(at="EAST")

    assert_missing(await charge(service, 300, token=east, branch="MAIN"), "charge", "MAIN")
    without = await charge(service, 300, token=east)
    assert_missing(without, "charge", None)
    assert "in all branches" in problem_of(without)["detail"]
    charged = await charge(service, 300, token=east, branch="east")
    assert (201, "EAST") == (charged.status_code, charged.json()["branch"])
    anywhere = await charge(service, 300, token=a_desk(at="*"))
    assert (201, None) == (anywhere.status_code, anywhere.json()["branch"])


async def test_a_charge_by_hand_is_forgiven_where_it_was_made(service: Service) -> None:
    path = f"/v1/fines/{(await charge(service, 300, branch='MAIN')).json()['fine_id']}/waive"

    assert_missing(await service.post(path, {"reason": "A test."}, token=a_desk(at="EAST")), "waive", "MAIN")
    assert 200 == (await service.post(path, {"reason": "A test."}, token=a_desk(at="MAIN"))).status_code


async def test_debts_are_sent_to_an_agency_by_who_may_in_each_branch_where_they_were_made(service: Service) -> None:
    loan = (await service.check_out()).json()["loan_id"]
    await service.post(f"/v1/loans/{loan}/declare-lost", {"price": {"amount": 1_000, "currency": "EUR"}})
    await charge(service, 300, branch="EAST")
    await charge(service, 100)

    async def sent(at: str) -> dict[str, Any]:
        body = {"member_ids": [str(ADA)]}
        line: dict[str, Any] = (await service.post("/v1/collections", body, token=a_desk(at=at))).json()["results"][0]
        return line

    for at, lacking in (("EAST", "MAIN"), ("MAIN", "EAST")):
        line = await sent(at)
        problem = line["problem"]
        assert (403, "right-missing", lacking) == (line["status"], problem["code"], problem["branch"])
    assert 200 == (await sent("EAST,MAIN"))["status"]


async def test_a_suspension_is_lifted_in_the_branch_of_the_loan_that_came_back_late(service: Service) -> None:
    await suspend(service)
    path, why = f"/v1/borrowers/{ADA}/suspension/lift", {"reason": "Ill."}

    assert_missing(await service.post(path, why, token=a_desk(at="EAST")), "waive", "MAIN")
    assert 200 == (await service.post(path, why, token=a_desk(at="MAIN"))).status_code


async def test_a_copy_is_missed_by_the_desk_on_whose_pull_list_it_is(library: Service) -> None:
    to_east = await hold(library, "JESSICA", pickup_branch="EAST")
    path = f"/v1/holds/{to_east['hold_id']}/not-found"

    assert_missing(await library.post(path, {}, token=a_desk(at="EAST")), "place_holds", "MAIN")
    assert 200 == (await library.post(path, {}, token=a_desk(at="MAIN"))).status_code


async def test_a_queue_is_put_into_another_order_by_who_may_where_those_who_move_fetch(library: Service) -> None:
    await library.check_out(card_number="ADA")
    branches = {"JESSICA": "EAST", "REBECCA": "MAIN", "STEVE": "EAST"}
    first, second, third = [(await hold(library, card, pickup_branch=at))["hold_id"] for card, at in branches.items()]

    async def ordered(token: str, *hold_ids: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
        return await library.http.put(f"/v1/hold-queues/{EMMA}", json={"hold_ids": hold_ids}, headers=headers)

    east = a_desk(at="EAST")
    assert_missing(await ordered(east, third, first, second), "move_copies", "MAIN")
    assert 200 == (await ordered(east, third, second, first)).status_code
    assert 200 == (await ordered(a_desk(at="EAST,MAIN"), second, third, first)).status_code


async def test_holds_that_are_fetched_where_their_copies_are_at_home_change_places_too(library: Service) -> None:
    await library.check_out(card_number="ADA")
    cards = {"JESSICA": None, "STEVE": None, "REBECCA": "EAST"}
    first, second, third = [(await hold(library, card, pickup_branch=at))["hold_id"] for card, at in cards.items()]

    async def ordered(token: str, *hold_ids: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
        return await library.http.put(f"/v1/hold-queues/{EMMA}", json={"hold_ids": hold_ids}, headers=headers)

    assert 200 == (await ordered(a_desk(at="MAIN"), second, first, third)).status_code
    assert_missing(await ordered(a_desk(at="MAIN"), third, second, first), "move_copies", "EAST")


async def test_a_hold_for_one_copy_is_cancelled_where_that_is_at_home_by_what_books_last_told(library: Service) -> None:
    await library.note_of()
    await library.check_out(card_number="ADA")
    wanted = {"book_id": None, "copy_id": str(EMMA_COPY), "pickup_branch": None}
    path = f"/v1/holds/{(await hold(library, 'JESSICA', **wanted))['hold_id']}/cancel"

    assert_missing(await library.post(path, {}, token=a_desk(at="EAST")), "place_holds", "MAIN")
    assert 200 == (await library.post(path, {}, token=a_desk(at="MAIN"))).status_code


async def test_a_claim_is_forgiven_by_who_may_waive_and_ends_otherwise_without_that(service: Service) -> None:
    loan = f"/v1/loans/{(await service.check_out()).json()['loan_id']}"
    await service.post(f"{loan}/claim-returned", {})
    no_waiver = a_desk(rights.WAIVE, at="*")

    assert_missing(await service.post(f"{loan}/resolve", {"as": "forgiven"}, token=no_waiver), "waive", "MAIN")
    assert 200 == (await service.post(f"{loan}/resolve", {"as": "charged"}, token=no_waiver)).status_code


async def test_lateness_is_forgiven_at_the_return_by_who_may_waive_a_fine_of_that_loan(service: Service) -> None:
    await service.check_out()
    scan = {"copy_barcode": "30000000000019", "branch": "EAST", "forgive": "An amnesty."}

    assert_missing(await service.post("/v1/returns", scan, token=a_desk(rights.WAIVE, at="*")), "waive", "MAIN")
    assert_missing(await service.post("/v1/returns", scan, token=a_desk(at="EAST")), "waive", "MAIN")
    assert 200 == (await service.post("/v1/returns", scan, token=a_desk(at="*"))).status_code


async def test_a_till_is_that_of_its_branch(service: Service) -> None:
    east, main = a_desk(at="EAST"), a_desk(at="MAIN")
    made = {"till": "DESK-1", "branch": "MAIN", "name": "Desk"}
    counted: dict[str, Any] = {"counted": {"amount": 0, "currency": "EUR"}}

    assert_missing(
        await service.post("/v1/tills", made, token=a_token(role="admin", rights=f"{EVERY:x}:EAST")), "tills", "MAIN"
    )
    assert 201 == (await service.post("/v1/tills", made, token=ADMIN)).status_code
    assert_missing(await service.post("/v1/tills/DESK-1/sessions", counted, token=east), "take_payments", "MAIN")
    assert (await service.post("/v1/tills/DESK-1/sessions", counted, token=main)).is_success


async def test_money_is_taken_and_given_back_in_the_branch_of_the_till(service: Service) -> None:
    charged = await charge(service, 300)
    path, paid = f"/v1/fines/{charged.json()['fine_id']}/payments", {"amount": eur(300), "branch": "MAIN"}
    east, main = a_desk(at="EAST"), a_desk(at="MAIN")

    assert_missing(await service.post(path, paid, token=east), "take_payments", "MAIN")
    taken = await service.post(path, paid, token=main)
    refund = f"/v1/receipts/{taken.json()['receipt']['number']}/refund"
    back = {"reason": "A test.", "branch": "MAIN"}
    assert_missing(await service.post(refund, back, token=east), "refund", "MAIN")
    assert (await service.post(refund, back, token=main)).is_success


async def test_what_was_read_is_seen_with_a_right_of_its_own(service: Service) -> None:
    loan = (await service.check_out()).json()["loan_id"]
    await service.bring_back()
    with_it = {"Authorization": f"Bearer {a_desk()}"}
    without = {"Authorization": f"Bearer {a_desk(SEE_HISTORY)}"}

    async def listed(headers: dict[str, str]) -> list[str]:
        items = (await service.http.get("/v1/loans", headers=headers)).json()["items"]
        return [item["loan_id"] for item in items]

    assert ([loan], []) == (await listed(with_it), await listed(without))
    assert_missing(await service.http.get("/v1/loans?status=returned", headers=without), "see_history", None)
    assert_missing(await service.http.get(f"/v1/loans/{loan}", headers=without), "see_history", None)
    assert_missing(await service.http.get(f"/v1/loans/{loan}/history", headers=without), "see_history", None)
    assert 200 == (await service.http.get("/v1/loans?status=open", headers=without)).status_code


async def test_what_was_held_is_seen_with_the_same_right(service: Service) -> None:
    hold = f"/v1/holds/{await placed(service)}"
    with_it, without = a_desk(), a_desk(SEE_HISTORY)
    ada = a_token(role="librarian", scope="self", member_id=ADA, rights=f"{1 << SEE_LOANS.number:x}:EAST")
    waiting = [(await service.get(path, without)).status_code for path in (hold, f"/v1/holds?member_id={ADA}")]
    await service.post(f"{hold}/cancel", {})

    async def listed(token: str) -> int:
        return len((await service.get(f"/v1/holds?member_id={ADA}", token)).json()["items"])

    assert [200, 200] == waiting
    assert (1, 0) == (await listed(with_it), await listed(without))
    assert_missing(await service.get("/v1/holds?status=fulfilled", without), "see_history", None)
    assert_missing(await service.get(hold, without), "see_history", None)
    assert [200, 200] == [(await service.get(hold, token)).status_code for token in (with_it, ada)]


async def test_what_was_paid_is_seen_with_that_right_or_at_a_till(service: Service) -> None:
    fine = (await charge(service, 300)).json()["fine_id"]
    without, reader = a_desk(SEE_HISTORY), a_desk(SEE_HISTORY, rights.TAKE_PAYMENTS)
    owed = [(await service.get(path, reader)).status_code for path in (f"/v1/fines/{fine}", "/v1/fines?status=owed")]
    paid = await service.post(f"/v1/fines/{fine}/payments", {"amount": eur(300), "branch": "MAIN"})
    receipt = f"/v1/receipts/{paid.json()['receipt']['number']}"

    async def listed(token: str) -> int:
        return len((await service.get("/v1/fines", token)).json()["items"])

    assert [200, 200] == owed
    assert (1, 0) == (await listed(a_desk()), await listed(without))
    for path in (f"/v1/fines/{fine}", "/v1/fines?status=paid"):
        assert_missing(await service.get(path, without), "see_history", None)
    for path in (receipt, "/v1/payments"):
        assert_missing(await service.get(path, reader), "see_history", None)
        assert 200 == (await service.get(path, without)).status_code


async def test_whether_all_money_adds_up_is_for_whoever_is_granted_all_of_it(service: Service) -> None:
    one = a_token(role="admin", rights=f"{EVERY:x}:MAIN")

    assert_missing(await service.get("/v1/tills/balance", one), "tills", None)


@pytest.mark.parametrize(("at", "status"), [("EAST", 403), ("MAIN", 404), ("*", 404)])
async def test_the_calendar_of_another_branch_is_left_alone(service: Service, at: str, status: int) -> None:
    token = a_token(role="admin", rights=f"{EVERY:x}:{at}")

    answer = await service.post("/v1/calendars/MAIN/closures", {}, token=token)

    assert (status == 403) == (answer.status_code == 403), answer.text


async def test_what_is_about_the_whole_library_is_for_whoever_is_granted_all_of_it(service: Service) -> None:
    one = a_token(role="admin", rights=f"{EVERY:x}:MAIN")

    assert_missing(await service.put("/v1/policies", {}, token=one), "rules", None)


async def test_staff_read_renew_and_hold_for_themselves_as_any_reader_does(service: Service) -> None:
    no_history = f"{EVERY - (1 << SEE_HISTORY.number):x}:EAST"
    ada = a_token(role="librarian", scope="self", member_id=ADA, rights=no_history)
    loan = f"/v1/loans/{(await service.check_out()).json()['loan_id']}"
    service.clock.pass_by(timedelta(days=1))

    seen = await service.post(f"{loan}/renew", {"seen": True}, token=ada)
    renewed = await service.post(f"{loan}/renew", {}, token=ada)
    await service.bring_back()
    held = await service.post("/v1/holds", {**EMMA_FOR_ADA, "pickup_branch": "MAIN"}, token=ada)
    cancelled = await service.post(f"/v1/holds/{held.json().get('hold_id')}/cancel", {}, token=ada)

    assert_missing(seen, "renew", "MAIN")
    assert [200, 201, 200] == [renewed.status_code, held.status_code, cancelled.status_code]
    assert [200, 200] == [(await service.get(path, ada)).status_code for path in (loan, f"{loan}/history")]


async def test_an_app_without_the_scope_for_one_s_own_does_nothing_more_for_its_person(service: Service) -> None:
    loan = f"/v1/loans/{(await service.check_out()).json()['loan_id']}"
    app = a_token(role="librarian", member_id=ADA, rights=f"{EVERY:x}:EAST")

    assert_missing(await service.post(f"{loan}/renew", {}, token=app), "renew", "MAIN")


async def test_readers_need_no_right_for_their_own(service: Service) -> None:
    headers = {"Authorization": f"Bearer {a_desk(SEE_LOANS)}"}

    assert_missing(await service.http.get(f"/v1/loans/{uuid4()}", headers=headers), "see_loans", None)
    own = {"Authorization": f"Bearer {a_token(role='member', member_id=uuid4())}"}
    assert 200 == (await service.http.get("/v1/loans/mine", headers=own)).status_code
