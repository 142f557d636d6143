"""A loan that staff date back: it was made on paper, and is entered afterwards."""

from dataclasses import dataclass
from datetime import datetime

from loans_service.domain.lending.check_out import Terms
from loans_service.domain.lending.loan_terms import Override
from loans_service.domain.lending.offline import LONGEST_OFFLINE
from loans_service.domain.lending.override import that_counted
from shared.kernel.errors import Conflict, InvalidValue, LibraryError


class InvalidLentAt(InvalidValue):
    """A loan cannot have begun then."""

    code = "invalid-lent-at"
    detail = "A loan is dated back by a year at most, and never begins in the future. Correct `lent_at`."
    field = "lent_at"


class CopyLentThen(Conflict):
    """The copy was on loan at that moment."""

    code = "copy-lent-then"
    detail = "This copy was on loan already at that moment, and came back later. Correct `lent_at`, or the copy."


@dataclass(frozen=True, slots=True)
class Backdating:
    """When a copy was lent, and why that is entered only now."""

    lent_at: datetime
    why: str

    def moment(self, *, now: datetime) -> datetime:
        """Return when the copy was lent. Raises InvalidLentAt."""
        if not now - LONGEST_OFFLINE <= self.lent_at <= now:
            raise InvalidLentAt
        return self.lent_at

    def came_back(self, scanned_at: datetime | None, *, lent_at: datetime | None) -> datetime | None:
        """Return when the copy came back to a desk after it was lent; None if it did not.

        `scanned_at` is its last scan; `lent_at` when its first loan began that ended after this one began, None if
        there is none: by then the copy was back. Raises CopyLentThen if it was not.
        """
        if lent_at is not None and lent_at <= self.lent_at:
            raise CopyLentThen
        seen = [at for at in (scanned_at, lent_at) if at is not None and at > self.lent_at]
        return min(seen, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackdatedTerms(Terms):
    """The terms of a loan that is dated back: those of any other, but done by hand, and the loan remembers why."""

    why: str

    @property
    def is_by_hand(self) -> bool:
        return True

    def weigh(self, found: list[LibraryError]) -> tuple[list[LibraryError], Override | None]:
        override = that_counted(self.override, found)
        if override is None:
            return found, Override((), self.why)
        return found, Override(override.codes, f"{self.why} {override.comment}")
