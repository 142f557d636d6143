"""A till, and the session between two counts of its drawer."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from loans_service.domain.money import Money
from shared.kernel.errors import Conflict, InvalidValue, NotFound, Refused

SHORTEST_SERIAL = 6
LONGEST_CODE = 40
_NOT_IN_A_CODE = re.compile("[^A-Z0-9._-]")


class TillKind(StrEnum):
    """Whether a till has to be opened with a count, or is the own one of a branch, a machine or an account."""

    DESK = "desk"
    OWN = "own"


class TillOwner(StrEnum):
    """Who has a till without being asked. The code of such a till begins with the word and a dot."""

    BRANCH = "BRANCH"
    CLIENT = "CLIENT"
    ACCOUNT = "ACCOUNT"

    def till(self, name: str) -> str:
        """Return the code of the own till of who has this name: what may stand in a URL is kept of it."""
        return f"{self}.{_NOT_IN_A_CODE.sub('-', name.upper())}"[:LONGEST_CODE]


class Method(StrEnum):
    """How money is paid or given back. Credit is what the library owes the member; no money moves."""

    CASH = "cash"
    CARD = "card"
    TRANSFER = "transfer"
    ONLINE = "online"
    CREDIT = "credit"


class MovementKind(StrEnum):
    """Why the cash in a drawer changes without a receipt."""

    IN = "in"
    OUT = "out"
    DIFFERENCE = "difference"


class TillNotFound(NotFound):
    """There is no such till."""

    code = "till-not-found"
    detail = "There is no till with this code. `GET /v1/tills` lists them."


class TillExists(Conflict):
    """The code is taken."""

    code = "till-exists"
    detail = "There is a till with this code. Choose another code, or use that till."


class ReservedTillCode(InvalidValue):
    """The code is one of those that tills of their own have."""

    code = "reserved-till-code"
    detail = "Codes that begin with BRANCH., CLIENT. or ACCOUNT. are those of own tills. Choose another code."
    field = "till"


class TillClosed(Conflict):
    """Nobody has opened the till."""

    code = "till-closed"
    detail = "This till is closed. Count its cash and open a session first."


class SessionOpen(Conflict):
    """The till is open already."""

    code = "session-open"
    detail = "This till is open already. Cash it up first."


class OtherCurrencyOfTill(Refused):
    """An amount is in another currency than the till keeps."""

    code = "other-currency-of-till"

    def __init__(self, currency: str) -> None:
        super().__init__(f"This till keeps {currency}. Say the amount in that currency.", currency=currency)


class DrawerTooShort(Refused):
    """More is to be taken out of the drawer than is in it by the books."""

    code = "drawer-too-short"
    detail = "There is less in the drawer than that. Take less, or note first what was put in."


@dataclass(frozen=True, slots=True)
class TillSession:
    """The time from one count of a drawer to the next."""

    session_id: UUID
    opened_at: datetime
    opened_by: str


@dataclass(frozen=True, slots=True)
class Till:
    """A till with its session, if it is open. `drawer` is the cash that has to be in it, in minor units."""

    code: str
    kind: TillKind
    branch: str | None
    name: str
    currency: str
    drawer: int
    session: TillSession | None

    def expect_currency(self, amount: Money) -> None:
        """Raise OtherCurrencyOfTill for an amount in another currency than this till keeps."""
        if amount.currency != self.currency:
            raise OtherCurrencyOfTill(self.currency)

    def expect_open(self) -> TillSession:
        """Return the session. Raises TillClosed."""
        if self.session is None:
            raise TillClosed
        return self.session

    def expect_closed(self) -> None:
        """Raise SessionOpen unless the till may be opened."""
        if self.session is not None:
            raise SessionOpen

    def moved(self, kind: MovementKind, amount: Money) -> int:
        """Return by how much cash that is put in or taken out changes the drawer. Raises DrawerTooShort."""
        self.expect_currency(amount)
        if kind is MovementKind.OUT and amount.amount > self.drawer:
            raise DrawerTooShort
        return -amount.amount if kind is MovementKind.OUT else amount.amount

    def difference(self, counted: Money) -> int:
        """Return by how much more was counted than has to be there; negative if money is missing."""
        self.expect_currency(counted)
        return counted.amount - self.drawer


def expect_desk_code(code: str) -> None:
    """Raise ReservedTillCode for a code that an own till may have."""
    if code.startswith(tuple(f"{owner}." for owner in TillOwner)):
        raise ReservedTillCode


def receipt_number(till: str, year: int, serial: int) -> str:
    """Return the number of a receipt; serials begin with 1 in each year of a till, and none is left out."""
    return f"{till}-{year}-{serial:0{SHORTEST_SERIAL}}"
