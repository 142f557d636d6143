import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.formats.json import JSONFormat

from shared.messaging.envelope import UnreadableMessage, cloud_event, encode, parse
from shared.persistence.outbox import Message, OutboxRow

EVENT_ID = UUID("01930000-0000-7000-8000-000000000001")
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def a_row(*, occurred_at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC), traced: bool = True) -> OutboxRow:
    message = Message("things.thing.changed", "thing-1", occurred_at, {"name": "Zoë", "size": 3})
    return OutboxRow(42, EVENT_ID, message, "request-1" if traced else None, TRACE if traced else None)


def an_encoded(**changes: Any) -> bytes:
    event = cloud_event(a_row(), source="/things") | changes
    return json.dumps({name: value for name, value in event.items() if value is not None}).encode()


def test_an_outbox_row_becomes_a_cloud_event() -> None:
    event = cloud_event(a_row(), source="/things", schema_base="urn:example")

    assert event == {
        "specversion": "1.0",
        "id": "01930000-0000-7000-8000-000000000001",
        "source": "/things",
        "type": "things.thing.changed",
        "subject": "thing-1",
        "time": "2026-03-01T12:00:00Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:example:things.thing.changed",
        "sequence": "000000000000000042",
        "correlationid": "request-1",
        "traceparent": TRACE,
        "data": {"name": "Zoë", "size": 3},
    }


def test_what_an_event_has_not_is_left_out() -> None:
    event = cloud_event(a_row(traced=False), source="/things")

    assert not {"correlationid", "traceparent"} & set(event)


def test_what_came_with_an_import_is_marked_as_such() -> None:
    event = cloud_event(replace(a_row(), imported=True), source="/things")

    assert event["imported"] == "true"
    assert parse(encode(event)).imported
    assert not parse(encode(cloud_event(a_row(), source="/things"))).imported


def test_the_time_is_told_in_utc() -> None:
    in_berlin = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))

    event = cloud_event(a_row(occurred_at=in_berlin), source="/things")

    assert event["time"] == "2026-07-01T10:00:00Z"


def test_the_cloud_events_library_reads_what_we_write() -> None:
    body = encode(cloud_event(a_row(), source="/things"))

    event = JSONFormat().read(None, body)

    assert event.get_id() == str(EVENT_ID)
    assert event.get_extension("sequence") == "000000000000000042"
    assert event.get_extension("traceparent") == TRACE
    assert event.get_data() == {"name": "Zoë", "size": 3}


def test_what_is_written_can_be_read() -> None:
    event = parse(encode(cloud_event(a_row(), source="/things")))

    assert (event.id, event.source, event.type) == (str(EVENT_ID), "/things", "things.thing.changed")
    assert (event.subject, event.sequence, event.data) == ("thing-1", 42, {"name": "Zoë", "size": 3})
    assert event.time == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert (event.correlation_id, event.traceparent) == ("request-1", TRACE)


def test_an_attribute_that_we_do_not_know_is_left_aside() -> None:
    event = parse(an_encoded(partitionkey="7"))

    assert event.subject == "thing-1"


def test_half_a_surrogate_does_not_stop_an_event() -> None:
    row = a_row()
    odd = OutboxRow(1, EVENT_ID, Message("t", "s", row.message.occurred_at, {"name": "\ud800"}), None, None)

    body = encode(cloud_event(odd, source="/things"))

    assert parse(body).data == {"name": "\ud800"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no JSON",
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
        b"[]",
        an_encoded(specversion="0.3"),
        an_encoded(id=None),
        an_encoded(id=7),
        an_encoded(id="x" * 101),
        an_encoded(id="a\nb"),
        an_encoded(type=""),
        an_encoded(source=None),
        an_encoded(subject=None),
        an_encoded(time=None),
        an_encoded(time="yesterday"),
        an_encoded(time="2026-03-01T12:00:00"),
        an_encoded(time="0001-01-01T00:00:00+14:00"),
        an_encoded(sequence=None),
        an_encoded(sequence=42),
        an_encoded(sequence="-1"),
        an_encoded(sequence="٤"),
        an_encoded(sequence="9" * 5000),
        an_encoded(data=None),
        an_encoded(data=[1]),
        an_encoded(correlationid=["x"]),
        an_encoded(traceparent="x" * 101),
    ],
    ids=lambda body: body[:20].decode(errors="replace"),
)
def test_what_is_no_event_of_ours_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableMessage):
        parse(body)
