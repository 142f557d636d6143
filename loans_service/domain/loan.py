"""A loan: one copy lent to one borrower until a due date."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from loans_service.domain.circulating_copy import Availability, AvailabilityChanged, CirculatingCopy, NextStop
from shared.kernel.errors import Conflict, NotFound, Refused


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """The rule under which a loan was made, remembered for as long as the loan is; older loans know no category."""

    rule: str
    policy_version: int
    renewals_allowed: int
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """Refusals that somebody with the right to do so set aside, and why."""

    codes: tuple[str, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class CopyCheckedOut:
    """A copy left the library with a borrower."""

    loan: "Loan"
    at: datetime


@dataclass(frozen=True, slots=True)
class CopyReturned:
    """A copy came back."""

    loan: "Loan"
    at: datetime


LoanEvent = CopyCheckedOut | CopyReturned | AvailabilityChanged


class LoanNotFound(NotFound):
    """There is no such loan, or not for this caller."""

    code = "loan-not-found"

    def __init__(self) -> None:
        super().__init__("There is no loan with this id, or it is not yours to see.")


class AlreadyReturned(Conflict):
    """The loan is closed."""

    code = "loan-not-open"

    def __init__(self) -> None:
        super().__init__("This loan is closed: the copy came back before.")


class InvalidReturnTime(Refused):
    """A copy cannot have come back at that moment."""

    code = "invalid-return-time"

    def __init__(self) -> None:
        super().__init__("A copy comes back after it was lent, and not in the future. Correct or drop `returned_at`.")


class Loan:
    """Tell it what happened; it decides and records what it means. The attributes are for reading."""

    def __init__(
        self,
        *,
        id: UUID,
        copy: CirculatingCopy,
        member_id: UUID,
        branch: str,
        checked_out_at: datetime,
        due_at: datetime,
        terms: LoanTerms,
        override: Override | None = None,
    ) -> None:
        self.id = id
        self.copy = copy
        self.member_id = member_id
        self.branch = branch
        self.checked_out_at = checked_out_at
        self.due_at = due_at
        self.terms = terms
        self.override_codes = override.codes if override else ()
        self.override_comment = override.comment if override else None
        self.renewals = 0
        self.returned_at: datetime | None = None
        self.next_stop: NextStop | None = None
        self.version = 0
        self._events: list[LoanEvent] = []

    @classmethod
    def check_out(
        cls,
        *,
        id: UUID,
        copy: CirculatingCopy,
        member_id: UUID,
        branch: str,
        now: datetime,
        due_at: datetime,
        terms: LoanTerms,
        override: Override | None = None,
    ) -> Self:
        """Lend `copy` from now until `due_at`. Whether it may be lent was decided before."""
        loan = cls(
            id=id,
            copy=copy,
            member_id=member_id,
            branch=branch,
            checked_out_at=now,
            due_at=due_at,
            terms=terms,
            override=override,
        )
        loan._record(CopyCheckedOut(loan, now), Availability.ON_LOAN, at=now)
        return loan

    @property
    def is_open(self) -> bool:
        """Whether the copy is still out."""
        return self.returned_at is None

    def bring_back(self, *, branch: str, returned_at: datetime, now: datetime) -> NextStop:
        """Close the loan and return where the copy goes from here: home, when it came back in another branch.

        `returned_at` may lie before `now` (the book drop over the weekend). Raises AlreadyReturned when the loan is
        closed, InvalidReturnTime when the copy cannot have come back at that moment.
        """
        if not self.is_open:
            raise AlreadyReturned
        if not self.checked_out_at <= returned_at <= now:
            raise InvalidReturnTime
        self.returned_at = returned_at
        self.next_stop = NextStop.SHELF if branch == self.copy.home_branch else NextStop.TRANSIT
        seen = Availability.AVAILABLE if self.next_stop is NextStop.SHELF else Availability.IN_TRANSIT
        self._record(CopyReturned(self, returned_at), seen, at=now)
        return self.next_stop

    def arrive(self, *, branch: str, now: datetime) -> NextStop:
        """Note that the copy of this closed loan was scanned in `branch`; in its home branch, transit ends there."""
        if self.next_stop is NextStop.TRANSIT and branch == self.copy.home_branch:
            self.next_stop = NextStop.SHELF
            self._record(None, Availability.AVAILABLE, at=now)
        return self.next_stop or NextStop.SHELF

    def take_events(self) -> list[LoanEvent]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _record(self, event: LoanEvent | None, availability: Availability, *, at: datetime) -> None:
        if event is not None:
            self._events.append(event)
        self.version += 1
        due_at = self.due_at if availability is Availability.ON_LOAN else None
        self._events.append(AvailabilityChanged(self.copy.copy_id, self.copy.book_id, availability, due_at, at))
