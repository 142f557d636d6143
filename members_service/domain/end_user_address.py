"""The IP address of an end user, as a client reports it."""

from ipaddress import ip_address

from shared.kernel.errors import InvalidValue


class InvalidEndUserAddress(InvalidValue):
    """No address of anybody."""

    code = "invalid-end-user-address"
    detail = (
        "end_user_address is the IP address of whoever types, such as 203.0.113.7. Leave it out if it is not known."
    )
    field = "end_user_address"


def check_end_user_address(text: str) -> str:
    """Return the address. Raises InvalidEndUserAddress."""
    try:
        return str(ip_address(text))
    except ValueError:
        raise InvalidEndUserAddress from None
