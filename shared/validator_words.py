"""Sentences for validation errors that users understand; pydantic's own are for developers."""

from collections.abc import Mapping
from typing import Any

PLAINLY = {
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "This must be an object"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "This must be a whole number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "This must be true or false"),
    **dict.fromkeys(("uuid_type", "uuid_parsing"), "This must be a UUID, as the library gives its ids"),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        "This must be a day, such as 2026-03-01",
    ),
}
_UNKNOWN = ("Extra inputs are not permitted", "There is no such field")
_LONGEST = 200


def in_plain_words(error: Mapping[str, Any]) -> str:
    """Return the sentence for one of the errors of a pydantic ValidationError, without its full stop."""
    sentence: str = PLAINLY.get(error["type"], error["msg"])
    return sentence.replace(*_UNKNOWN).removeprefix("Value error, ")[:_LONGEST].removesuffix(".")
