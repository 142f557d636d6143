"""The PIN of a card: how a member proves at a machine to be the one on the card."""

import re

from shared.kernel.errors import InvalidValue, NotProved, Refused

_PIN = re.compile(r"[0-9]{4,8}")


class InvalidPin(InvalidValue):
    """Cannot be typed at a machine."""

    code = "invalid-pin"
    detail = "A PIN has 4 to 8 digits."
    field = "pin"


class WrongPin(Refused):
    """Whoever changes a PIN must know the present one."""

    code = "wrong-pin"
    detail = "The current PIN is not right. Ask the desk for a new one if it is forgotten."


class WrongCardOrPin(NotProved):
    """It is not told whether it was the card or the PIN."""

    code = "wrong-card-or-pin"
    detail = "The card number or the PIN is not right."


def check_pin(pin: str) -> str:
    """Return the PIN. Raises InvalidPin."""
    if not _PIN.fullmatch(pin):
        raise InvalidPin
    return pin
