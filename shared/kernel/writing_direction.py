"""Characters that change the direction of writing, and so make a text look like another one."""

import re

_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates; not the marks U+200E and U+200F, which affect only their neighbours."""


def turns_direction(text: str) -> bool:
    """Return whether the text holds one of them."""
    return not text.isascii() and _TURNS.search(text) is not None


def without_turns(text: str) -> str:
    """Return the text without them."""
    return text if text.isascii() else _TURNS.sub("", text)
