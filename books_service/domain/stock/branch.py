"""A branch: a place with a desk and a time zone, where copies are at home."""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from books_service.domain.text import line
from shared.kernel.errors import Conflict, InvalidValue, NotFound

LONGEST_CODE = 40
LONGEST_BRANCH_NAME = 200
MOST_LOCATIONS = 200
CONTACTS = {"address": 500, "phone": 50, "email": 254}
"""What is told to everybody of how to reach a branch, and how long it is at most."""
_CODE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_CODE - 1}}}")


class BranchNotFound(NotFound):
    """There is no such branch."""

    code = "branch-not-found"
    detail = "The library has no branch with this code."


class UnknownBranch(InvalidValue):
    """A copy cannot be at home in a branch that does not exist."""

    code = "unknown-branch"
    detail = "The library has no branch with this code. Add the branch first."
    field = "branch"


class UnknownLocation(InvalidValue):
    """A copy cannot stand in a location that its branch does not have."""

    code = "unknown-location"
    detail = "The branch has no location with this code. Add the location to the branch first."
    field = "location"


class LocationInUse(Conflict):
    """Copies stand in a location that is to be taken away."""

    code = "location-in-use"

    def __init__(self, location: str) -> None:
        super().__init__(f"Copies stand in the location {location}. Move them first.", location=location)


class TooManyLocations(InvalidValue):
    """A branch is not divided so finely."""

    code = "too-many-values"
    detail = f"A branch has {MOST_LOCATIONS} locations at most, each with a code of its own."
    field = "locations"


class BranchClosed(Conflict):
    """The branch has closed for good, and another one has its copies."""

    code = "branch-closed"
    example: ClassVar = {"copies_to": "MAIN"}

    def __init__(self, copies_to: str | None) -> None:
        super().__init__("This branch is closed for good. Choose the one that has its copies.", copies_to=copies_to)


class InvalidSuccessor(InvalidValue):
    """A branch that closes leaves its copies to another one."""

    code = "invalid-successor"
    detail = "Name another branch of the library that stays open: it gets the copies."
    field = "copies_to"


class BranchCodeTaken(Conflict):
    """Another branch has this code."""

    code = "branch-code-taken"
    detail = "Another branch has this code already; capitals and small letters count as the same."


class InvalidBranchCode(InvalidValue):
    """No branch is called that."""

    code = "invalid-branch-code"
    detail = f"A branch code has 1 to {LONGEST_CODE} letters and digits; . _ and - may stand between them."
    field = "code"


class InvalidTimezone(InvalidValue):
    """There is no such time zone."""

    code = "invalid-timezone"
    detail = "A time zone is given by its IANA name, such as Europe/Vienna."
    field = "timezone"


@dataclass(frozen=True, slots=True)
class Location:
    """A shelf, a room or a collection inside a branch."""

    code: str
    name: str

    @classmethod
    def of(cls, code: str, name: str) -> Self:
        """Raises InvalidBranchCode or InvalidText."""
        return cls(branch_code(code), _name(name))


Contacts = Mapping[str, str | None]
"""Address, phone and e-mail address of a branch, by these names; None: there is none."""
_UNKNOWN: Contacts = {}


class Branch:
    """It changes through its methods alone; `version` counts the changes."""

    address: str | None
    phone: str | None
    email: str | None

    def __init__(
        self,
        *,
        code: str,
        name: str,
        timezone: str,
        locations: tuple[Location, ...],
        contacts: Contacts = _UNKNOWN,
        now: datetime,
    ) -> None:
        self.code = code
        self.key = branch_key(code)
        self.name = name
        self.timezone = timezone
        self.locations = locations
        for each in CONTACTS:
            setattr(self, each, contacts.get(each))
        self.added_at = now
        self.closed_at: datetime | None = None
        self.copies_to: str | None = None
        self.version = 1

    @classmethod
    def open(
        cls,
        *,
        code: str,
        name: str,
        timezone: str,
        locations: Iterable[Location] = (),
        contacts: Contacts = _UNKNOWN,
        now: datetime,
    ) -> "Branch":
        """Open a branch. Raises InvalidBranchCode, InvalidText, InvalidTimezone or TooManyLocations."""
        return cls(
            code=branch_code(code),
            name=_name(name),
            timezone=zone(timezone),
            locations=_each_once(locations),
            contacts=_cleaned(contacts),
            now=now,
        )

    def revise(
        self,
        *,
        name: str | None = None,
        timezone: str | None = None,
        locations: Iterable[Location] | None = None,
        contacts: Contacts = _UNKNOWN,
        in_use: AbstractSet[str] = frozenset(),
    ) -> None:
        """Give it another name, time zone or other locations; None: as it is. Of the contacts, those that are given.

        `in_use` are the codes of the locations where copies stand. Raises InvalidText, InvalidTimezone,
        TooManyLocations or LocationInUse.
        """
        changed = (
            self.name if name is None else _name(name),
            self.timezone if timezone is None else zone(timezone),
            self.locations if locations is None else _each_once(locations),
        )
        if gone := sorted(in_use - {location.code for location in changed[2]}):
            raise LocationInUse(gone[0])
        given = _cleaned(contacts)
        is_same = all(getattr(self, each) == text for each, text in given.items())
        if changed != (self.name, self.timezone, self.locations) or not is_same:
            self.name, self.timezone, self.locations = changed
            for each, text in given.items():
                setattr(self, each, text)
            self.version += 1

    def close(self, successor: "Branch | None", *, now: datetime) -> None:
        """Close for good, and leave the copies to another branch; the same again changes nothing.

        Raises InvalidSuccessor unless that is another open branch, and BranchClosed if this one left them to another.
        """
        if successor is None or successor is self or successor.closed_at is not None:
            raise InvalidSuccessor
        if self.closed_at is None:
            self.closed_at, self.copies_to = now, successor.code
            self.version += 1
        elif self.copies_to != successor.code:
            raise BranchClosed(self.copies_to)

    def expect_open(self) -> Self:
        """Return the branch. Raises BranchClosed."""
        if self.closed_at is not None:
            raise BranchClosed(self.copies_to)
        return self

    def location(self, code: str) -> str:
        """Return the code of a location as the branch writes it. Raises UnknownLocation."""
        for location in self.locations:
            if branch_key(location.code) == branch_key(code):
                return location.code
        raise UnknownLocation


def _each_once(locations: Iterable[Location]) -> tuple[Location, ...]:
    listed = tuple(locations)
    if len(listed) > MOST_LOCATIONS or len({branch_key(location.code) for location in listed}) < len(listed):
        raise TooManyLocations
    return listed


def _cleaned(contacts: Contacts) -> Contacts:
    return {
        each: None if text is None else line(text, field=each, limit=CONTACTS[each]) for each, text in contacts.items()
    }


def branch_code(text: str) -> str:
    """Return a code with no blanks around it. Raises InvalidBranchCode."""
    code = text.strip()
    if not _CODE.fullmatch(code):
        raise InvalidBranchCode
    return code


def branch_key(code: str) -> str:
    """Return what is the same for every way to write the code of a branch."""
    return code.strip().upper()


def _name(text: str) -> str:
    return line(text, field="name", limit=LONGEST_BRANCH_NAME)


def zone(name: str) -> str:
    """Return the name of a time zone as it is. Raises InvalidTimezone."""
    try:
        exists = ZoneInfo(name).key == name
    except (KeyError, ValueError, OSError):
        exists = False
    if not exists:
        raise InvalidTimezone
    return name
