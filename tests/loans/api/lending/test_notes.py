"""The notes of staff on a copy and on a member, as check-outs, decisions and returns tell them."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from loans_service.domain.borrower import StandingNote
from loans_service.domain.lendable_copy import CopyNotLendable
from shared.kernel.ids import new_id
from tests.loans.api.conftest import Service
from tests.loans.api.situations import KIOSK
from tests.loans.makers import a_copy, a_standing

DISCS = "Two discs. Count them."
ON_THE_COPY = {"of": "copy", "text": DISCS}
BARCODE = "30000000000019"


@pytest.fixture
def noted(service: Service) -> Service:
    """A copy and a member with notes, one of which is for another branch."""
    service.catalogue.copies = [replace(a_copy(), staff_note=DISCS)]
    notes = (
        StandingNote("Has promised a bookcase."),
        StandingNote("Ask for the address.", "main"),
        StandingNote("Show the cellar.", "EAST"),
    )
    service.members.by_card["ADA"] = replace(a_standing(), notes=notes)
    return service


async def of_a_decision(service: Service, token: str | None = None, **body: Any) -> list[dict[str, str]]:
    answer = await service.post(
        "/v1/loans/decision", {"copy_barcode": BARCODE, "card_number": "ADA"} | body, token=token
    )
    return notes_of(answer)


def notes_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.is_success, answer.text
    found: list[dict[str, str]] = answer.json()["notes"]
    return found


def texts(notes: list[dict[str, str]]) -> list[str]:
    return [note["text"] for note in notes]


async def test_a_check_out_tells_the_notes_of_the_copy_and_of_the_member(noted: Service) -> None:
    foreseen = await of_a_decision(noted)
    told = notes_of(await noted.check_out())

    assert [
        ON_THE_COPY,
        {"of": "member", "text": "Has promised a bookcase."},
        {"of": "member", "text": "Ask for the address."},
    ] == told
    assert told == foreseen


async def test_a_desk_tells_what_its_branch_is_to_be_told(noted: Service) -> None:
    foreseen = await of_a_decision(noted, branch="EAST")

    assert [DISCS, "Has promised a bookcase.", "Show the cellar."] == texts(foreseen)
    assert foreseen == notes_of(await noted.check_out(branch="east"))


async def test_each_line_of_many_check_outs_has_its_notes(noted: Service) -> None:
    noted.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="C2"))
    lines = [{"copy_barcode": barcode, "card_number": "ADA"} for barcode in (BARCODE, "C2")]

    first, second = (await noted.post("/v1/loans/bulk", {"lines": lines})).json()["results"]

    assert (3, 2) == (len(first["loan"]["notes"]), len(second["loan"]["notes"]))


async def test_a_machine_that_others_read_is_told_no_notes(noted: Service) -> None:
    foreseen = await of_a_decision(noted, KIOSK)
    lent = notes_of(await noted.check_out(token=KIOSK))
    await noted.note_of()
    returned = notes_of(await noted.post("/v1/returns", {"copy_barcode": BARCODE}, token=KIOSK))

    assert [[], [], []] == [foreseen, lent, returned]


async def test_a_repeated_check_out_tells_its_notes_again(noted: Service) -> None:
    first = await noted.check_out(key="n1")
    noted.catalogue.copies = [a_copy()]

    again = await noted.check_out(key="n1")

    assert first.content == again.content
    assert ON_THE_COPY == notes_of(again)[0]


async def test_a_loan_that_is_looked_up_has_no_notes(noted: Service) -> None:
    loan = (await noted.check_out()).json()

    shown = (await noted.get(f"/v1/loans/{loan['loan_id']}")).json()

    assert loan.keys() - shown.keys() == {"notes", "ended_loan_id"}


async def test_a_return_tells_the_note_that_books_last_told_and_asks_nobody(noted: Service) -> None:
    told = []
    for note in (DISCS, "One disc is missing.", None):
        await noted.check_out()
        await noted.note_of(staff_note=note)
        asked = noted.catalogue.questions, noted.members.questions
        told.append(texts(notes_of(await noted.bring_back())))
        assert asked == (noted.catalogue.questions, noted.members.questions)

    assert [[DISCS], ["One disc is missing."], []] == told


async def test_a_return_of_a_copy_that_was_never_lent_tells_the_note_that_books_tells_now(noted: Service) -> None:
    assert [ON_THE_COPY] == notes_of(await noted.bring_back())


async def test_a_missing_copy_that_was_seen_keeps_its_note(noted: Service) -> None:
    await noted.check_out()
    await noted.note_of(refusals=(CopyNotLendable("It is missing.", status="missing"),))

    seen, again = await noted.bring_back(), await noted.bring_back()

    assert ("missing", None) == (seen.json()["copy_status"], again.json()["copy_status"])
    assert [ON_THE_COPY] == notes_of(seen) == notes_of(again)
