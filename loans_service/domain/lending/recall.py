"""Which loan is shortened for a recall that no copy can fill."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.domain.holds.allocation import LendsTo
from loans_service.domain.holds.hold import Hold
from loans_service.domain.lending.loan import Loan
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.recall import RecallTerms, recalled_due_date
from loans_service.domain.rules.transport import Transport

RECALLED = "Recalled for somebody who waits."
"""The reason for the new due date in the history of the loan."""


@dataclass(frozen=True, slots=True)
class RecallableLoan:
    """A loan whose copy is with its borrower and not recalled yet, and the recall terms of its rule."""

    loan: Loan
    terms: RecallTerms
    calendar: Calendar

    def due_at(self, now: datetime) -> datetime:
        """Return the due date that it would have if it were recalled now."""
        return recalled_due_date(
            self.terms,
            checked_out_at=self.loan.checked_out_at,
            due_at=self.loan.due_at,
            now=now,
            calendar=self.calendar,
        )


class Recalls:
    """The loans of one book that may be recalled, each for one hold.

    `lendable` are the copies that may be lent again; None means all of them. `transport` is how copies travel.
    """

    def __init__(
        self,
        loans: Iterable[RecallableLoan],
        *,
        lendable: Collection[UUID] | None,
        lends: LendsTo,
        transport: Transport | None = None,
        now: datetime,
    ) -> None:
        self._loans = list(loans)
        self._lendable = lendable
        self._lends = lends
        self._transport = transport or Transport()
        self._now = now

    @property
    def any_left(self) -> bool:
        """Whether there is another loan that may be recalled."""
        return bool(self._loans)

    def recall_for(self, hold: Hold) -> None:
        """Recall the loan whose copy comes back soonest for this hold, if there is one.

        That is the one with the earliest due date once recalled; of several, the one lent first. Overdue loans come
        last, because it is unknown when they come back.
        """
        fitting = [each for each in self._loans if self._fits(each.loan, hold)]
        if not fitting:
            return
        best = min(fitting, key=self._preference)
        self._loans.remove(best)
        best.loan.recall(best.due_at(self._now), why=RECALLED, now=self._now)
        hold.recall(best.loan.id)

    def _fits(self, loan: Loan, hold: Hold) -> bool:
        copy = loan.copy
        is_wanted = hold.wants(copy, now=self._now) and loan.member_id != hold.member_id
        is_lent_again = self._lendable is None or copy.copy_id in self._lendable
        is_brought = self._transport.brings(
            copy.item_type, hold.pickup_branch, lent_in=loan.branch, home=copy.home_branch
        )
        return is_wanted and is_lent_again and is_brought and self._lends(copy, hold)

    def _preference(self, each: RecallableLoan) -> tuple[bool, datetime, datetime, UUID]:
        loan = each.loan
        return loan.due_at < self._now, each.due_at(self._now), loan.checked_out_at, loan.id
