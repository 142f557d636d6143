"""Cells that list several names."""

import re
from collections.abc import Sequence


def names_in(text: str, separator: str) -> tuple[str, ...]:
    """Split a text that lists several names; a backslash escapes a separator or another backslash."""
    return tuple(name for part in split_escaped(text, separator) if (name := part.strip()))


def split_escaped(text: str, separator: str) -> Sequence[str]:
    """Split at each `separator` that is not escaped, and remove the backslashes of `escaped`."""
    if "\\" not in text:
        return text.split(separator)
    parts, part, place = [], "", 0
    for found in re.finditer(rf"\\\\|\\{re.escape(separator)}|{re.escape(separator)}", text):
        part += text[place : found.start()]
        place = found.end()
        if found[0] == separator:
            parts.append(part)
            part = ""
        else:
            part += found[0][1:]
    return [*parts, part + text[place:]]


def escaped(text: str, separator: str) -> str:
    """Return `text` so that `split_escaped` gives it back as one part."""
    return text.replace("\\", "\\\\").replace(separator, f"\\{separator}")
