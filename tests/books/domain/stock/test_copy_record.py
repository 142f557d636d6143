from dataclasses import replace

import pytest

from books_service.domain.stock.barcode import Barcode, InvalidBarcode
from books_service.domain.stock.copy_record import CopyRecord, price_of, price_text
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.money import InvalidPrice, Money, PriceInOtherCurrency
from tests.books.makers import a_copy


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("12.90 EUR", Money(1290, "EUR")),
        ("EUR 12,9", Money(1290, "EUR")),
        ("12 eur", Money(1200, "EUR")),
        ("1200JPY", Money(1200, "JPY")),
        ("0.05 USD", Money(5, "USD")),
        ("500 XPF", Money(500, "XPF")),
        ("2.5 KWD", Money(2_500, "KWD")),
        ("12.905 KWD", Money(12_905, "KWD")),
    ],
)
def test_a_price_in_a_file_is_an_amount_with_its_currency(text: str, price: Money) -> None:
    ours = price.currency

    assert price == price_of(text, ours=ours) == price_of(price_text(price), ours=ours)


@pytest.mark.parametrize(("text", "ours", "amount"), [("12.90", "EUR", 1290), ("12", "USD", 1200), ("12", "JPY", 12)])
def test_a_price_in_a_file_that_names_no_currency_is_in_the_librarys(text: str, ours: str, amount: int) -> None:
    assert Money(amount, ours) == price_of(text, ours=ours)


@pytest.mark.parametrize("text", ["12.90 USD", "USD 12.90", "1200 jpy"])
def test_a_price_in_a_file_that_names_another_currency_is_refused(text: str) -> None:
    with pytest.raises(PriceInOtherCurrency, match="Prices are kept in EUR, not in"):
        price_of(text, ours="EUR")


@pytest.mark.parametrize("text", ["EUR", "12.901 EUR", "EUR 12 EUR", "-1 EUR", "twelve EUR"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(InvalidPrice, match=r"(or without the library's currency: 12\.90 EUR|has 2 digits behind)"):
        price_of(text, ours="EUR")


def test_a_copy_is_taken_without_the_values_that_cannot_be_right() -> None:
    record, wrong = CopyRecord.repaired(
        {"barcode": " 1 ", "branch": "MAIN", "item_type": "DVD", "status": "Lost", "price": "?", "location": "a/b"},
        "EUR",
    )

    assert ("1", "dvd", CopyStatus.LOST, None, None) == (
        str(record.barcode),
        record.item_type,
        record.status,
        record.price,
        record.location,
    )
    assert ["invalid-branch-code", "invalid-price"] == sorted(error.code for error in wrong)


def test_without_a_barcode_there_is_no_copy() -> None:
    with pytest.raises(InvalidBarcode):
        CopyRecord.repaired({"branch": "MAIN"}, "EUR")


def test_what_a_file_says_of_a_copy_is_taken_but_for_what_stands_for_more_than_itself() -> None:
    record, wrong = CopyRecord.repaired(
        {"barcode": "1", "branch": "MAIN", "location": "KIDS", "status": "lost", "volume": "2", "shelf_mark": " A  1 ",
         "condition": "worn", "note": "signed", "price": "12.90", "external_id": "K-7", "item_type": " DVD "},
        "EUR",
    )  # fmt: skip

    assert ((), "MAIN", "KIDS", CopyStatus.LOST) == (wrong, record.branch, record.location, record.status)
    assert {"barcode": Barcode("1"), "volume": "2", "shelf_mark": "A 1", "condition": "worn", "note": "signed",
            "price": Money(1290, "EUR"), "external_id": "K-7", "item_type": "dvd"} == record.facts()  # fmt: skip


def test_a_file_that_says_nothing_more_than_a_barcode_gives_no_other_facts() -> None:
    assert {"barcode": Barcode("1")} == CopyRecord.repaired({"barcode": "1", "note": ""}, "EUR")[0].facts()


def test_a_copy_is_described_as_a_file_would_and_without_its_branch_where_the_file_names_none() -> None:
    copy = a_copy(volume="2", note="signed")

    described = CopyRecord(
        Barcode("30000000000019"), item_type="book", volume="2", status=CopyStatus.IN_SERVICE, note="signed"
    )

    assert described == CopyRecord.of_copy(copy, placed=False)
    assert replace(described, branch="MAIN") == CopyRecord.of_copy(copy, placed=True)


def test_of_a_copy_with_little_news_only_that_is_left_and_its_barcode() -> None:
    record = CopyRecord(Barcode("1"), branch="MAIN", note="signed", volume="2")

    assert CopyRecord(Barcode("1"), note="signed") == record.restricted_to({"note", "price"})


def test_the_public_reads_of_a_copy_what_is_not_for_staff_and_a_file_says_all_of_it() -> None:
    written = {"barcode": "30000000000019", "item_type": "dvd", "price": "12.90 EUR", "note": "2 discs"}
    written |= {"staff_note": "worn", "status": "in_service"}
    record, wrong = CopyRecord.repaired(written, "EUR")

    public = record.for_the_public()

    assert (written, ()) == (record.texts(), wrong)
    assert ("2 discs", None, None) == (public.note, public.staff_note, public.price)
