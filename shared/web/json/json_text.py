"""A strict JSON parser: what two parsers could understand differently is refused."""

import json
import math
import re
from typing import Any

from shared.web.problems import Problem

_DEEPEST = 32
_LARGEST = 2**63 - 1
_MOST_DIGITS = 19
_MANY_DIGITS = re.compile(rf"[0-9]{{{_MOST_DIGITS}}}")  # fewer always fit
# A string ends at its quote or with the text, so that no quote is visited twice, in linear time.
_MARKS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{\]}]', re.DOTALL)


class JsonObject(dict[str, Any]):
    """A JSON object with the text from which it was parsed."""

    __slots__ = ("text",)

    text: bytes


def parse(raw: bytes) -> Any:
    """Read JSON text (RFC 8259).

    Raises a 400 Problem for what is not JSON in UTF-8, and a 422 for what is ambiguous: repeated names, NaN, numbers
    beyond 64 bits or infinite, halves of surrogate pairs, nesting deeper than 32.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Problem(400, "invalid-json", "The body is not UTF-8 text.") from None
    if text.count("[") + text.count("{") > _DEEPEST and _is_too_deep(text):
        raise _doubtful("too-deep", f"JSON may be nested {_DEEPEST} levels deep.")
    parse_int = (
        _whole if _MANY_DIGITS.search(text) else None
    )  # each call is slow, and few texts have a number to be checked
    try:
        value = json.loads(
            text,
            object_pairs_hook=_without_repeats,
            parse_int=parse_int,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        detail = f"The body is not JSON: see line {error.lineno}, column {error.colno}."
        raise Problem(400, "invalid-json", detail) from None
    if "\\u" in text and not _is_encodable(value):
        raise _doubtful("invalid-text", "A text holds half of a surrogate pair.")
    if isinstance(value, dict):
        value = JsonObject(value)
        value.text = raw
    return value


def _doubtful(code: str, detail: str) -> Problem:
    errors = [{"pointer": "", "code": code, "detail": detail}]
    return Problem(422, "invalid-request", "The body cannot be accepted.", errors=errors)


def _is_too_deep(text: str) -> bool:
    """Return whether the nesting exceeds the limit, reading no further than that."""
    depth = 0
    for mark in _MARKS.finditer(text):
        if mark[0] in "[{":
            depth += 1
            if depth > _DEEPEST:
                return True
        elif mark[0] in "]}":
            depth -= 1
    return False


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _doubtful("repeated-name", "An object names one of its members twice.")
    return found


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS + 1 or not -_LARGEST <= int(digits) <= _LARGEST:
        raise _doubtful("number-too-large", "A whole number does not fit into 64 bits.")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _doubtful("number-too-large", "A number is too large.")
    return number


def _no_constant(name: str) -> float:
    raise _doubtful("not-a-number", f"{name} is not a JSON number.")


def _is_encodable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
