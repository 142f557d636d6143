"""Staff confirm what is noted of a copy before they lend it or take it back, where its rule says so."""

from dataclasses import replace
from typing import Any

import pytest

from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import ADAS, Service, a_token
from tests.loans.api.situations import KIOSK, change_rules
from tests.loans.makers import a_copy

DISCS = "Three discs. Count them."
CONFIRMED: dict[str, Any] = {"notes_confirmed": True}


@pytest.fixture
async def discs(service: Service) -> Service:
    service.catalogue.copies = [replace(a_copy(), staff_note=DISCS)]
    await change_rules(service, confirm_notes=True)
    return service


async def history(service: Service, loan: dict[str, Any], token: str | None = None) -> list[tuple[str, Any]]:
    entries = (await service.get(f"/v1/loans/{loan['loan_id']}/history", token)).json()["entries"]
    return [(entry["what"], entry["confirmed"]) for entry in entries]


async def test_a_copy_is_lent_and_taken_back_once_its_note_is_confirmed_and_the_history_says_so(
    discs: Service,
) -> None:
    refused = await discs.check_out()
    loan = (await discs.check_out(**CONFIRMED)).json()
    await discs.note_of()
    kept = await discs.bring_back()
    returned = await discs.bring_back(**CONFIRMED)

    assert (422, [DISCS]) == (refused.status_code, problem_of(refused)["errors"][0]["notes"])
    assert (["notes-not-confirmed"], 200) == (codes_of(kept), returned.status_code)
    assert [("checked_out", [DISCS]), ("returned", [DISCS])] == await history(discs, loan)
    assert [("checked_out", None), ("returned", None)] == await history(discs, loan, ADAS)


async def test_a_decision_tells_that_the_note_is_still_to_be_confirmed(discs: Service) -> None:
    question = {"copy_barcode": "30000000000019", "card_number": "ADA"}

    before, after = [(await discs.post("/v1/loans/decision", question | more)).json() for more in ({}, CONFIRMED)]

    assert (["notes-not-confirmed"], True) == ([each["code"] for each in before["refusals"]], after["allowed"])


async def test_nobody_overrides_that_a_note_is_not_confirmed(discs: Service) -> None:
    please = {"codes": ["notes-not-confirmed"], "comment": "In a hurry."}

    assert ["override-forbidden"] == codes_of(await discs.check_out(override=please))


async def test_a_machine_that_is_told_no_notes_lends_and_takes_back_without(discs: Service) -> None:
    lent = await discs.check_out(token=KIOSK)
    await discs.note_of()
    back = await discs.post("/v1/returns", {"copy_barcode": "30000000000019"}, token=KIOSK)

    assert (201, 200) == (lent.status_code, back.status_code)
    assert [("checked_out", None), ("returned", None)] == await history(discs, lent.json())


async def test_what_staff_did_offline_has_happened_and_nothing_of_it_is_confirmed(discs: Service) -> None:
    desk = a_token(role="librarian", scope="loans:offline")
    offline: dict[str, Any] = CONFIRMED | {"offline": {}}

    lent = await discs.check_out(token=desk, offline={})
    await discs.note_of()
    back = await discs.post("/v1/returns", {"copy_barcode": "30000000000019", "offline": {}}, token=desk)
    again = await discs.check_out(token=desk, **offline)

    assert (201, 200, 201) == (lent.status_code, back.status_code, again.status_code), lent.text
    assert [("checked_out", None), ("returned", None)] == await history(discs, lent.json())
    assert [("checked_out", None)] == await history(discs, again.json())


async def test_a_copy_without_a_note_and_a_rule_that_wants_nothing_confirmed_ask_for_nothing(service: Service) -> None:
    service.catalogue.copies = [replace(a_copy(), staff_note=DISCS)]
    loan = (await service.check_out()).json()
    await service.note_of(staff_note=None)
    await change_rules(service, confirm_notes=True)

    assert 200 == (await service.bring_back()).status_code
    assert [("checked_out", None), ("returned", None)] == await history(service, loan)
