"""What the models of requests are made of."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from shared.kernel.errors import InvalidValue
from shared.web.json.json_text import parse
from shared.web.json.strict_json import Moment, PlainDigits, ResponseModel, StrictJsonBody, line, paragraph, read_by
from shared.web.problems import REFUSAL, Problem

Line = TypeAdapter[str](Annotated[str, line(10)])
Paragraph = TypeAdapter[str](Annotated[str, paragraph(20)])
AnyMoment = TypeAdapter[datetime](Moment)


class Colour(Enum):
    RED = "red"


class Part(StrictJsonBody):
    name: Annotated[str, line(5)]
    parts: tuple["Part", ...] = ()


class Everything(StrictJsonBody):
    """One member of each kind."""

    name: Annotated[str, line(5)] = "x"
    count: int = 0
    share: float = 0.0
    yes: bool = False
    uuid: UUID | None = None
    day: date | None = None
    moment: Moment | None = None
    colour: Colour | None = None
    kind: Literal["a", "b"] = "a"
    labels: frozenset[str] = frozenset()
    numbers: tuple[int, ...] = ()
    price: Decimal | None = None
    part: Part | None = None

    @model_validator(mode="after")
    def b_needs_a_count(self) -> Self:
        if self.kind == "b" and not self.count:
            raise ValueError("b needs a count")
        return self


def read(text: str) -> Everything:
    return Everything.model_validate(parse(text.encode()))


def faults(text: str) -> list[tuple[str, ...]]:
    with pytest.raises(ValidationError) as refused:
        read(text)
    return [tuple(str(part) for part in error["loc"]) for error in refused.value.errors()]


# --- bodies ----------------------------------------------------------------------------------------------------------


def test_a_body_takes_what_json_can_say() -> None:
    body = read(
        """{"name": " é ", "count": 7, "share": 1, "yes": true, "uuid": "0198c0de-0000-7000-8000-000000000001",
        "day": "2026-03-01", "moment": "2026-03-01T10:00:00+01:00", "colour": "red", "kind": "b", "labels": ["a", "b"],
        "numbers": [1, 2], "price": "2.50", "part": {"name": "a", "parts": [{"name": "b"}]}}"""
    )

    assert ("é", 7, 1.0, True) == (body.name, body.count, body.share, body.yes)
    assert (date(2026, 3, 1), datetime(2026, 3, 1, 9, tzinfo=UTC)) == (body.day, body.moment)
    assert (Colour.RED, "b") == (body.colour, body.kind)
    assert {"a", "b"} == body.labels
    assert (1, 2) == body.numbers
    assert Decimal("2.50") == body.price
    assert body.part is not None
    assert "b" == body.part.parts[0].name


@pytest.mark.parametrize(
    "member",
    [
        '"count": "1"', '"count": 1.0', '"count": true', '"share": "1.5"', '"yes": 1', '"yes": "true"', '"name": 1',
        '"uuid": 5', '"day": 20260301', '"day": "01.03.2026"', '"moment": 1767225600', '"colour": "blue"',
        '"kind": "c"', '"labels": "a"', '"numbers": ["1"]', '"price": true', '"part": "x"', '"part": []',
        '"part": {"name": "x", "unknown": 1}', '"part": {"name": "far too long"}', '"unknown": 1',
    ],
)  # fmt: skip
def test_a_body_takes_nothing_for_something_else(member: str) -> None:
    assert 1 == len(faults(f"{{{member}}}"))


def test_a_fault_is_told_where_it_is() -> None:
    assert [("count",), ("part", "parts", "1", "name"), ("x",)] == faults(
        '{"count": "1", "part": {"name": "a", "parts": [{"name": "b"}, {"name": ""}]}, "x": 1}'
    )


def test_a_rule_over_several_members_is_told_of_the_whole() -> None:
    assert [()] == faults('{"kind": "b"}')


def test_which_members_were_sent_can_be_told() -> None:
    assert {"uuid", "name"} == read('{"uuid": null, "name": "x"}').model_fields_set


def test_a_body_can_be_made_in_code() -> None:
    body = Everything(name="y", uuid=UUID(int=1), moment=datetime(2026, 3, 1, 12, tzinfo=UTC), part=Part(name="p"))

    assert ("y", UUID(int=1)) == (body.name, body.uuid)


def test_a_body_is_described_by_reference() -> None:
    described = TypeAdapter(Everything).json_schema()

    assert "Part" in described["$defs"]
    assert {"$ref": "#/$defs/Part"} in described["properties"]["part"]["anyOf"]
    assert described["additionalProperties"] is False


def test_what_is_shown_is_filled_from_a_view() -> None:
    class View:
        name = "x"
        at = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=1)))

    class NameResponse(ResponseModel):
        name: str
        at: Moment

    assert '{"name":"x","at":"2026-03-01T11:00:00Z"}' == NameResponse.of(View()).model_dump_json()


# --- texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain", "plain"),
        ("  around\t", "around"),
        ("e\u0301", "é"),
        ("x" * 10, "x" * 10),
        ("e\u0301" * 10, "é" * 10),
        ("日本語", "日本語"),
        ("👩‍🚀", "👩‍🚀"),
        ("\u00a0x\u2003", "x"),
        ("مرحبا", "مرحبا"),
    ],
)
def test_a_line_is_tidied(given: str, kept: str) -> None:
    assert kept == Line.validate_python(given)


@pytest.mark.parametrize("text", ["", "   ", "\u2003", "x" * 11, "a\nb", "a\tb", "a\x00", "a\x7f", "a\x85b", "a\ud800"])
def test_what_is_no_line_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Line.validate_python(text)


def test_a_paragraph_may_have_lines_and_tabs() -> None:
    assert "a\n\tb\nc" == Paragraph.validate_python(" a\r\n\tb\nc\n")


@pytest.mark.parametrize("text", ["", "a\rb", "a\x0bb", "a\x1bb", "x" * 21])
def test_what_is_no_paragraph_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Paragraph.validate_python(text)


@pytest.mark.parametrize("kind", [line, paragraph])
def test_a_text_may_be_allowed_to_be_empty(kind: Callable[..., Any]) -> None:
    assert "" == TypeAdapter(Annotated[str, kind(5, empty=True)]).validate_python("  ")


def test_a_text_is_described_with_its_lengths() -> None:
    assert {"type": "string", "minLength": 1, "maxLength": 10} == Line.json_schema()


@given(st.text(max_size=12))
def test_a_line_once_tidied_stays_as_it_is(text: str) -> None:
    try:
        kept = Line.validate_python(text)
    except ValidationError:
        return

    assert kept == Line.validate_python(kept)
    assert 1 <= len(kept) <= 10
    assert kept.isprintable() or any(not character.isprintable() for character in text)
    kept.encode()


# --- moments and numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T09:30:00Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01t09:30:00z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01 09:30:00+05:30", datetime(2026, 3, 1, 4, tzinfo=UTC)),
        ("2026-03-01T09:30:00.123456789-00:00", datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
        ("1400-01-01T00:00:00Z", datetime(1400, 1, 1, tzinfo=UTC)),
        ("8999-12-31T23:59:59Z", datetime(8999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_moment_is_the_same_however_it_is_written(text: str, moment: datetime) -> None:
    found = AnyMoment.validate_json(json.dumps(text), strict=True)

    assert (moment, UTC) == (found, found.tzinfo)


def test_a_moment_is_shown_in_utc() -> None:
    assert b'"2026-03-01T09:30:00Z"' == AnyMoment.dump_json(AnyMoment.validate_python("2026-03-01T10:30:00+01:00"))


@pytest.mark.parametrize("number", ["1", "0", "-7", "100", "9" * 18])
def test_plain_digits_are_a_number(number: str) -> None:
    assert int(number) == TypeAdapter(Annotated[int, PlainDigits]).validate_python(number)


@pytest.mark.parametrize("text", ["", " 5", "5 ", "+5", "1_0", "1.0", "1e2", "0x5", "\u0665", "five", "9" * 19])
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Annotated[int, PlainDigits]).validate_python(text)


def test_a_number_keeps_its_own_limits() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Annotated[int, Field(le=100), PlainDigits]).validate_python("101")


# --- JSON ------------------------------------------------------------------------------------------------------------

_MOST = 2**63 - 1
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-_MOST, _MOST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(_VALUES, st.booleans())
def test_json_that_python_writes_is_read_as_it_was(value: Any, ascii_only: bool) -> None:
    assert value == parse(json.dumps(value, ensure_ascii=ascii_only).encode())


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    status = 200
    try:
        parse(raw)
    except Problem as problem:
        status = problem.status_code

    assert status in (200, 400, 422)


@pytest.mark.parametrize("inside", ["[", "{", "]", '\\"[', "\\\\"])
def test_brackets_in_texts_are_not_depth(inside: str) -> None:
    assert ["x"] == parse(json.dumps(["x"]).encode())
    text = json.dumps([(inside * 100)])
    assert [inside * 100] == parse(text.encode())


def test_32_levels_are_read() -> None:
    assert parse(b"[" * 32 + b"]" * 32)


def test_what_a_reader_of_the_business_refuses_stands_beside_what_else_is_wrong() -> None:
    def read_card(text: str) -> str:
        raise InvalidValue(f"No card is called {text}: {{}}.", field="card", letters=2)

    class Filled(StrictJsonBody):
        card: Annotated[str, line(9), read_by(read_card)]
        name: Annotated[str, line(5)]

    with pytest.raises(ValidationError) as raised:
        Filled.model_validate(parse(b'{"card": "no", "name": ""}'))

    card, name = raised.value.errors()
    assert (("card",), "invalid-value", "No card is called no: {}.") == (card["loc"], card["type"], card["msg"])
    assert {"letters": 2} == card["ctx"][REFUSAL].figures
    assert (("name",), "text_empty") == (name["loc"], name["type"])
