import pytest

from books_service.domain.exchange.copy_matching import BarcodeRepeatedInFile, CopiesOfFile, ExternalIdRepeatedInFile
from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.copy_record import CopyRecord


def a_line(barcode: str = "C-1", note: str | None = None, external_id: str | None = None) -> CopyRecord:
    return CopyRecord(Barcode.parse(barcode), branch="MAIN", note=note, external_id=external_id)


def test_the_same_copy_twice_in_a_file_is_one() -> None:
    copies = CopiesOfFile()

    assert [False, True, False] == [copies.repeats(a_line(one), "Emma") for one in ("C-1", "C-1", "C-2")]


@pytest.mark.parametrize(("line", "book"), [(a_line(note="Wet."), "Emma"), (a_line(), "Persuasion")])
def test_one_barcode_with_other_facts_is_for_a_person_to_decide(line: CopyRecord, book: str) -> None:
    copies = CopiesOfFile()
    copies.repeats(a_line(), "Emma")

    with pytest.raises(BarcodeRepeatedInFile, match=r"^An earlier record of this file has a copy C-1 too"):
        copies.repeats(line, book)


def test_two_barcodes_under_one_key_of_another_system_are_for_a_person_to_decide() -> None:
    copies = CopiesOfFile()
    copies.repeats(a_line(external_id="item-7"), "Emma")

    assert copies.repeats(a_line(external_id="item-7"), "Emma")
    with pytest.raises(ExternalIdRepeatedInFile, match="a copy ITEM-7 with another barcode"):
        copies.repeats(a_line("C-2", external_id="ITEM-7"), "Emma")


def test_what_is_rolled_back_was_never_seen_and_what_was_certain_stays() -> None:
    copies = CopiesOfFile()
    copies.repeats(a_line("C-1"), "Emma")
    copies.savepoint()
    copies.repeats(a_line("C-2"), "Emma")

    copies.roll_back()
    copies.roll_back()

    assert copies.repeats(a_line("C-1"), "Emma")
    assert not copies.repeats(a_line("C-2", note="Wet."), "Emma")
