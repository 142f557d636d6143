"""What a copy keeps of what was told of it, and the keys by which it is found and filed."""

from datetime import timedelta

import pytest

from books_service.domain.stock.availability import Availability, CopyAvailability
from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.copy import Copy, CopyAdded, CopyRevised, CopyStatusChanged
from books_service.domain.stock.copy_facts import CopyFacts
from books_service.domain.stock.copy_refusals import CopyHasPast, CopyOnLoan
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.finding import Finding
from books_service.domain.text import InvalidText
from tests.books.makers import EMMA, EMMA_COPY, NOW, a_copy, any_id

LATER = NOW + timedelta(days=1)
BARE: CopyFacts = {"book_id": EMMA, "barcode": Barcode("ab 12"), "branch": "MAIN"}


def test_a_new_copy_keeps_its_facts_and_tells_who_added_it() -> None:
    copy = Copy.add({**BARE, "shelf_mark": "Aus 1", "external_id": "Koha-7"}, id=EMMA_COPY, now=NOW, by="ada")

    assert [CopyAdded(copy, NOW, "ada")] == copy.take_events()
    assert (EMMA_COPY, EMMA, "MAIN", "book", 1) == (copy.id, copy.book_id, copy.branch, copy.item_type, copy.version)
    assert ("AB12", "AUS 0011", "koha-7") == (copy.barcode_key, copy.shelf_mark_key, copy.external_key)
    assert (CopyStatus.IN_SERVICE, NOW, NOW) == (copy.status, copy.status_since, copy.added_at)
    assert (None, None, None) == (copy.status_reason, copy.status_by, copy.last_seen_at)


def test_what_nobody_tells_of_a_new_copy_is_not_known_and_files_it_first() -> None:
    copy = Copy.add(BARE, id=EMMA_COPY, now=NOW, status=CopyStatus.ON_ORDER)

    assert (CopyStatus.ON_ORDER, "", None) == (copy.status, copy.shelf_mark_key, copy.external_key)
    assert [None] * 7 == [
        copy.location, copy.shelf_mark, copy.volume, copy.condition, copy.note, copy.price, copy.external_id,
    ]  # fmt: skip


def test_a_revised_copy_is_found_and_filed_by_what_is_told_now() -> None:
    copy = a_copy(shelf_mark="A", external_id="1")

    copy.revise({"barcode": Barcode("cd 34"), "shelf_mark": "b", "external_id": "X"}, circulation=None, now=LATER)

    assert ("CD34", "B", "x") == (copy.barcode_key, copy.shelf_mark_key, copy.external_key)


def test_a_status_that_somebody_changed_is_told_with_who_it_was() -> None:
    copy = a_copy()

    copy.change_status(CopyStatus.LOST, reason=None, by_admin=False, now=LATER, by="ada")

    assert [CopyStatusChanged(copy, CopyStatus.IN_SERVICE, copy.status, LATER, "ada")] == copy.take_events()


def test_a_reason_that_is_none_is_refused_by_the_name_of_its_field() -> None:
    with pytest.raises(InvalidText) as refused:
        a_copy().change_status(CopyStatus.LOST, reason=" ", by_admin=False, now=LATER)

    assert "reason" == refused.value.field


@pytest.mark.parametrize(
    ("finding", "status", "follows"),
    [
        (Finding.NOT_ON_SHELF, CopyStatus.IN_SERVICE, CopyStatus.MISSING),
        (Finding.NOT_ON_SHELF, CopyStatus.IN_REPAIR, CopyStatus.IN_REPAIR),
        (Finding.DECLARED_LOST, CopyStatus.DAMAGED, CopyStatus.LOST),
        (Finding.DECLARED_LOST, CopyStatus.WITHDRAWN, CopyStatus.WITHDRAWN),
        (Finding.TURNED_UP, CopyStatus.MISSING, CopyStatus.IN_SERVICE),
        (Finding.TURNED_UP, CopyStatus.LOST, CopyStatus.IN_SERVICE),
        (Finding.TURNED_UP, CopyStatus.IN_REPAIR, CopyStatus.IN_REPAIR),
    ],
)
def test_a_finding_of_the_very_moment_of_the_present_status_counts_where_something_follows(
    finding: Finding, status: CopyStatus, follows: CopyStatus
) -> None:
    copy = a_copy(status=status)

    copy.follow(finding, at=NOW)

    assert follows is copy.status
    changed = [CopyStatusChanged(copy, status, follows, NOW)] if follows is not status else []
    assert changed == copy.take_events()


def test_a_copy_tells_under_which_book_it_was_entered_by_mistake_but_not_where_books_are_one() -> None:
    copy, other = a_copy(), any_id()

    copy.revise({"book_id": other}, circulation=CopyAvailability(Availability.ON_LOAN), now=LATER)
    copy.revise({"note": "Right now."}, circulation=None, now=LATER)
    copy.move_to_book(other, EMMA, now=LATER)

    revisions = [event for event in copy.take_events() if isinstance(event, CopyRevised)]
    assert [EMMA, None, None] == [event.entered_under for event in revisions]


def test_a_copy_with_a_past_says_what_can_be_done_instead_of_removing_it() -> None:
    with pytest.raises(CopyHasPast, match="Withdraw it instead"):
        a_copy().remove(circulation=CopyAvailability(Availability.AVAILABLE), now=LATER)


def test_a_copy_on_loan_is_told_with_the_day_on_which_it_is_due_or_without_one() -> None:
    due, never = CopyOnLoan(NOW), CopyOnLoan(None)

    assert "This copy is on loan, due 2026-03-02T10:00:00Z. Take it back first." == due.detail
    assert "This copy is on loan, due at no fixed time. Take it back first." == never.detail
    assert ({"due_at": "2026-03-02T10:00:00Z"}, {"due_at": None}) == (due.figures, never.figures)
