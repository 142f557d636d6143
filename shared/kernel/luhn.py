"""The check digit of numbers that people and machines read (ISO/IEC 7812)."""


def luhn_check_digit(payload: str) -> str:
    """Return the digit that makes `payload` pass the Luhn check, which finds every mistyped digit."""
    doubled_first = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(payload)))
    return str(-sum(number - 9 if number > 9 else number for number in doubled_first) % 10)
