"""Payments at tills: how, where, and with which receipt."""

from datetime import UTC, datetime
from typing import Any

import pytest

from loans_service.api.tills.printed_receipts import WORDS
from loans_service.domain.fines.fine import FineReason
from loans_service.domain.rules.charge_kinds import CHARGE_KINDS, FEES
from loans_service.domain.tills.till import Method
from loans_service.domain.tills.till_receipt import CREDIT_LINE, ReceiptKind
from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import ADAS, ADMIN, LIBRARIAN, Service, a_token
from tests.loans.api.fines.charging import TILL, charge, eur, pay
from tests.loans.api.situations import KIOSK
from tests.loans.api.tills.at_the_till import (
    CLERK,
    balance,
    cash_up,
    drawer,
    make_till,
    open_till,
    owed,
    paid,
)  # fmt: skip
from tests.loans.makers import ADA


async def test_a_payment_at_a_till_gets_a_receipt_with_the_next_number(service: Service) -> None:
    await make_till(service)

    first, second = await paid(service, 300), await paid(service, 200, method="card")

    assert ["DESK-1-2026-000001", "DESK-1-2026-000002"] == [first["number"], second["number"]]
    assert (("cash", eur(300)), ("card", eur(200))) == tuple(
        (each["method"], each["total"]) for each in (first, second)
    )
    (line,) = first["lines"]
    assert ("damage", eur(300)) == (line["reason"], line["amount"])
    assert 10_300 == await drawer(service)
    assert {"cash": eur(300), "card": eur(200)} == (await balance(service))["money"]["taken"]


async def test_a_payment_in_a_branch_that_is_none_is_refused_and_makes_no_till(service: Service) -> None:
    fine = (await charge(service, 300)).json()["fine_id"]
    body = {"amount": eur(300), "branch": "MIAN"}

    answers = [
        await service.post(path, body, token=CLERK)
        for path in (f"/v1/borrowers/{ADA}/payments", f"/v1/fines/{fine}/payments")
    ]
    made = await service.post("/v1/tills", {"till": "DESK-9", "branch": "MIAN", "name": "Nowhere"}, token=ADMIN)

    assert [(422, ["unknown-branch"])] * 3 == [(each.status_code, codes_of(each)) for each in (*answers, made)]
    assert [] == (await service.get("/v1/tills", ADMIN)).json()["items"]


async def test_a_payment_for_one_fine_has_a_receipt_too(service: Service) -> None:
    await make_till(service)
    fine = (await charge(service, 300)).json()["fine_id"]

    answer = await service.post(f"/v1/fines/{fine}/payments", {"amount": eur(100), "till": "desk-1"}, token=CLERK)

    receipt = answer.json()["receipt"]
    assert ("DESK-1-2026-000001", "MAIN", str(ADA)) == (receipt["number"], receipt["branch"], receipt["member_id"])
    assert eur(200) == answer.json()["owed"]
    shown = await service.get(f"/v1/receipts/{receipt['number'].lower()}", CLERK)
    assert receipt == shown.json()


async def test_a_payment_that_is_repeated_has_the_same_receipt_and_leaves_no_gap(service: Service) -> None:
    await make_till(service)
    await charge(service, 300)
    body = {"amount": eur(100), "till": "DESK-1"}

    first, again = [await service.post(f"/v1/borrowers/{ADA}/payments", body, key="k-1", token=CLERK) for _ in range(2)]
    by_reference = [
        await pay(service, 100, till="DESK-1", reference="terminal-7-1", token=token) for token in (CLERK, LIBRARIAN)
    ]

    assert first.json() == again.json()
    assert by_reference[0].json() == by_reference[1].json()
    assert "DESK-1-2026-000002" == by_reference[1].json()["receipt"]["number"]
    assert 100 == await owed(service)
    await balance(service)


async def test_a_payment_that_is_refused_leaves_no_gap_in_the_numbers(service: Service) -> None:
    await make_till(service)
    await charge(service, 300)

    refused = await pay(service, 301, till="DESK-1", token=CLERK)
    taken = await pay(service, 300, till="DESK-1", token=CLERK)

    assert ["payment-exceeds-owed"] == codes_of(refused)
    assert "DESK-1-2026-000001" == taken.json()["receipt"]["number"]


async def test_where_no_till_is_named_it_is_the_branchs_or_the_machines_or_the_accounts_own(service: Service) -> None:
    receipts = [
        await paid(service, till=None, branch="main"),
        await paid(service, till=None, token=KIOSK),
        await paid(service, till=None, token=TILL),
        await paid(service, till=None),
    ]

    tills = [receipt["number"].rpartition("-2026-")[0] for receipt in receipts]
    assert ["BRANCH.MAIN", "CLIENT.KIOSK", "CLIENT.TILL"] == tills[:3]
    assert tills[3].startswith("ACCOUNT.")
    assert ["cash", "cash", "online", "cash"] == [receipt["method"] for receipt in receipts]
    assert {"000001"} == {receipt["number"][-6:] for receipt in receipts}
    listed = (await service.get("/v1/tills")).json()["items"]
    assert {*tills} == {each["till"] for each in listed if each["kind"] == "own" and each["session"]}
    assert 300 == await drawer(service, "BRANCH.MAIN")


async def test_numbers_begin_anew_in_each_year_of_the_librarys_time_zone(service: Service) -> None:
    await make_till(service)
    last = await paid(service)
    service.clock.time = datetime(2027, 1, 1, 0, 0, tzinfo=UTC)
    first = await paid(service)

    assert ["DESK-1-2026-000001", "DESK-1-2027-000001"] == [last["number"], first["number"]]
    await balance(service)


async def test_a_till_takes_money_only_while_it_is_open(service: Service) -> None:
    await make_till(service, opened_with=None)
    await charge(service, 300)

    before = await pay(service, 100, till="DESK-1", token=CLERK)
    await open_till(service, 0)
    between = await pay(service, 100, till="DESK-1", token=CLERK)
    await cash_up(service, 100)
    after = await pay(service, 100, till="DESK-1", token=CLERK)

    assert [409, 200, 409] == [answer.status_code for answer in (before, between, after)]
    assert ["till-closed"] == codes_of(before) == codes_of(after)
    assert "DESK-1-2026-000001" == between.json()["receipt"]["number"]


@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
async def test_a_receipt_is_printed_as_a_page_without_a_script_or_as_lines(service: Service, accept: str) -> None:
    await make_till(service)
    number = (await paid(service))["number"]

    printed = await service.get(f"/v1/receipts/{number}", CLERK, Accept=accept)

    assert (200, accept) == (printed.status_code, printed.headers["content-type"].partition(";")[0])
    assert all(part in printed.text for part in (number, "3.00 EUR", "payment, cash"))
    assert "<script" not in printed.text
    assert "default-src 'none'" in printed.headers["content-security-policy"]
    assert (accept == "text/html") == printed.text.startswith("<!doctype html>")


@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
async def test_a_printed_receipt_tells_the_time_of_its_branch(service: Service, accept: str) -> None:
    assert 201 == (await service.put("/v1/calendars/MAIN", {"timezone": "America/New_York"})).status_code
    number = (await paid(service, till=None, branch="main"))["number"]

    printed = await service.get(f"/v1/receipts/{number}", CLERK, Accept=accept)
    as_json = (await service.get(f"/v1/receipts/{number}", CLERK)).json()

    assert "2026-03-02 05:00 EST" in printed.text
    assert "2026-03-02T10:00:00Z" == as_json["at"]


@pytest.mark.parametrize(
    ("asked", "language", "told"),
    [
        ("de-AT", "de", ("Schaden", "Zahlung, bar")),
        ("fr", "fr", ("Dommage", "Paiement, espèces")),
        ("es", "es", ("Daño", "Pago, en efectivo")),
        ("nl", "en", ("damage", "payment, cash")),
    ],
)
async def test_a_receipt_is_printed_in_the_language_that_is_asked_for(
    service: Service, asked: str, language: str, told: tuple[str, str]
) -> None:
    await make_till(service)
    number = (await paid(service))["number"]

    page, lines = [
        await service.get(f"/v1/receipts/{number}", CLERK, Accept=form, **{"Accept-Language": asked})
        for form in ("text/html", "text/plain")
    ]

    assert all(word in printed.text for word in told for printed in (page, lines))
    assert f'<html lang="{language}">' in page.text
    assert (language, language) == (page.headers["content-language"], lines.headers["content-language"])


@pytest.mark.parametrize("language", WORDS)
def test_every_word_that_is_printed_by_itself_is_in_every_language(language: str) -> None:
    words = WORDS[language]

    assert {*FineReason, *FEES, *CHARGE_KINDS, CREDIT_LINE} == set(words["reasons"])
    assert (set(ReceiptKind), set(Method)) == (set(words["kinds"]), set(words["methods"]))
    assert words["for"].format(number="DESK-1-2026-000001").endswith("DESK-1-2026-000001")


async def test_a_receipt_in_a_form_that_there_is_not_is_refused(service: Service) -> None:
    await make_till(service)
    number = (await paid(service))["number"]

    assert 406 == (await service.get(f"/v1/receipts/{number}", CLERK, Accept="image/png")).status_code


async def test_a_member_sees_the_own_receipts_without_who_of_the_staff_gave_them(service: Service) -> None:
    await make_till(service)
    number = (await paid(service))["number"]

    own, others = [
        await service.get(f"/v1/receipts/{number}", token)
        for token in (ADAS, a_token(role="member", member_id=new_id()))
    ]

    assert ("staff", "") == (own.json()["by"], own.json()["why"])
    assert (404, ["receipt-not-found"]) == (others.status_code, codes_of(others))


@pytest.mark.parametrize(("till", "how"), [("MAIN", {"branch": "MAIN"}), ("KIOSK", {"token": KIOSK})])
async def test_a_till_that_is_called_like_a_branch_or_a_machine_takes_none_of_its_money(
    service: Service, till: str, how: dict[str, Any]
) -> None:
    await make_till(service, till)

    receipt = await paid(service, 300, till=None, **how)

    assert receipt["number"].startswith(("BRANCH.MAIN-", "CLIENT.KIOSK-"))
    assert 10_000 == await drawer(service, till)


async def test_a_till_is_made_once_and_by_an_admin(service: Service) -> None:
    await make_till(service, opened_with=None)
    body = {"till": "desk-1", "branch": "MAIN", "name": "Another"}

    again = await service.post("/v1/tills", body, token=ADMIN)
    by_staff = await service.post("/v1/tills", body | {"till": "DESK-2"}, token=CLERK)

    assert (409, ["till-exists"], 403) == (again.status_code, codes_of(again), by_staff.status_code)
    (till,) = (await service.get("/v1/tills")).json()["items"]
    assert {"till": "DESK-1", "kind": "desk", "branch": "MAIN", "name": "Main desk", "session": None} == till
