"""Tags: a few short words by which staff gather books or copies for a purpose of their own."""

from collections.abc import Iterable

from books_service.domain.text import line
from shared.kernel.errors import InvalidValue

MOST_TAGS = 20
LONGEST_TAG = 40
_BETWEEN = ";"


class TooManyTags(InvalidValue):
    """So many words gather nothing."""

    code = "too-many-tags"

    def __init__(self) -> None:
        super().__init__(
            f"A book or a copy has {MOST_TAGS} tags at most. Take one off that is no longer needed.",
            field="tags",
            limit=MOST_TAGS,
        )


def tags_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the tags in these texts, in small letters, each once, in the order of the alphabet.

    A semicolon parts two tags. Raises InvalidText or TooManyTags.
    """
    named = (tag for text in texts for tag in text.split(_BETWEEN) if tag.strip())
    tags = tuple(sorted({line(tag.lower(), field="tags", limit=LONGEST_TAG) for tag in named}))
    if len(tags) > MOST_TAGS:
        raise TooManyTags
    return tags


def tags_text(tags: Iterable[str]) -> str:
    """Return tags as one text, which `tags_of` reads back."""
    return f"{_BETWEEN} ".join(tags)
