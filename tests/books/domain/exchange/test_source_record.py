"""A record as it came, as MARC-in-JSON and in lines."""

from books_service.domain.exchange.source_record import SourceRecord

RECORD = SourceRecord("00000nam a2200000 c 4500", (["001", "5"], ["245", "10", [["a", "Emma"], ["c", "Jane Austen"]]]))


def test_a_record_goes_out_as_marc_in_json_with_its_fields_in_their_order() -> None:
    title = {"ind1": "1", "ind2": "0", "subfields": [{"a": "Emma"}, {"c": "Jane Austen"}]}

    assert {"leader": RECORD.leader, "fields": [{"001": "5"}, {"245": title}]} == RECORD.in_json()


def test_a_record_is_shown_in_lines_as_cataloguers_write_them() -> None:
    assert ["LDR 00000nam a2200000 c 4500", "001 5", "245 10 $a Emma $c Jane Austen"] == [*RECORD.lines()]
