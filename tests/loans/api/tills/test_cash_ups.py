"""Drawers: what moves in and out of them, how they are counted, and the journal of a day."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from loans_service.application.privacy.follow_member import MergedMembersNews
from loans_service.domain.fines.fine import Fine
from loans_service.domain.money import Money
from loans_service.persistence.tills.till_tables import till_receipts
from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import ADMIN, Service
from tests.loans.api.fines.charging import eur
from tests.loans.api.situations import sweep
from tests.loans.api.tills.at_the_till import (
    CLERK,
    balance,
    cash_up,
    drawer,
    make_till,
    open_till,
    paid,
    refund,
    void,
)
from tests.loans.makers import ADA, NOW


async def move(service: Service, kind: str, amount: int, till: str = "DESK-1") -> Any:
    body = {"kind": kind, "amount": eur(amount), "note": "Change."}
    return await service.post(f"/v1/tills/{till}/movements", body, token=CLERK)


async def test_a_count_tells_the_difference_afterwards_and_books_it_with_its_note(service: Service) -> None:
    await make_till(service)
    await paid(service, 300)
    shown = (await service.get("/v1/tills")).text

    counted = await cash_up(service, 10_280, note="A coin rolled away.")

    assert "10300" not in shown
    (cash,) = counted.json()["counts"]
    assert (201, eur(10_300), eur(10_280), eur(-20)) == (
        counted.status_code,
        cash["expected"],
        cash["counted"],
        cash["difference"],
    )
    assert (eur(10_000), "A coin rolled away.") == (counted.json()["opening"], counted.json()["note"])
    (found,) = (await balance(service))["drawers"]
    assert (eur(-20), eur(10_280)) == (found["differences"], found["drawer"])


async def test_a_drawer_is_its_opening_with_what_came_went_and_moved(service: Service) -> None:
    await make_till(service)
    await paid(service, 300)
    await refund(service, (await paid(service, 200))["number"], 50)
    await void(service, (await paid(service, 700))["number"])
    await paid(service, 400, method="card")

    put_in, taken_out = await move(service, "in", 1_000), await move(service, "out", 5_000)

    assert [("in", eur(1_000)), ("out", eur(5_000))] == [
        (answer.json()["kind"], answer.json()["amount"]) for answer in (put_in, taken_out)
    ]
    (found,) = (await balance(service))["drawers"]
    assert (eur(10_000), eur(1_200), eur(750), eur(-4_000), eur(6_450)) == tuple(
        found[name] for name in ("opening", "taken", "given_back", "moved", "drawer")
    )


async def test_no_more_cash_is_taken_out_than_there_is(service: Service) -> None:
    await make_till(service, opened_with=100)

    refused = await move(service, "out", 101)

    assert (422, ["drawer-too-short"], 100) == (refused.status_code, codes_of(refused), await drawer(service))


async def test_slips_are_compared_with_what_was_taken_by_each_method(service: Service) -> None:
    await make_till(service)
    await paid(service, 400, method="card")
    await refund(service, (await paid(service, 100, method="card"))["number"])
    await paid(service, 50, method="transfer")

    counts = {"cash": eur(10_000), "card": eur(390)}
    counted = await service.post("/v1/tills/DESK-1/cash-ups", {"counted": counts}, token=CLERK)

    found = [(each["method"], each["expected"], each["difference"]) for each in counted.json()["counts"]]
    assert [("cash", eur(10_000), eur(0)), ("card", eur(400), eur(-10)), ("transfer", eur(50), eur(-50))] == found
    assert 10_000 == await drawer(service)


async def test_an_opening_tells_what_is_missing_since_the_last_count(service: Service) -> None:
    await make_till(service)
    await cash_up(service, 10_000)

    opened = await open_till(service, 9_500)
    again = await open_till(service, 9_500)

    assert (eur(-500), "DESK-1") == (opened.json()["difference"], opened.json()["till"])
    assert opened.json()["session"]["opened_by"]
    assert (409, ["session-open"]) == (again.status_code, codes_of(again))
    assert 9_500 == await drawer(service)


async def test_the_own_till_of_a_branch_is_cashed_up_like_another_and_opens_by_itself(service: Service) -> None:
    await paid(service, 300, till=None, branch="MAIN")

    counted = await cash_up(service, 300, till="branch.main")
    await paid(service, 200, till=None, branch="MAIN")

    assert [eur(0)] == [each["difference"] for each in counted.json()["counts"]]
    (found,) = (await balance(service))["drawers"]
    assert (eur(300), eur(200), eur(500)) == (found["opening"], found["taken"], found["drawer"])


@pytest.mark.parametrize("act", ["sessions", "cash-ups", "movements"])
async def test_a_till_that_nobody_made_is_unknown_and_other_money_is_refused(service: Service, act: str) -> None:
    await make_till(service, opened_with=None if act == "sessions" else 0)
    dollars = {"amount": 1, "currency": "USD"}

    def body(amount: dict[str, Any]) -> dict[str, Any]:
        return {"kind": "in", "amount": amount, "note": "Change."} if act == "movements" else {"counted": amount}

    unknown = await service.post(f"/v1/tills/NOWHERE/{act}", body(eur(1)), token=CLERK)
    other = await service.post(f"/v1/tills/DESK-1/{act}", body(dollars), token=CLERK)

    assert (404, ["till-not-found"]) == (unknown.status_code, codes_of(unknown))
    assert (422, ["other-currency-of-till"]) == (other.status_code, codes_of(other))


async def test_the_journal_lists_the_receipts_of_days_tills_and_branches_page_by_page(service: Service) -> None:
    await make_till(service)
    first = await paid(service, 300)
    service.clock.pass_by(timedelta(days=1))
    second = await paid(service, 200)
    third = await refund(service, second["number"])
    service.clock.pass_by(timedelta(seconds=1))
    elsewhere = await paid(service, 100, till=None, branch="EAST")
    today = f"{service.clock.now():%Y-%m-%d}"

    async def numbers(query: str) -> list[str]:
        return [each["number"] for each in (await service.get(f"/v1/payments?{query}")).json()["items"]]

    all_numbers = [first["number"], second["number"], third.json()["number"], elsewhere["number"]]
    assert all_numbers == await numbers("limit=100")
    assert all_numbers[1:] == await numbers(f"from={today}")
    assert all_numbers[:1] == await numbers("to=2026-03-02")
    assert all_numbers[1:3] == await numbers(f"from={today}&to={today}&till=desk-1")
    assert all_numbers[3:] == await numbers("branch=east")
    assert all_numbers == await numbers(f"member_id={ADA}")
    page = (await service.get("/v1/payments?limit=3")).json()
    rest = (await service.get(f"/v1/payments?limit=3&cursor={page['next_cursor']}")).json()
    assert all_numbers == [each["number"] for each in (*page["items"], *rest["items"])]


async def test_the_journal_comes_as_a_table_in_which_no_note_is_a_formula(service: Service) -> None:
    await make_till(service)
    taken = await paid(service, 300)
    await refund(service, taken["number"], reason='=HYPERLINK("http://x")')

    answer = await service.get("/v1/payments", CLERK, Accept="text/csv")

    assert "text/csv" == answer.headers["content-type"].partition(";")[0]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [("300", "payment", "damage"), ("-300", "refund", "damage")] == [
        (row["amount"], row["kind"], row["for"]) for row in rows
    ]
    assert ["", '\'=HYPERLINK("http://x")'] == [row["why"] for row in rows]


async def test_money_that_does_not_add_up_is_shown_and_not_repaired(service: Service) -> None:
    await make_till(service)
    number = (await paid(service, 300))["number"]
    await paid(service, 200)
    await _lose_receipt(service, number)

    shown = (await service.get("/v1/tills/balance", ADMIN)).json()
    checked = (await service.get("/v1/consistency", ADMIN)).json()
    await service.post("/v1/consistency/repair", {}, token=ADMIN)
    again = (await service.get("/v1/consistency", ADMIN)).json()

    assert [True, False, False] == [shown["ledger"]["agrees"], shown["money"]["agrees"], shown["agrees"]]
    assert [False] == [each["agrees"] for each in shown["drawers"]] == [each["agrees"] for each in shown["numbers"]]
    for found in (checked, again):
        assert (["EUR"], ["DESK-1"]) == (found["sums_wrong"], found["tills_wrong"])


async def _lose_receipt(service: Service, number: str) -> None:
    async with service.database.engine.begin() as connection:
        await connection.execute(delete(till_receipts).where(till_receipts.c.number == number))


async def test_what_was_paid_before_there_were_tills_counts_as_paid_elsewhere(service: Service) -> None:
    async with service.app.state.ports.unit_of_work() as uow:
        fine = Fine(id=new_id(), loan_id=None, member_id=ADA, reason="fee", amount=Money(300, "EUR"), now=NOW)
        fine.pay(Money(200, "EUR"), now=NOW)
        uow.fines.add(fine)
        await uow.commit()

    shown = await balance(service)

    assert (eur(200), eur(100), {}) == (shown["money"]["elsewhere"], shown["ledger"]["owed"], shown["money"]["taken"])


async def test_receipts_and_credit_follow_whoever_a_member_was_merged_into(service: Service) -> None:
    await make_till(service)
    taken = await paid(service, 300)
    more = {"amount": eur(100), "excess": "credit", "till": "DESK-1"}
    await service.post(f"/v1/borrowers/{ADA}/payments", more, token=CLERK)
    into = new_id()

    news = MergedMembersNews("news", ADA, into, 1)
    await service.app.state.privacy.join_borrowers(news, listener="loans.members")
    refunded = await refund(service, taken["number"])

    (payout,) = (await service.get(f"/v1/payouts?member_id={ADA}")).json()["items"]
    assert {str(into)} == {payout["member_id"], refunded.json()["member_id"]}
    await balance(service)


async def test_payers_are_forgotten_when_payments_are_and_the_money_still_adds_up(service: Service) -> None:
    await make_till(service)
    number = (await paid(service, 300))["number"]
    kept = {"amount": eur(100), "excess": "credit", "till": "DESK-1"}
    await service.post(f"/v1/borrowers/{ADA}/payments", kept, token=CLERK)

    service.clock.pass_by(timedelta(days=400))
    await sweep(service)

    shown = (await service.get(f"/v1/receipts/{number}", CLERK)).json()
    assert (None, eur(300)) == (shown["member_id"], shown["total"])
    (payout,) = (await service.get("/v1/payouts")).json()["items"]
    assert str(ADA) == payout["member_id"]  # what is due is owed to somebody
    await balance(service)
