from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from jsonschema import Draft202012Validator
from pydantic import Field

from shared.messaging.payloads import data_of, schema_of

ID = UUID("01900000-0000-7000-8000-000000000001")


class Colour(StrEnum):
    """What painters call it."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Part:
    name: Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, kw_only=True)
class Thing:
    id: UUID
    title: str | None
    colour: Colour
    parts: list[Part]
    made_at: datetime | None = None
    count: Annotated[int, Field(ge=1)] | None = None


LAMP = Thing(id=ID, title=None, colour=Colour.RED, parts=[Part("shade")])


def test_what_is_not_known_is_left_out_or_told_as_null() -> None:
    known = Thing(id=ID, title="Lamp", colour=Colour.BLUE, parts=[], made_at=datetime(2026, 3, 2, tzinfo=UTC), count=2)

    assert {"id": str(ID), "title": None, "colour": "red", "parts": [{"name": "shade"}]} == data_of(LAMP)
    assert ("2026-03-02T00:00:00Z", 2) == (data_of(known)["made_at"], data_of(known)["count"])


def test_the_schema_says_what_is_told_and_refers_to_nothing_outside_itself() -> None:
    schema = schema_of(LAMP)

    assert ["id", "title", "colour", "parts"] == schema["required"]
    assert {"enum": ["red", "blue"]} == schema["properties"]["colour"]
    assert {"type": ["string", "null"]} == schema["properties"]["title"]
    assert {"type": "string", "format": "date-time"} == schema["properties"]["made_at"]
    assert "$ref" not in str(schema)
    assert [data_of(LAMP)] == schema["examples"]
    told = data_of(LAMP)
    assert [True, True, False, False] == [
        Draft202012Validator(schema).is_valid(data)
        for data in (told, told | {"more": 1}, told | {"parts": [{"name": ""}]}, told | {"count": None})
    ]


def test_an_event_type_may_always_or_never_tell_what_others_leave_out() -> None:
    schema = schema_of(LAMP, always={"count"}, never={"made_at"})

    assert ["id", "title", "colour", "parts", "count"] == schema["required"]
    assert "made_at" not in schema["properties"]
