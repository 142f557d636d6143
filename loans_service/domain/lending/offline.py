"""What a machine did while it was offline and reports afterwards: it is recorded, not refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from loans_service.domain.holds.hold_queue import CheckOutHeldByOther
from loans_service.domain.lending.check_out import CheckOutFacts, Terms
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_terms import Override
from loans_service.domain.lending.override import is_final
from loans_service.domain.rules.due_date import DueDate, DueStep, Step
from shared.kernel.errors import InvalidValue, LibraryError

LONGEST_OFFLINE = timedelta(days=366)
"""A machine whose clock differs by more has a wrong clock."""


class InvalidOffline(InvalidValue):
    """The machine's clock cannot be right."""

    code = "invalid-offline"
    detail = "What a machine did offline is taken within a year. Set the clock of the machine, and correct `at`."
    field = "offline"


@dataclass(frozen=True, slots=True)
class Offline:
    """An act that has already happened, `at` a moment or just now; `due_at` is the due date that the machine gave.

    `by` is the machine.
    """

    at: datetime | None = None
    due_at: datetime | None = None
    by: str = ""

    @property
    def comment(self) -> str:
        """Why refusals were overridden, for staff to read."""
        return f"Offline: {self.by} had done it already."

    def moment(self, *, now: datetime) -> datetime:
        """Return when it happened, at most `now` because clocks run fast. Raises InvalidOffline."""
        at = now if self.at is None else min(self.at, now)
        if at < now - LONGEST_OFFLINE:
            raise InvalidOffline
        return at

    def ends(self, loan: Loan, borrower: object, *, at: datetime) -> bool:
        """Return whether the copy's open loan must have ended before the copy went to `borrower` at that moment."""
        return loan.member_id != borrower and loan.checked_out_at < at

    def came_back(
        self, scanned_at: datetime | None, *, at: datetime, lent: Loan | None, again_at: datetime | None = None
    ) -> datetime | None:
        """Return when the copy that was lent at that moment came back to a desk; None if it did not.

        `scanned_at` is its last scan, `lent` its open loan, which may have begun since. `again_at` is when its first
        loan began that is over, and ended later: if that was after `at`, the copy was back by then.
        """
        if scanned_at is None or scanned_at <= at or (lent is not None and lent.checked_out_at < scanned_at):
            return None
        return scanned_at if again_at is None or again_at <= at else min(scanned_at, again_at)

    def against(self, refusals: Iterable[LibraryError]) -> tuple[list[LibraryError], Override]:
        """Return the final refusals, which cannot be overridden, and the override of all others.

        That the copy was captured for another hold is overridden, too, since it has left already.
        """
        found = list(refusals)
        final = [refusal for refusal in found if is_final(refusal) and not isinstance(refusal, CheckOutHeldByOther)]
        codes = dict.fromkeys(refusal.code for refusal in found if refusal not in final)
        return final, Override(tuple(codes), self.comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineTerms(Terms):
    """The terms of a copy that a machine has lent already.

    Whatever staff could override is overridden, and nothing that is noted of the copy is to be confirmed. If no rule
    lends the copy, it is due at the end of that day.
    """

    offline: Offline

    @property
    def is_by_hand(self) -> bool:
        return True

    @property
    def may_confirm(self) -> bool:
        return False

    @property
    def until(self) -> datetime | None:
        return self.due_at or self.offline.due_at

    def weigh(self, found: list[LibraryError]) -> tuple[list[LibraryError], Override | None]:
        return self.offline.against(found)

    def due_without_rule(self, facts: CheckOutFacts) -> DueDate | None:
        end = facts.calendar.end_of_day(facts.calendar.day_of(facts.now))
        return DueDate((DueStep(Step.PERIOD, end, "No rule lends it."),))
