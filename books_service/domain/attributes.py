"""Attributes: what this library alone wants to say of its books and copies, under names of its own."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from books_service.domain.text import line
from shared.kernel.errors import InvalidValue

MOST_ATTRIBUTES = 50
LONGEST_NAME = 40
LONGEST_VALUE = 500
NAME = r"[a-z][a-z0-9_]*"


class InvalidAttribute(InvalidValue):
    """No attribute can be made of that."""

    code = "invalid-attribute"
    detail = (
        "An attribute has a name of small letters, digits and _, and a text. "
        f"A book or a copy has {MOST_ATTRIBUTES} at most."
    )
    field = "attributes"


@dataclass(frozen=True, slots=True, order=True)
class Attribute:
    """One thing that the library says: its name, such as `donor`, and a text."""

    name: str
    value: str

    @classmethod
    def of(cls, name: str, value: str) -> Self:
        """Raises InvalidText or InvalidAttribute."""
        if len(name) > LONGEST_NAME or not re.fullmatch(NAME, name):
            raise InvalidAttribute
        return cls(name, line(value, field="attributes", limit=LONGEST_VALUE))


def attributes_of(raw: Iterable[Any]) -> tuple[Attribute, ...]:
    """Return attributes, given as such or as pairs of name and text, each once, in the order of their names.

    A name may stand there several times. Raises InvalidText or InvalidAttribute.
    """
    found = {each if isinstance(each, Attribute) else Attribute.of(*each) for each in raw}
    if len(found) > MOST_ATTRIBUTES:
        raise InvalidAttribute
    return tuple(sorted(found))


def named_attribute(text: str) -> Attribute:
    """Return the attribute in a text of name, colon and value. Raises InvalidText or InvalidAttribute."""
    name, _, value = text.partition(":")
    return Attribute.of(name.strip(), value)


def attributes_text(attributes: Iterable[Attribute]) -> str:
    """Return attributes as one text: a JSON array of pairs, which `attributes_in` reads back."""
    return json.dumps([[each.name, each.value] for each in attributes], ensure_ascii=False)


def attributes_in(text: str) -> tuple[Attribute, ...] | None:
    """Return the attributes in such a text, None if there are none. Raises InvalidText or InvalidAttribute."""
    try:
        pairs = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidAttribute from None
    if not isinstance(pairs, list) or not all(_is_pair(each) for each in pairs):
        raise InvalidAttribute
    return attributes_of(pairs) or None


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value)
