"""Two books become one in the catalogue: loans, and those who waited for either, as clients see them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from loans_service.application.holds.join_queues import JoinQueues, MergedBooksNews
from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.lending.amendments.correct_title import CorrectTitle
from loans_service.domain.holds.copy_report import CopyReport
from shared.kernel.ids import new_id
from tests.loans.api.conftest import Service
from tests.loans.api.holds.pulling import shown, target_of
from tests.loans.api.situations import hold, state_of
from tests.loans.makers import EMMA, EMMA_COPY, NOW, a_copy

EMMA_TOO = new_id()
"""The book that stays; Emma is merged into it."""


@pytest.fixture
def two_books(library: Service) -> Service:
    """A library with one copy each of two books that are the same."""
    library.catalogue.copies.append(
        replace(a_copy(copy_id=new_id(), book_id=EMMA_TOO, barcode="C2"), title="Emma, too")
    )
    return library


def merge_in_catalogue(library: Service) -> None:
    library.catalogue.copies = [replace(copy, book_id=EMMA_TOO, title="Emma") for copy in library.catalogue.copies]


async def hear_of_merger(library: Service, message_id: str = "merged") -> None:
    work, news = library.app.state.ports.unit_of_work, MergedBooksNews(message_id, EMMA, EMMA_TOO)
    await JoinQueues(work, library.clock)(news, listener="loans.copies")
    await CorrectTitle(work, library.catalogue)(EMMA_TOO)
    await library.choose_targets()


async def merge(library: Service) -> None:
    merge_in_catalogue(library)
    await hear_of_merger(library)


async def wait(library: Service, card: str, **asked: Any) -> dict[str, Any]:
    """Place a hold an hour after whatever was before."""
    library.clock.pass_by(timedelta(hours=1))
    placed: dict[str, Any] = await hold(library, card, **asked)
    return placed


async def queue(library: Service) -> list[str]:
    items = (await library.get(f"/v1/hold-queues/{EMMA_TOO}")).json()["items"]
    return [placed["hold_id"] for placed in items]


async def test_those_who_wait_for_either_book_wait_in_one_queue_by_date(two_books: Service) -> None:
    await two_books.check_out(card_number="ADA")
    await two_books.check_out(copy_barcode="C2", card_number="ADA")
    placed = [
        await wait(two_books, card, book_id=str(book))
        for card, book in (("JESSICA", EMMA), ("REBECCA", EMMA), ("STEVE", EMMA_TOO))
    ]

    await merge(two_books)

    assert [each["hold_id"] for each in placed] == await queue(two_books)
    await two_books.bring_back(copy_barcode="C2")
    await two_books.bring_back()
    assert ["ready", "ready", "waiting"] == [await state_of(two_books, each["hold_id"]) for each in placed]


async def test_loans_targets_and_copies_on_their_way_belong_to_the_book_that_stays(two_books: Service) -> None:
    two_books.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="C3"))
    lent = (await two_books.check_out(card_number="ADA")).json()
    placed = await wait(two_books, "JESSICA", book_id=str(EMMA))

    await merge(two_books)

    loan, held = (await two_books.get(f"/v1/loans/{lent['loan_id']}")).json(), await shown(two_books, placed)
    assert [str(EMMA_TOO)] * 2 == [loan["book_id"], held["book_id"]]
    assert ("C3", "waiting") == (held["target"]["barcode"], held["status"])
    assert "hold_shelf" == (await two_books.bring_back(copy_barcode="C3")).json()["next"]


async def test_of_two_holds_of_one_member_the_older_one_stays_and_the_other_ends_with_the_reason(
    two_books: Service,
) -> None:
    older = await wait(two_books, "JESSICA", book_id=str(EMMA))
    younger = await wait(two_books, "JESSICA", book_id=str(EMMA_TOO))
    assert ("30000000000019", "C2") == (await target_of(two_books, older), await target_of(two_books, younger))

    await merge(two_books)

    ended = await shown(two_books, younger)
    assert ("cancelled", "already-held-by-member", None) == (ended["status"], ended["reason"], ended["target"])
    assert "30000000000019" == await target_of(two_books, older)
    told = [data async for type_, data in two_books.events() if type_ == "loans.hold.cancelled"]
    assert [(younger["hold_id"], "already-held-by-member")] == [(data["hold_id"], data["reason"]) for data in told]


async def test_a_copy_kept_for_a_hold_that_ends_passes_on_to_whoever_waits_for_either_book(two_books: Service) -> None:
    await two_books.check_out(card_number="ADA")
    await two_books.check_out(copy_barcode="C2", card_number="ADA")
    twice = [await wait(two_books, "JESSICA", book_id=str(book)) for book in (EMMA, EMMA_TOO)]
    steves = await wait(two_books, "STEVE", book_id=str(EMMA))
    await two_books.bring_back()
    await two_books.bring_back(copy_barcode="C2")

    await merge(two_books)

    assert ["ready", "cancelled"] == [await state_of(two_books, each["hold_id"]) for each in twice]
    assert ("ready", "C2") == ((held := await shown(two_books, steves))["status"], held["barcode"])


async def test_news_that_comes_twice_changes_nothing_more(two_books: Service) -> None:
    placed = [await wait(two_books, card, book_id=str(EMMA)) for card in ("JESSICA", "STEVE")]
    await merge(two_books)
    before = [await shown(two_books, each) for each in placed]

    await hear_of_merger(two_books)

    assert before == [await shown(two_books, each) for each in placed]


@pytest.mark.parametrize("told_first", [True, False])
async def test_holds_wait_for_the_news_of_a_merger_whenever_the_copies_are_told_of(
    two_books: Service, *, told_first: bool
) -> None:
    await two_books.hear_of()
    placed = await wait(two_books, "JESSICA", book_id=str(EMMA), not_before="2026-03-04")
    two_books.clock.pass_by(timedelta(days=3))

    merge_in_catalogue(two_books)
    await two_books.choose_targets()  # books has the book no more, and nobody has told why
    waiting = await state_of(two_books, placed["hold_id"])
    if told_first:
        await two_books.hear_of()
    await hear_of_merger(two_books)
    if not told_first:
        await two_books.hear_of()

    assert ("waiting", "waiting") == (waiting, await state_of(two_books, placed["hold_id"]))
    assert await target_of(two_books, placed) is not None


async def test_a_hold_that_comes_in_for_the_book_that_is_gone_waits_for_the_other_a_minute_later(
    two_books: Service,
) -> None:
    before = list(two_books.catalogue.copies)
    await merge(two_books)
    two_books.catalogue.copies, after = before, list(two_books.catalogue.copies)  # books was asked before
    late = await hold(two_books, "STEVE", book_id=str(EMMA))
    two_books.catalogue.copies = after

    two_books.clock.pass_by(timedelta(minutes=1))
    await two_books.choose_targets()

    assert ("waiting", str(EMMA_TOO)) == ((held := await shown(two_books, late))["status"], held["book_id"])


async def test_a_book_that_was_removed_with_all_its_copies_ends_its_holds(two_books: Service) -> None:
    await two_books.hear_of()
    placed = await wait(two_books, "JESSICA", book_id=str(EMMA))
    two_books.catalogue.copies.pop(0)
    removed = CopyReport(EMMA_COPY, EMMA, "30000000000019", "MAIN", "book", "withdrawn", 99, at=NOW)

    note = NoteCopyReport(two_books.app.state.ports.unit_of_work, two_books.clock)
    await note(removed, listener="loans.copies", message_id="removed")
    await two_books.choose_targets()

    assert ("cancelled", "no-lendable-copy") == ((held := await shown(two_books, placed))["status"], held["reason"])


async def test_what_is_to_be_done_on_a_day_to_come_is_done_for_the_book_that_stays(two_books: Service) -> None:
    later = await wait(two_books, "JESSICA", book_id=str(EMMA), not_before="2026-03-04")
    await merge(two_books)
    too_early = await target_of(two_books, later)

    two_books.clock.pass_by(timedelta(days=3))
    await two_books.choose_targets()

    assert too_early is None
    assert await target_of(two_books, later) is not None


@pytest.mark.parametrize("lent", ["30000000000019", "C2"])
async def test_who_has_the_other_book_at_home_waits_for_it_no_more_and_is_told(two_books: Service, lent: str) -> None:
    library, wanted = two_books, EMMA_TOO if lent == "30000000000019" else EMMA
    await library.check_out(copy_barcode=lent, card_number="JESSICA")
    jessicas = await hold(library, "JESSICA", book_id=str(wanted))
    rebeccas = await hold(library, "REBECCA", book_id=str(wanted))

    await merge(library)

    ended = await shown(library, jessicas)
    assert ("cancelled", "already-on-loan-to-member") == (ended["status"], ended["reason"])
    told = [data async for type_, data in library.events() if type_ == "loans.hold.cancelled"]
    assert [(jessicas["hold_id"], "already-on-loan-to-member")] == [(data["hold_id"], data["reason"]) for data in told]
    assert "waiting" == await state_of(library, rebeccas["hold_id"])
    assert await target_of(library, rebeccas) not in (None, lent)


async def test_who_wants_one_copy_of_the_other_book_alone_goes_on_waiting_for_it(two_books: Service) -> None:
    await two_books.check_out(copy_barcode="C2", card_number="JESSICA")
    placed = await two_books.post("/v1/holds", {"copy_id": str(EMMA_COPY), "card_number": "JESSICA"})

    await merge(two_books)

    assert "waiting" == await state_of(two_books, placed.json()["hold_id"])


async def test_a_copy_that_is_to_be_pulled_for_a_hold_on_the_book_before_is_given_to_nobody_until_news_has_come(
    two_books: Service,
) -> None:
    await two_books.note_of()
    await two_books.check_out(copy_barcode="C2", card_number="REBECCA")
    jessicas = await hold(two_books, "JESSICA")
    merge_in_catalogue(two_books)

    steves = await wait(two_books, "STEVE", book_id=str(EMMA_TOO))
    before = await target_of(two_books, steves)
    await two_books.choose_targets()
    await hear_of_merger(two_books)

    assert (None, "30000000000019") == (before, await target_of(two_books, jessicas))
    assert "waiting" == await state_of(two_books, steves["hold_id"])
