"""The characters that turn the direction of writing, by which a text is shown as another one than it is."""

import re

_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates. The marks U+200E and U+200F turn only what stands beside them: they stay."""


def turns_direction(text: str) -> bool:
    """Return whether one of them is in the text."""
    return not text.isascii() and _TURNS.search(text) is not None


def without_turns(text: str) -> str:
    """Return the text without them: every letter of it stays."""
    return text if text.isascii() else _TURNS.sub("", text)
