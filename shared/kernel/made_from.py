"""Things that say what others say, under the same names."""

from dataclasses import fields
from typing import Any, TypeVar

Made = TypeVar("Made")


def made_from(source: object, kind: type[Made], **given: Any) -> Made:
    """Return a `kind`, a dataclass, with what `source` has under the names of its fields, and with what is `given`."""
    made: Any = kind
    names = (field.name for field in fields(made) if field.name not in given)
    return kind(**{name: getattr(source, name) for name in names}, **given)
