"""Copies equally named attributes into a dataclass."""

from dataclasses import fields
from typing import Any, TypeVar

Target = TypeVar("Target")


def from_attributes(source: object, kind: type[Target], **others: Any) -> Target:
    """Return a `kind`, a dataclass, with its fields taken from the attributes of `source`, but for the `others`."""
    dataclass: Any = kind
    names = (field.name for field in fields(dataclass) if field.name not in others)
    return kind(**{name: getattr(source, name) for name in names}, **others)
