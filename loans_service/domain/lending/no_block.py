"""What a machine did while it was on its own, and tells afterwards: it is put on record, not refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from loans_service.domain.holds.hold_queue import CheckOutHeldByOther
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_terms import Override
from loans_service.domain.lending.override import is_final
from loans_service.domain.lending.staff_only import StaffOnly
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.due_date import DueDate, DueStep, Step
from shared.kernel.errors import InvalidValue, LibraryError

LONGEST_ALONE = timedelta(days=366)
"""A clock that says more is wrong."""


class InvalidNoBlock(InvalidValue):
    """The machine's clock cannot be right."""

    code = "invalid-no-block"
    detail = "What a machine did on its own is taken within a year. Set the clock of the machine, and correct `at`."
    field = "no_block"


@dataclass(frozen=True, slots=True)
class NoBlock:
    """An act that has happened: `at` then, or just now; with `due_at`, a loan that the machine made until then.

    `by` says which machine; it `may_be_alone` if it was registered for that.
    """

    at: datetime | None = None
    due_at: datetime | None = None
    by: str = ""
    may_be_alone: bool = False

    @property
    def comment(self) -> str:
        """Why refusals did not count, to be read by staff."""
        return f"No block: {self.by} had done it on its own."

    def expect_right(self) -> None:
        """Raise StaffOnly unless the machine was registered for work on its own."""
        if not self.may_be_alone:
            raise StaffOnly("no_block")

    def moment(self, *, now: datetime) -> datetime:
        """Return when it happened; never later than `now`, for clocks run fast. Raises InvalidNoBlock."""
        at = now if self.at is None else min(self.at, now)
        if at < now - LONGEST_ALONE:
            raise InvalidNoBlock
        return at

    def ends(self, loan: Loan, borrower: object, *, at: datetime) -> bool:
        """Tell whether the open loan of a copy that went to `borrower` at that moment must have ended before."""
        return loan.member_id != borrower and loan.checked_out_at < at

    def came_back(self, scanned_at: datetime | None, *, at: datetime, lent: Loan | None) -> datetime | None:
        """Return when the copy that left at that moment was scanned at a desk again; None if it was not.

        It may have been `lent` anew since.
        """
        if scanned_at is None or scanned_at <= at or (lent is not None and lent.checked_out_at < scanned_at):
            return None
        return scanned_at

    def against(self, refusals: Iterable[LibraryError]) -> tuple[list[LibraryError], Override]:
        """Return what stands in the way all the same, which nobody could override, and what is overridden.

        A copy that was kept for a hold has left, too.
        """
        found = list(refusals)
        final = [refusal for refusal in found if is_final(refusal) and not isinstance(refusal, CheckOutHeldByOther)]
        codes = dict.fromkeys(refusal.code for refusal in found if refusal not in final)
        return final, Override(tuple(codes), self.comment)


def due_at_once(at: datetime, calendar: Calendar) -> DueDate:
    """Return when a copy is due that left although no rule lends it: by the end of that day."""
    return DueDate((DueStep(Step.PERIOD, calendar.end_of_day(calendar.day_of(at)), "No rule lends it."),))
