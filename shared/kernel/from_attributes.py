"""Copies equally named attributes into a dataclass."""

from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

Target = TypeVar("Target")


def from_attributes(source: object, kind: type[Target], **others: Any) -> Target:
    """Return a `kind`, a dataclass, with its fields taken from the attributes of `source`, but for the `others`."""
    dataclass: Any = kind
    return kind(**{name: getattr(source, name) for name in _names_of(dataclass) if name not in others}, **others)


@cache
def _names_of(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
