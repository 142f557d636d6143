"""Guardians and proxies who borrow, collect, renew and place holds for somebody else."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from loans_service.application.privacy.clear_borrower import LeavingNews
from loans_service.application.privacy.follow_member import MergedMembersNews
from loans_service.persistence.tables import loan_history
from shared.kernel.ids import new_id
from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import ADAS, ADMIN, Service, a_token
from tests.loans.api.fines.charging import charge
from tests.loans.api.lending.acts import act
from tests.loans.api.situations import KIOSK, change_hold_terms, change_terms, hold, let_act, shelve
from tests.loans.makers import ADA, EMMA, EMMA_COPY, a_standing

FOR_ADA: dict[str, Any] = {"card_number": "DAN", "acting_for": str(ADA)}
LISTENER = "loans.members"


async def entries_of(service: Service, loan: dict[str, Any], token: str | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await service.get(f"/v1/loans/{loan['loan_id']}/history", token)).json()["entries"]
    return found


async def make_ready(service: Service) -> None:
    """Let a copy be ready for Ada's hold."""
    placed = await service.post("/v1/holds", {"copy_id": str(EMMA_COPY), "card_number": "ADA"})
    assert 201 == placed.status_code, placed.text
    assert "hold_shelf" == (await service.bring_back()).json()["next"]


async def test_who_may_borrow_for_somebody_does_it_with_the_own_card_and_is_on_record(service: Service) -> None:
    dan = let_act(service, "borrow")

    loan = (await service.check_out(**FOR_ADA)).json()
    (written,) = await entries_of(service, loan)
    (hers,) = await entries_of(service, loan, ADAS)

    assert (str(ADA), str(dan)) == (loan["member_id"], written["acted_by"])
    assert str(dan) == hers["acted_by"]


async def test_who_acts_for_nobody_is_on_no_record(service: Service) -> None:
    loan = (await service.check_out()).json()

    assert [None] == [entry["acted_by"] for entry in await entries_of(service, loan)]


@pytest.mark.parametrize("token", [None, KIOSK], ids=["desk", "kiosk"])
async def test_who_may_only_collect_gets_what_is_ready_and_nothing_else(service: Service, token: str | None) -> None:
    let_act(service, "collect")
    another = shelve(service, "C2")
    await make_ready(service)

    for_himself = await service.check_out(card_number="DAN", token=token)
    something_else = await service.check_out(copy_barcode=another, token=token, **FOR_ADA)
    collected = await service.check_out(token=token, **FOR_ADA)

    assert ["copy-held-for-other"] == codes_of(for_himself)
    told = problem_of(something_else)["errors"][0]
    assert ("may-not-act-for", ["borrow"]) == (told["code"], told["rights"])
    assert (201, str(ADA)) == (collected.status_code, collected.json()["member_id"])


async def test_a_copy_that_is_ready_needs_one_of_two_rights(service: Service) -> None:
    let_act(service, "see", "pay")
    await make_ready(service)

    refused = problem_of(await service.check_out(**FOR_ADA))["errors"][0]
    explained = (await service.post("/v1/loans/decision", {"copy_barcode": "30000000000019"} | FOR_ADA)).json()

    assert ("may-not-act-for", ["borrow", "collect"]) == (refused["code"], refused["rights"])
    assert (False, ["may-not-act-for"]) == (explained["allowed"], [one["code"] for one in explained["refusals"]])


async def test_the_limits_are_those_of_the_member_and_not_of_who_acts(service: Service) -> None:
    let_act(service, "borrow")
    for number in range(10):
        await service.check_out(copy_barcode=shelve(service, f"C{number}"))

    assert ["loan-limit-reached"] == codes_of(await service.check_out(**FOR_ADA))


async def test_a_guardian_renews_by_the_own_sign_in(service: Service) -> None:
    dan = let_act(service, "renew")
    dans = a_token(role="member", member_id=dan)
    loan = (await service.check_out()).json()

    as_if_own = await act(service, loan["loan_id"], "renew", token=dans)
    renewed = await act(service, loan["loan_id"], "renew", {"acting_for": str(ADA)}, token=dans)
    by_staff = await act(service, loan["loan_id"], "renew", {"acting_for": str(ADA)})

    assert (404, 200, 403) == (as_if_own.status_code, renewed.status_code, by_staff.status_code)
    assert ("guardian", str(dan)) == (
        (await entries_of(service, loan, ADAS))[-1]["by"],
        (await entries_of(service, loan))[-1]["acted_by"],
    )


async def test_a_loan_of_somebody_else_is_unknown_to_a_guardian(service: Service) -> None:
    dan = let_act(service, "renew")
    service.members.by_card["KIM"] = service.members.by_card["DAN"]
    loan = (await service.check_out(card_number="KIM")).json()
    hers = a_token(role="member", member_id=dan)

    refused = await act(service, loan["loan_id"], "renew", {"acting_for": str(ADA)}, token=hers)

    assert (404, "loan-not-found") == (refused.status_code, problem_of(refused)["code"])


@pytest.mark.parametrize("at_desk", [True, False])
async def test_a_guardian_places_holds_for_somebody(service: Service, *, at_desk: bool) -> None:
    dan = let_act(service, "hold")
    who = {"card_number": "DAN"} if at_desk else {}
    token = None if at_desk else a_token(role="member", member_id=dan)

    placed = await service.post("/v1/holds", {"copy_id": str(EMMA_COPY), "acting_for": str(ADA)} | who, token=token)

    assert (201, str(ADA)) == (placed.status_code, placed.json()["member_id"])


@pytest.mark.parametrize("at_desk", [True, False])
async def test_a_guardian_cancels_holds_for_somebody_and_is_on_record(service: Service, *, at_desk: bool) -> None:
    dan = let_act(service, "hold")
    who = {"card_number": "DAN"} if at_desk else {}
    token = None if at_desk else a_token(role="member", member_id=dan)
    body = {"acting_for": str(ADA)} | who
    placed = (await service.post("/v1/holds", {"copy_id": str(EMMA_COPY)} | body, token=token)).json()

    cancelled = await service.post(f"/v1/holds/{placed['hold_id']}/cancel", body, token=token)

    hold = cancelled.json()
    assert (200, "cancelled") == (cancelled.status_code, hold["status"])
    assert (str(dan), str(dan)) == (hold["placed_by"], hold["cancelled_by"])


async def test_a_guardian_cancels_nobody_elses_hold_and_one_who_may_only_see_cancels_none(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    dan = a_token(role="member", member_id=let_act(service, "hold"))
    kims, hers = await hold(service, "KIM"), await hold(service, "ADA")
    for_ada = {"acting_for": str(ADA)}

    foreign = await service.post(f"/v1/holds/{kims['hold_id']}/cancel", for_ada, token=dan)
    as_own = await service.post(f"/v1/holds/{hers['hold_id']}/cancel", {}, token=dan)
    let_act(service, "see")
    refused = await service.post(f"/v1/holds/{hers['hold_id']}/cancel", for_ada, token=dan)
    aimless = await service.post(f"/v1/holds/{hers['hold_id']}/cancel", {"card_number": "DAN"})

    assert (404, 404) == (foreign.status_code, as_own.status_code)
    assert (["may-not-act-for"], 422) == (codes_of(refused), aimless.status_code)


async def test_a_guardian_pays_with_the_own_card_and_the_receipt_says_so(service: Service) -> None:
    dan = let_act(service, "pay")
    await charge(service, 600)
    body = {"amount": {"amount": 400, "currency": "EUR"}, "payer": {"card_number": "DAN"}}

    paid = await service.post(f"/v1/borrowers/{ADA}/payments", body)
    receipt = paid.json()["receipt"]
    seen = await service.get(f"/v1/receipts/{receipt['number']}", a_token(role="member", member_id=dan))
    let_act(service, "collect")
    refused = await service.post(f"/v1/borrowers/{ADA}/payments", body)

    assert (200, str(ADA), str(dan)) == (paid.status_code, receipt["member_id"], receipt["paid_by"])
    assert (200, "staff") == (seen.status_code, seen.json()["by"])
    assert ["may-not-act-for"] == codes_of(refused)


async def test_a_guardian_of_the_staff_takes_no_payment_from_themselves(service: Service) -> None:
    dan = let_act(service, "pay")
    await charge(service, 600)
    body = {"amount": {"amount": 400, "currency": "EUR"}, "payer": {"card_number": "DAN"}}

    refused = await service.post(f"/v1/borrowers/{ADA}/payments", body, token=a_token(role="librarian", member_id=dan))

    assert (403, ["four-eyes"]) == (refused.status_code, codes_of(refused))


async def test_whoever_paid_is_in_the_export_and_is_forgotten_with_the_person(service: Service) -> None:
    dan, stays = let_act(service, "pay", "hold"), new_id()
    await charge(service, 600)
    body = {"amount": {"amount": 600, "currency": "EUR"}, "payer": {"card_number": "DAN"}}
    number = (await service.post(f"/v1/borrowers/{ADA}/payments", body)).json()["receipt"]["number"]
    held = (
        await service.post("/v1/holds", {"copy_id": str(EMMA_COPY), "card_number": "DAN", "acting_for": str(ADA)})
    ).json()
    privacy, versions = service.app.state.privacy, set[str]()

    async def who() -> tuple[str | None, str | None]:
        receipt, hold_ = await service.get(f"/v1/receipts/{number}"), await service.get(f"/v1/holds/{held['hold_id']}")
        versions.add(hold_.headers["etag"])
        return receipt.json()["paid_by"], hold_.json()["placed_by"]

    exported = (await service.get(f"/v1/borrowers/{dan}/export", ADMIN)).json()["receipts"]
    before = await who()
    await privacy.join_borrowers(MergedMembersNews("m1", dan, stays, 5), listener=LISTENER)
    merged = await who()
    await privacy.note_leaving(LeavingNews("m2", stays, new_id(), 6), listener=LISTENER)

    assert [number] == [each["number"] for each in exported]
    assert [(str(dan),) * 2, (str(stays),) * 2, (None,) * 2] == [before, merged, await who()]
    assert 3 == len(versions)


async def test_who_is_merged_acted_as_the_record_that_stays_and_who_is_erased_as_nobody(service: Service) -> None:
    dan, stays = let_act(service, "borrow"), new_id()
    loan = (await service.check_out(**FOR_ADA)).json()
    privacy = service.app.state.privacy

    await privacy.join_borrowers(MergedMembersNews("m1", dan, stays, 5), listener=LISTENER)
    (merged,) = await entries_of(service, loan)
    await privacy.note_leaving(LeavingNews("m2", stays, new_id(), 6), listener=LISTENER)
    (erased,) = await entries_of(service, loan)

    assert (str(stays), None) == (merged["acted_by"], erased["acted_by"])


async def test_who_acted_is_forgotten_with_the_loan(service: Service) -> None:
    let_act(service, "borrow")
    await service.check_out(**FOR_ADA)
    await service.bring_back()

    await service.app.state.privacy.note_leaving(LeavingNews("m1", ADA, new_id(), 5), listener=LISTENER)

    rows = await service.database.rows(select(loan_history.c.acted_by, loan_history.c.by))
    assert {(None, "")} == {tuple(row) for row in rows}


async def test_what_a_child_owes_counts_for_who_pays_where_the_policy_says_so(service: Service) -> None:
    child, other = new_id(), new_id()
    service.members.by_card |= {
        "ADA": replace(a_standing(), pays_for=(child, other)),
        "CHILD": a_standing(member_id=child),
        "OTHER": a_standing(member_id=other),
    }
    for card in ("CHILD", "OTHER"):
        await charge(service, 600, card_number=card)
    by_default = await service.post("/v1/loans/decision", {"copy_barcode": "30000000000019", "card_number": "ADA"})

    await change_terms(service, count_wards=True)
    refused = await service.check_out()
    hers = (await service.get(f"/v1/borrowers/{ADA}")).json()
    for_the_child = await service.check_out(card_number="CHILD")
    await change_hold_terms(service, stopped_by=["fines-owed"])
    waits = await service.post("/v1/holds", {"book_id": str(EMMA), "card_number": "ADA", "pickup_branch": "MAIN"})

    assert by_default.json()["allowed"]
    told = problem_of(refused)["errors"][0]
    assert ("fines-owed", {"amount": 1200, "currency": "EUR"}) == (told["code"], told["owed"])
    assert ({"amount": 0, "currency": "EUR"}, ["fines-owed"]) == (
        hers["owed"],
        [each["code"] for each in hers["refusals"]],
    )
    assert 201 == for_the_child.status_code
    assert "fines-owed" in codes_of(waits), "for holds it counts as it does for loans"
