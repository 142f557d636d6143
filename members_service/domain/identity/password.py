"""Which passwords are good enough: long, and not among the first that somebody would try."""

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import pairwise

from shared.kernel.errors import InvalidValue

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
_FEWEST_CHARACTERS = 5
_WALKS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
)
_STEPS = frozenset(
    step
    for walk in _WALKS
    for place in range(len(walk) - 1)
    for step in (walk[place : place + 2], walk[place : place + 2][::-1])
)
_LETTERS_PER_BREAK = 6
_OF_THE_TRADE = frozenset({
    "library", "librarian", "librarians", "libraries", "bookworm", "bookshelf", "catalogue", "reading-room",
    "bibliothek", "bücherei", "bibliothèque", "bibliotheque", "biblioteca", "bibliotheek", "biblioteket",
})  # fmt: skip
"""What comes to mind first in this place, whatever the world at large uses."""

_SHORTEST_WORD = 4
_AS_LETTERS = str.maketrans("430157@$!", "aeoistasi")
_NOT_WORDS = re.compile(r"^[\W\d_]+|(?<![\W\d_])[\W\d_]++$")


class PasswordTooShort(InvalidValue):
    """Could be guessed by trying them all."""

    code = "password-too-short"
    detail = f"A password has at least {SHORTEST_PASSWORD} characters."
    field = "password"


class PasswordTooLong(InvalidValue):
    """More than anybody types."""

    code = "password-too-long"
    detail = f"A password has at most {LONGEST_PASSWORD} characters."
    field = "password"


class PasswordTooCommon(InvalidValue):
    """Among the first that an attacker tries."""

    code = "password-too-common"
    detail = "Many people use this password or one just like it. Several unrelated words make a better one."
    field = "password"


class PasswordTooSimple(InvalidValue):
    """Follows a pattern."""

    code = "password-too-simple"
    detail = (
        "This password repeats itself, follows a row of keys or is made of the e-mail address. "
        "Several unrelated words make a better one."
    )
    field = "password"


def check_length(password: str) -> None:
    """Raise PasswordTooShort or PasswordTooLong: the rules that look at the password alone."""
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort
    if len(password) > LONGEST_PASSWORD:
        raise PasswordTooLong


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """The rules for a new password. `common` knows passwords that many people use, in lower case."""

    common: Container[str]

    def check(self, password: str, *, email: str) -> None:
        """Raise the first rule that `password` breaks; `email` is the address that it protects."""
        check_length(password)
        folded = unicodedata.normalize("NFKC", password).casefold()
        if any(reading in self.common or reading in _OF_THE_TRADE for reading in _readings(folded)):
            raise PasswordTooCommon
        if _repeats_itself(folded) or _walks_along(folded) or _is_made_of(folded, email.casefold()):
            raise PasswordTooSimple


def _readings(password: str) -> Iterator[str]:
    """Return it as it is, without the digits and signs around it, and with those within read as letters."""
    yield password
    word = _NOT_WORDS.sub("", password)
    for reading in (word, word.translate(_AS_LETTERS), word.translate(_AS_LETTERS | {ord("1"): "l"})):
        if len(reading) >= _SHORTEST_WORD:
            yield reading


def _repeats_itself(password: str) -> bool:
    """Whether it has few different characters, or is one short piece over and over."""
    if len(set(password)) < _FEWEST_CHARACTERS:
        return True
    period = (password + password).find(password, 1)
    return period < min(len(password), SHORTEST_PASSWORD)


def _walks_along(password: str) -> bool:
    """Whether it consists of runs along the alphabet, the digits or the rows of a keyboard, forwards or backwards."""
    breaks = sum(one != other and one + other not in _STEPS for one, other in pairwise(password))
    return breaks <= len(password) // _LETTERS_PER_BREAK


def _is_made_of(password: str, email: str) -> bool:
    """Whether hardly anything is left when the parts of the address are taken out."""
    local_part, _, domain = email.partition("@")
    for part in sorted({email, local_part, domain, domain.partition(".")[0]}, key=len, reverse=True):
        if len(part) > 2:
            password = password.replace(part, "")
    return len(_NOT_WORDS.sub("", password)) < 3 and len(password) < SHORTEST_PASSWORD
