"""Times that only staff may set by hand: a kiosk stands in the public room."""

from datetime import datetime
from typing import ClassVar

from shared.kernel.errors import NotAllowed


class StaffOnly(NotAllowed):
    """A kiosk sent what only staff may say. `field` is the word that it used."""

    code = "staff-only"
    example: ClassVar = {"field": "due_at"}

    def __init__(self, field: str) -> None:
        others = "staff and machines" if field in {"seen", "branch"} else "staff who signed in"
        who = "machines with the scope loans:offline" if field == "offline" else others
        super().__init__(f"Only {who} may send `{field}`. Send the request without it.")
        self.field = field


def moment_of_return(requested: datetime | None, *, now: datetime, by_staff: bool) -> datetime:
    """Return when a copy came back: the requested moment or now. Only staff can name an earlier one.

    At a kiosk, borrowers could otherwise return late copies for nothing. Raises StaffOnly.
    """
    if requested is not None and requested < now and not by_staff:
        raise StaffOnly("returned_at")
    return requested or now
