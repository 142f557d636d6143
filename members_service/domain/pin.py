"""The PIN of a card: how a member proves at a machine to be the one on the card."""

import re
from dataclasses import dataclass
from uuid import UUID

from shared.kernel.errors import InvalidValue, NotProved, Refused

_PIN = re.compile(r"[0-9]{4,8}")
_MOST_USED = """
1234 1111 0000 1212 7777 1004 2000 4444 2222 6969 9999 3333 5555 6666 1122 1313 8888 2001 4321 1010 0909 2580 0007
1818 1230 1984 1986 0070 1985 0987 1000 1231 1987 1999 2468 2002 2323 0123 1123 1233 1357 1221 1324 1988 2112 2121
5150 1024 1112 1224 1969 1225 1235 1982 1983 1001 1978 1979 7410 1020 1223 1974 1975 1977 1980 1981 1029 1121 1213
1973 1976 2020 2345 2424 2525 1515 1970 1972 1989 0001 1023 1414 9876 0101 0907 1245 1966 1967 1971 8520 1964 1968
4545 1318 5678 1011 1124 1211 1963 4200
"""
"""The hundred that people use most, most of them first: of the list `four-digit-pin-codes-sorted-by-frequency` in the
collection SecLists (MIT licence).
"""

_COMMON = frozenset(_MOST_USED.split())
_IN_A_ROW = "01234567890", "09876543210"


class InvalidPin(InvalidValue):
    """Cannot be typed at a machine."""

    code = "invalid-pin"
    detail = "A PIN has 4 to 8 digits."
    field = "pin"


class PinTooCommon(InvalidValue):
    """Among the first that somebody tries who has found a card."""

    code = "pin-too-common"
    detail = "Many people use this PIN: choose another. A year, a row of keys and a repetition are guessed first."
    field = "pin"


class WrongPin(Refused):
    """Whoever changes a PIN must know the present one."""

    code = "wrong-pin"
    detail = "The current PIN is not right. Ask the desk for a new one if it is forgotten."


class WrongCardOrPin(NotProved):
    """It is not told whether it was the card or the PIN."""

    code = "wrong-card-or-pin"
    detail = "The card number or the PIN is not right."


@dataclass(frozen=True, slots=True)
class TypedPin:
    """A PIN that was typed for a card at a client; `owner` is None for an unknown card.

    `end_user` is the address of who typed it there, where the client says so.
    """

    owner: UUID | None
    card_number: str
    client: str | None = None
    end_user: str | None = None


def check_digits(pin: str) -> str:
    """Return the PIN, whatever it is, if it can be typed. Raises InvalidPin."""
    if not _PIN.fullmatch(pin):
        raise InvalidPin
    return pin


def check_pin(pin: str) -> str:
    """Return a PIN that is about to be chosen. Raises InvalidPin, or PinTooCommon."""
    check_digits(pin)
    repeats = (pin + pin).find(pin, 1) < len(pin)
    if pin in _COMMON or repeats or any(pin in row for row in _IN_A_ROW):
        raise PinTooCommon
    return pin
