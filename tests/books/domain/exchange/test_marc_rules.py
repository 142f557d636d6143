"""A MARC record is asked about what is new in it, and about nothing that it had already."""

from typing import Any

from books_service.domain.exchange.marc_rules import faults_of, normal_leader
from books_service.domain.exchange.source_record import SourceRecord

LEADER = "00000nam a2200000 c 4500"
TITLE = ["245", "10", [["a", "Emma"]]]


def a_record(*fields: Any, leader: str = LEADER) -> SourceRecord:
    return SourceRecord(leader, (TITLE, *fields))


def codes(record: SourceRecord, present: SourceRecord) -> list[str]:
    return [fault.code for fault in faults_of(record, present)]


def test_what_was_wrong_before_is_not_asked_about_again() -> None:
    dirty = a_record(["6X", "##", []], ["008", "short"], TITLE, ["505", "  ", [["a", "x" * 10_000]]], leader="wrong")

    assert [] == codes(dirty, dirty)


def test_a_fault_that_stands_once_more_than_before_is_new() -> None:
    field = ["505", "#0", [["a", "x"]]]

    assert ["invalid-marc-indicator"] == codes(a_record(field, field), a_record(field))


def test_every_fault_is_told_at_once() -> None:
    record = a_record(["505", "#0", [["a", "x\x1f"], ["", "y"]]], ["00X", "text"], leader="short")

    assert [
        "invalid-marc-leader",
        "invalid-marc-indicator",
        "invalid-marc-text",
        "invalid-marc-subfield",
        "invalid-marc-field",
    ] == codes(record, a_record())


def test_a_second_title_or_main_entry_is_refused() -> None:
    present = a_record(["100", "1 ", [["a", "Austen, Jane"]]])
    twice = a_record(["100", "1 ", [["a", "Austen, Jane"]]], ["110", "2 ", [["a", "Somebody"]]], TITLE)

    assert ["invalid-marc-field", "invalid-marc-field"] == codes(twice, present)


def test_what_describes_a_file_is_written_anew_in_every_leader() -> None:
    assert "00000cam a2200000 i 4500" == normal_leader("01234cam  2100289 i 450 ")
    assert "short" == normal_leader("short")


def test_lines_show_what_is_gone_and_what_is_new() -> None:
    before, after = a_record(["505", "0 ", [["a", "x"], ["b", "y"]]], ["001", "5"]), a_record(["001", "5"], TITLE)

    assert (["505 0  $a x $b y"], ["245 10 $a Emma"]) == (before.without(after), after.without(before))
