"""What kind of thing the copies of a book are, and for whom it was made."""

from enum import StrEnum

from shared.kernel.errors import InvalidValue


class BookFormat(StrEnum):
    """What kind of thing the copies are. A printed book need not say so."""

    AUDIOBOOK = "audiobook"
    BOOK = "book"
    COMPUTER_FILE = "computer_file"
    EBOOK = "ebook"
    KIT = "kit"
    LARGE_PRINT = "large_print"
    MANUSCRIPT = "manuscript"
    MAP = "map"
    MUSIC = "music"
    OBJECT = "object"
    PERIODICAL = "periodical"
    PICTURE = "picture"
    SCORE = "score"
    VIDEO = "video"

    @property
    def needs_copies(self) -> bool:
        """Whether it takes a copy to read it."""
        return self is not BookFormat.EBOOK


ONLINE_FORMATS = frozenset(format for format in BookFormat if not format.needs_copies)


class Audience(StrEnum):
    """For whom it was made."""

    PRESCHOOL = "preschool"
    PRIMARY = "primary"
    PRE_ADOLESCENT = "pre_adolescent"
    ADOLESCENT = "adolescent"
    ADULT = "adult"
    SPECIALIZED = "specialized"
    GENERAL = "general"
    JUVENILE = "juvenile"


class InvalidFormat(InvalidValue):
    code = "invalid-format"
    detail = f"The format of a book is one of these: {', '.join(BookFormat)}."
    field = "format"


class InvalidAudience(InvalidValue):
    code = "invalid-audience"
    detail = f"The audience of a book is one of these: {', '.join(Audience)}."
    field = "audience"


def book_format(word: str) -> BookFormat:
    """Read a word. Raises InvalidFormat."""
    try:
        return BookFormat(word)
    except ValueError:
        raise InvalidFormat from None


def audience(word: str) -> Audience:
    """Read a word. Raises InvalidAudience."""
    try:
        return Audience(word)
    except ValueError:
        raise InvalidAudience from None
