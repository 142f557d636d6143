"""A copy was entered under the wrong book and is given the right one: loans and holds, as clients see them."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.lending.amendments.correct_title import CorrectTitle
from loans_service.domain.holds.copy_report import CopyReport
from shared.kernel.ids import new_id
from tests.loans.api.conftest import Service
from tests.loans.api.holds.pulling import shown
from tests.loans.api.situations import hold, state_of
from tests.loans.makers import EMMA, EMMA_COPY, NOW, a_copy

ROMOLA = new_id()
"""The book that the copy is of; it was entered as one of Emma."""


@pytest.fixture
def two_books(library: Service) -> Service:
    """A library with two copies of one book, and one of another."""
    library.catalogue.copies += [
        a_copy(copy_id=new_id(), barcode="EMMA-2"),
        replace(a_copy(copy_id=new_id(), book_id=ROMOLA, barcode="ROMOLA-1"), title="Romola"),
    ]
    return library


async def hear_of_move(library: Service, *, sequence: int = 7, moved: bool = True) -> None:
    """Let the catalogue give the copy its book, and tell lending so."""
    copies = library.catalogue.copies
    copies[:] = [
        replace(copy, book_id=ROMOLA, title="Romola") if copy.copy_id == EMMA_COPY else copy for copy in copies
    ]
    work = library.app.state.ports.unit_of_work
    report = CopyReport(
        *(EMMA_COPY, ROMOLA, "30000000000019", "MAIN", "book", "in_service", sequence),
        at=NOW,
        was_entered_wrongly=moved,
    )
    await NoteCopyReport(work, library.clock)(report, listener="loans.copies", message_id=str(new_id()))
    await CorrectTitle(work, library.catalogue)(ROMOLA)
    await library.choose_targets()


async def test_loans_of_a_copy_follow_it_to_its_book_with_the_open_one(two_books: Service) -> None:
    past = (await two_books.check_out(card_number="STEVE")).json()["loan_id"]
    await two_books.bring_back()
    present = (await two_books.check_out()).json()["loan_id"]

    await hear_of_move(two_books)

    for loan_id in (past, present):
        loan = (await two_books.get(f"/v1/loans/{loan_id}")).json()
        assert (str(ROMOLA), "Romola") == (loan["book_id"], loan["title"])
    found = (await two_books.get(f"/v1/loans?book_id={EMMA}")).json()["items"]
    assert [] == found
    assert "shelf" == (await two_books.bring_back()).json()["next"]


async def test_who_wants_this_very_copy_waits_for_it_among_those_who_wait_for_its_book(two_books: Service) -> None:
    await two_books.check_out(copy_barcode="ROMOLA-1", card_number="REBECCA")
    await two_books.check_out(card_number="REBECCA")
    body = {"copy_id": str(EMMA_COPY), "card_number": "JESSICA", "pickup_branch": "MAIN"}
    theirs = (await two_books.post("/v1/holds", body)).json()
    two_books.clock.pass_by(timedelta(hours=1))
    later = await hold(two_books, "STEVE", book_id=str(ROMOLA))

    await hear_of_move(two_books)

    moved, other = [await shown(two_books, each) for each in (theirs, later)]
    assert (str(ROMOLA), "Romola", 1) == (moved["book_id"], moved["title"], moved["position"])
    assert (str(ROMOLA), 2) == (other["book_id"], other["position"])
    await two_books.bring_back()
    assert "ready" == await state_of(two_books, theirs["hold_id"])


async def test_who_waits_for_the_other_book_and_had_the_copy_on_the_hold_shelf_waits_again(two_books: Service) -> None:
    await two_books.check_out(copy_barcode="EMMA-2", card_number="REBECCA")
    waiting = await hold(two_books, "JESSICA")
    await two_books.bring_back()
    assert "ready" == await state_of(two_books, waiting["hold_id"])

    await hear_of_move(two_books)

    assert "waiting" == await state_of(two_books, waiting["hold_id"])
    (lying,) = (await two_books.get("/v1/circulation-statuses?status=to_clear")).json()["items"]
    assert (str(EMMA_COPY), str(ROMOLA), None) == (lying["copy_id"], lying["book_id"], lying["hold_id"])
    await two_books.bring_back(copy_barcode="EMMA-2")
    assert "ready" == await state_of(two_books, waiting["hold_id"])


async def test_who_has_the_copy_at_home_waits_for_its_book_no_more(two_books: Service) -> None:
    await two_books.check_out(copy_barcode="ROMOLA-1", card_number="REBECCA")
    await two_books.check_out(card_number="JESSICA")
    hers = await hold(two_books, "JESSICA", book_id=str(ROMOLA))

    await hear_of_move(two_books)

    ended = await shown(two_books, hers)
    assert ("cancelled", "already-on-loan-to-member") == (ended["status"], ended["reason"])


async def test_the_loan_is_asked_back_no_more_for_the_other_book(two_books: Service) -> None:
    for copy, card in (("30000000000019", "STEVE"), ("EMMA-2", "REBECCA")):
        await two_books.check_out(copy_barcode=copy, card_number=card)
    await hold(two_books, "JESSICA", kind="recall")

    await hear_of_move(two_books)

    (loan,) = (await two_books.get(f"/v1/loans?copy_id={EMMA_COPY}")).json()["items"]
    decided = await two_books.post(f"/v1/loans/{loan['loan_id']}/renew", {})
    assert 200 == decided.status_code, decided.text


async def test_a_move_that_is_heard_of_after_later_news_leads_to_the_book_of_those(two_books: Service) -> None:
    loan_id = (await two_books.check_out()).json()["loan_id"]

    await hear_of_move(two_books, sequence=8, moved=False)
    before = (await two_books.get(f"/v1/loans/{loan_id}")).json()["book_id"]
    await hear_of_move(two_books, sequence=7)
    await hear_of_move(two_books, sequence=7)

    assert (EMMA, ROMOLA) == (UUID(before), UUID((await two_books.get(f"/v1/loans/{loan_id}")).json()["book_id"]))


async def test_who_has_another_copy_of_its_book_at_home_and_may_wait_all_the_same_waits_on(two_books: Service) -> None:
    await two_books.check_out(copy_barcode="ROMOLA-1", card_number="JESSICA")
    override = {"codes": ["already-on-loan-to-member"], "comment": "For her class."}
    hers = await hold(two_books, "JESSICA", book_id=str(ROMOLA), override=override)
    await two_books.check_out(card_number="REBECCA")

    await hear_of_move(two_books)

    assert "waiting" == await state_of(two_books, hers["hold_id"])
