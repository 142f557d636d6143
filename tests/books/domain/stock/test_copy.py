from datetime import timedelta

import pytest

from books_service.domain.stock.availability import Availability, CopyAvailability
from books_service.domain.stock.barcode import Barcode, InvalidBarcode
from books_service.domain.stock.copy import CopyRemoved, CopyRevised, CopyStatusChanged, lending_refusals
from books_service.domain.stock.copy_facts import CopyFacts
from books_service.domain.stock.copy_refusals import CopyHasPast, CopyOnLoan, CopyWithdrawn, InvalidItemType
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.finding import Finding
from books_service.domain.stock.money import InvalidPrice, Money
from books_service.domain.text import InvalidText
from tests.books.makers import EMMA, NOW, a_copy, any_id

LATER = NOW + timedelta(days=1)


def test_a_new_copy_is_in_service() -> None:
    assert (CopyStatus.IN_SERVICE, NOW) == (a_copy().status, a_copy().status_since)


def test_only_a_copy_in_service_is_lent() -> None:
    assert [CopyStatus.IN_SERVICE] == [status for status in CopyStatus if status.lendable]
    assert () == lending_refusals(CopyStatus.IN_SERVICE)


@pytest.mark.parametrize("status", [status for status in CopyStatus if status is not CopyStatus.IN_SERVICE])
def test_a_copy_that_is_not_lent_says_why(status: CopyStatus) -> None:
    (refusal,) = lending_refusals(status)

    assert ("copy-not-lendable", {"status": status.value}) == (refusal.code, refusal.figures)
    assert refusal.detail.endswith(".")


def test_a_changed_status_is_dated_and_told() -> None:
    copy = a_copy()

    copy.change_status(CopyStatus.IN_REPAIR, reason=" loose  spine ", by_admin=False, now=LATER)

    assert (CopyStatus.IN_REPAIR, LATER, "loose spine") == (copy.status, copy.status_since, copy.status_reason)
    assert [CopyStatusChanged(copy, CopyStatus.IN_SERVICE, copy.status, LATER)] == copy.take_events()
    assert 2 == copy.version


def test_the_same_status_again_changes_nothing() -> None:
    copy = a_copy()

    copy.change_status(CopyStatus.IN_SERVICE, reason="because", by_admin=False, now=LATER)

    assert (NOW, None, 1, []) == (copy.status_since, copy.status_reason, copy.version, copy.take_events())


def test_a_withdrawn_copy_stays_withdrawn() -> None:
    copy = a_copy()
    copy.change_status(CopyStatus.WITHDRAWN, reason=None, by_admin=False, now=NOW)

    with pytest.raises(CopyWithdrawn):
        copy.change_status(CopyStatus.IN_SERVICE, reason=None, by_admin=False, now=LATER)

    assert CopyStatus.WITHDRAWN is copy.status


def test_an_admin_can_take_a_withdrawn_copy_back() -> None:
    copy = a_copy()
    copy.change_status(CopyStatus.WITHDRAWN, reason=None, by_admin=False, now=NOW)

    copy.change_status(CopyStatus.IN_SERVICE, reason="withdrawn by mistake", by_admin=True, now=LATER)

    assert CopyStatus.IN_SERVICE is copy.status


@pytest.mark.parametrize("reason", ["", "x" * 501, "\x00"])
def test_a_reason_is_a_line_of_text(reason: str) -> None:
    with pytest.raises(InvalidText):
        a_copy().change_status(CopyStatus.MISSING, reason=reason, by_admin=False, now=NOW)


@pytest.mark.parametrize("item_type", ["", "Book", "two words", "-x", "x" * 41, "böok"])
def test_an_item_type_is_one_word(item_type: str) -> None:
    with pytest.raises(InvalidItemType):
        a_copy(item_type=item_type)


def test_a_barcode_is_the_same_in_any_case_and_shown_as_printed() -> None:
    barcode = Barcode.parse("  ab-12 ")

    assert ("ab-12", "AB-12") == (str(barcode), barcode.key)


@pytest.mark.parametrize("text", ["AB12", "ab 12", " A B 1 2 "])
def test_a_barcode_is_the_same_whatever_blanks_stand_in_it(text: str) -> None:
    assert ("AB12", text.strip()) == (Barcode.parse(text).key, str(Barcode.parse(text)))


@pytest.mark.parametrize("text", ["x" * 64, "~", "X-1X"])
def test_every_sign_that_a_scanner_reads_may_be_in_a_barcode(text: str) -> None:
    assert text == str(Barcode.parse(text))


@pytest.mark.parametrize("text", ["", "  ", "bücher", "\t1", "x" * 65, "a\x00", "a\n1", "\u0661\u0662"])
def test_what_no_scanner_reads_is_no_barcode(text: str) -> None:
    with pytest.raises(InvalidBarcode):
        Barcode.parse(text)


@pytest.mark.parametrize(("amount", "currency"), [(-1, "EUR"), (10**9 + 1, "EUR"), (1, "eur"), (1, "EURO"), (1, "€")])
def test_a_price_is_an_amount_in_minor_units_of_a_currency(amount: int, currency: str) -> None:
    with pytest.raises(InvalidPrice):
        Money(amount, currency)


ON_LOAN = CopyAvailability(Availability.ON_LOAN, LATER)
OUT_OF_REACH = [None, CopyAvailability(Availability.AVAILABLE), CopyAvailability(Availability.ON_HOLD_SHELF)]


def test_a_copy_on_loan_is_not_withdrawn_before_it_is_due_back() -> None:
    copy = a_copy()

    with pytest.raises(CopyOnLoan) as refused:
        copy.change_status(CopyStatus.WITHDRAWN, reason=None, by_admin=True, now=NOW, circulation=ON_LOAN)

    assert {"due_at": "2026-03-03T10:00:00Z"} == refused.value.figures
    assert CopyStatus.IN_SERVICE is copy.status


@pytest.mark.parametrize("status", [status for status in CopyStatus if not status.final])
def test_a_copy_on_loan_may_be_called_anything_that_is_not_final(status: CopyStatus) -> None:
    copy = a_copy()

    copy.change_status(status, reason=None, by_admin=False, now=LATER, circulation=ON_LOAN)

    assert status is copy.status


@pytest.mark.parametrize("circulation", OUT_OF_REACH)
def test_a_copy_that_no_borrower_has_can_be_withdrawn(circulation: CopyAvailability | None) -> None:
    copy = a_copy()

    copy.change_status(
        CopyStatus.WITHDRAWN, reason="worn", by_admin=False, now=LATER, circulation=circulation, by="ada"
    )

    assert (CopyStatus.WITHDRAWN, LATER, "worn", "ada") == (
        copy.status,
        copy.status_since,
        copy.status_reason,
        copy.status_by,
    )


def test_a_copy_can_be_asked_what_it_would_refuse_without_being_changed() -> None:
    copy = a_copy(status=CopyStatus.WITHDRAWN)

    with pytest.raises(CopyWithdrawn):
        copy.refuse({"condition": "worn"}, CopyStatus.IN_SERVICE, circulation=None)
    with pytest.raises(CopyOnLoan):
        copy.refuse({"branch": "EAST"}, None, circulation=ON_LOAN)
    with pytest.raises(CopyOnLoan):
        a_copy().refuse({}, CopyStatus.WITHDRAWN, circulation=ON_LOAN)
    copy.refuse({"condition": "worn"}, CopyStatus.WITHDRAWN, circulation=None)

    assert (None, "MAIN", 1, []) == (copy.condition, copy.branch, copy.version, copy.take_events())


def test_every_status_has_a_row_in_the_table_and_only_withdrawn_is_final() -> None:
    assert [CopyStatus.WITHDRAWN] == [status for status in CopyStatus if status.final]
    assert all(status.sentence.endswith(".") for status in CopyStatus)


def test_a_copy_is_described_otherwise_and_what_was_said_before_is_told() -> None:
    copy = a_copy(shelf_mark="AUS", price=Money(100, "EUR"))

    changed = copy.revise(
        {"shelf_mark": None, "condition": " worn  out ", "price": Money(200, "EUR"), "item_type": "book"},
        circulation=ON_LOAN,
        now=LATER,
        by="ada",
    )

    assert changed
    assert (None, "worn out", Money(200, "EUR"), 2) == (copy.shelf_mark, copy.condition, copy.price, copy.version)
    before: CopyFacts = {"shelf_mark": "AUS", "condition": None, "price": Money(100, "EUR")}
    assert [CopyRevised(copy, LATER, before, "ada")] == copy.take_events()


def test_saying_the_same_of_a_copy_changes_nothing() -> None:
    copy = a_copy(shelf_mark="AUS")

    assert not copy.revise({"shelf_mark": " AUS ", "branch": "MAIN"}, circulation=ON_LOAN, now=LATER)
    assert (1, []) == (copy.version, copy.take_events())


def test_a_copy_that_a_borrower_has_is_not_moved_to_another_branch() -> None:
    copy = a_copy()

    with pytest.raises(CopyOnLoan):
        copy.revise({"branch": "EAST", "condition": "worn"}, circulation=ON_LOAN, now=LATER)

    assert ("MAIN", None, 1) == (copy.branch, copy.condition, copy.version)


@pytest.mark.parametrize("circulation", OUT_OF_REACH)
def test_a_copy_that_no_borrower_has_moves(circulation: CopyAvailability | None) -> None:
    copy = a_copy()

    copy.revise({"branch": "EAST"}, circulation=circulation, now=LATER)

    assert "EAST" == copy.branch


def test_an_item_type_that_is_none_is_refused_and_nothing_changes() -> None:
    copy = a_copy()

    with pytest.raises(InvalidItemType):
        copy.revise({"condition": "worn", "item_type": "Two words"}, circulation=None, now=LATER)

    assert (None, 1) == (copy.condition, copy.version)


HOLDABLE = {"on_order", "in_processing", "in_service", "in_repair", "damaged", "missing"}


def test_it_is_worth_waiting_for_a_copy_that_may_be_lent_again() -> None:
    assert HOLDABLE == {status.value for status in CopyStatus if status.holdable}


def test_a_copy_that_was_in_circulation_stays_on_record() -> None:
    copy = a_copy()

    with pytest.raises(CopyHasPast):
        copy.remove(circulation=OUT_OF_REACH[1], now=LATER)
    copy.remove(circulation=None, now=LATER, by="ada")

    assert [CopyRemoved(copy, LATER, "ada")] == copy.take_events()


def test_a_missing_copy_that_turns_up_is_in_service_again_and_the_reason_is_kept() -> None:
    copy = a_copy()
    copy.follow(Finding.NOT_ON_SHELF, at=LATER)
    missing = copy.status

    copy.follow(Finding.TURNED_UP, at=LATER + timedelta(days=1))

    assert (CopyStatus.MISSING, CopyStatus.IN_SERVICE) == (missing, copy.status)
    assert Finding.TURNED_UP.value == copy.status_reason


def test_what_circulation_found_out_before_the_library_decided_changes_nothing() -> None:
    copy = a_copy()

    copy.follow(Finding.NOT_ON_SHELF, at=NOW - timedelta(seconds=1))

    assert (CopyStatus.IN_SERVICE, 1) == (copy.status, copy.version)


def test_to_be_seen_is_no_new_version() -> None:
    copy = a_copy()

    copy.see(now=LATER)

    assert (LATER, 1, []) == (copy.last_seen_at, copy.version, copy.take_events())


def test_a_copy_of_a_merged_book_belongs_to_the_one_that_stays_and_tells_which_it_belonged_to() -> None:
    copy, stays = a_copy(), any_id()

    copy.move_to_book(EMMA, stays, now=LATER, by="ada")

    assert [CopyRevised(copy, LATER, {"book_id": EMMA}, "ada")] == copy.take_events()
    assert (stays, 2) == (copy.book_id, copy.version)
