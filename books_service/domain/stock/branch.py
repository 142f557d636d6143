"""A branch: a place with a desk and a time zone, where copies are at home."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from books_service.domain.text import line
from shared.kernel.errors import Conflict, InvalidValue, NotFound

LONGEST_CODE = 40
LONGEST_BRANCH_NAME = 200
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


class Branch:
    """The attributes are for reading; `version` counts the changes."""

    def __init__(self, *, code: str, name: str, timezone: str, added_at: datetime) -> None:
        self.code = code
        self.key = branch_key(code)
        self.name = name
        self.timezone = timezone
        self.added_at = added_at
        self.version = 1

    @classmethod
    def open(cls, *, code: str, name: str, timezone: str, now: datetime) -> "Branch":
        """Open a branch. Raises InvalidBranchCode, InvalidText or InvalidTimezone."""
        return cls(code=branch_code(code), name=_name(name), timezone=zone(timezone), added_at=now)

    def revise(self, *, name: str | None = None, timezone: str | None = None) -> None:
        """Give it another name or time zone; None keeps what it has. Raises InvalidText or InvalidTimezone."""
        changed = (self.name if name is None else _name(name), self.timezone if timezone is None else zone(timezone))
        if changed != (self.name, self.timezone):
            self.name, self.timezone = changed
            self.version += 1


def branch_code(text: str) -> str:
    """Return a code with no blanks around it. Raises InvalidBranchCode."""
    code = text.strip()
    if not _CODE.fullmatch(code):
        raise InvalidBranchCode
    return code


def branch_key(code: str) -> str:
    """Return what is the same for every way to write the code of one branch."""
    return code.strip().upper()


def _name(text: str) -> str:
    return line(text, field="name", limit=LONGEST_BRANCH_NAME)


def zone(name: str) -> str:
    """Return the name of a time zone as it is. Raises InvalidTimezone."""
    try:
        known = ZoneInfo(name).key == name
    except (KeyError, ValueError, OSError):
        known = False
    if not known:
        raise InvalidTimezone
    return name
