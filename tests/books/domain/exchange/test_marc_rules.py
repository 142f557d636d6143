"""A MARC record is asked about what is new in it, and about nothing that it had already."""

from typing import Any

from books_service.domain.exchange.marc_rules import (
    CopyInMarc,
    MarcRecordTooLong,
    NoMarcRecord,
    faults_of,
    normal_leader,
)
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


def test_a_control_field_has_its_length_and_no_control_characters() -> None:
    short, strange = ["008", "x" * 39], ["003", "DE\x1f101"]
    faults = [*faults_of(a_record(short, strange, ["006", "x" * 18], ["001", "x"]), a_record())]

    assert [("invalid-marc-field", "fields.1.008"), ("invalid-marc-text", "fields.2.003")] == [
        (fault.code, fault.field) for fault in faults
    ]
    assert [
        "Field 008 has 40 characters, and this one 39. Put blanks where it says nothing.",
        "Field 003 holds a control character. Take it out.",
    ] == [str(fault) for fault in faults]
    assert [{"tag": "008", "length": 39, "limit": 40}, {"tag": "003"}] == [fault.figures for fault in faults]


def test_what_cannot_be_read_is_in_a_copy_or_is_too_long_is_told_with_its_figures() -> None:
    unread, copy, long = NoMarcRecord("MARCXML"), CopyInMarc("952", 12), MarcRecordTooLong(120_000)

    assert "The body is not one record in MARCXML that can be read. Send exactly one, whole." == str(unread)
    assert {"form": "MARCXML"} == unread.figures
    assert "Field 952 describes a copy. Take it out here, and change the copy itself by its barcode." == str(copy)
    assert ("fields.12.952", {"tag": "952"}) == (copy.field, copy.figures)
    assert "This record has 120000 bytes, and MARC 21 has room for 99999. Shorten its longest fields." == str(long)
    assert ("fields", {"length": 120_000, "limit": 99_999}) == (long.field, long.figures)
