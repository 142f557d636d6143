"""Amounts of money as ISO 4217 writes them."""

_WITHOUT_MINOR_UNIT = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF"}
    | {"XPF"}
)
_IN_THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def minor_digits(currency: str) -> int:
    """Return how many decimals an amount has."""
    return 0 if currency in _WITHOUT_MINOR_UNIT else 3 if currency in _IN_THOUSANDTHS else 2


def in_minor_units(whole: str, part: str, currency: str) -> int:
    """Return the amount with these digits before and after the decimal point.

    Raises ValueError for more decimals than the currency has, not counting trailing zeros.
    """
    places, part = minor_digits(currency), part.rstrip("0")
    if len(part) > places:
        raise ValueError(f"an amount in {currency} has {places} digits behind the point at most")
    return int(whole + part.ljust(places, "0"))
