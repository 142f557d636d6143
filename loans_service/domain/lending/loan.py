"""A loan: one copy lent to one borrower until a due date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from loans_service.domain.circulating_copy import (
    Availability,
    AvailabilityChanged,
    CirculatingCopy,
    NextStop,
    Stands,
    StandsWhy,
)
from loans_service.domain.lending.loan_refusals import (
    ClaimedReturned,
    InvalidReturnTime,
    LoanLost,
    LoanNotOpen,
    NothingClaimed,
    NothingToFind,
)
from loans_service.domain.lending.loan_status import LoanEventType, LoanStatus, status_of
from loans_service.domain.lending.loan_terms import LoanTerms, Override
from loans_service.domain.money import Money
from loans_service.domain.rules.conditions import Particulars
from loans_service.domain.rules.reminders import next_reminder, reminder_due, reminder_fee, renews_itself_from
from shared.kernel.errors import LibraryError, refuse_if_any


@dataclass(frozen=True, slots=True)
class LoanEvent:
    """An event of a loan: why, if a reason was given, and on which terms, if a rule decided.

    `stage` counts the reminders of lateness whose moment has passed. `by_itself`: a loan renewed itself; `not_renewed`
    are the codes of why one did not. `overridden` are the codes of the refusals that staff overrode. `acted_by` is the
    member who acted for the borrower. `confirmed` is what staff have confirmed of what is noted of the copy.
    """

    type: LoanEventType
    loan: "Loan"
    at: datetime
    why: str = ""
    terms: LoanTerms | None = None
    stage: int = 0
    overridden: tuple[str, ...] = ()
    acted_by: UUID | None = None
    confirmed: tuple[str, ...] = ()
    by_itself: bool = False
    not_renewed: tuple[str, ...] = ()


class Loan:
    """Its methods say what happened and record the consequences; the attributes are read-only.

    Creating one lends `copy` from now until `due_at`; whether it may be lent was decided before. `timezone` is that of
    its branch, for as long as the branch has no calendar; `location` is where in its branch the copy belonged. `number`
    is what people say of it; without one it is numbered when it is stored. `returned_at` is when the loan ended: the
    copy came back or, if `settled_at` is set, nothing is owed any more for a copy that did not.
    """

    @classmethod
    def restored(cls, copy: CirculatingCopy, terms: LoanTerms, facts: Mapping[str, Any]) -> Self:
        """Return the loan that was stored with these facts, without recording events."""
        loan = cls.__new__(cls)
        loan.__dict__.update(facts, copy=copy, terms=terms, _events=[])
        return loan

    def __init__(
        self,
        *,
        id: UUID,
        number: int | None = None,
        copy: CirculatingCopy,
        member_id: UUID,
        branch: str,
        now: datetime,
        due_at: datetime,
        terms: LoanTerms,
        override: Override | None = None,
        price: Money | None = None,
        timezone: str,
        has_deposit: bool = False,
        acted_by: UUID | None = None,
        confirmed: tuple[str, ...] = (),
        location: str | None = None,
    ) -> None:
        self.id = id
        self.number = number
        self.copy = copy
        self.member_id = member_id
        self.branch = branch
        self.checked_out_at = now
        self.terms = terms
        self.override_codes = override.codes if override else ()
        self.override_comment = override.comment if override else None
        self.price_amount = price.amount if price else None
        self.price_currency = price.currency if price else None
        self.timezone = timezone
        self.location = location
        self.reminders = self.renewals = self.unseen_renewals = 0
        self.anonymised_at: datetime | None = None
        self.returned_at: datetime | None = None
        self.next_stop: NextStop | None = None
        self.lost_at: datetime | None = None
        self.claimed_at: datetime | None = None
        self.settled_at: datetime | None = None
        self.recalled_at: datetime | None = None
        self.has_deposit = has_deposit
        self.bill_at: datetime | None = None
        self.offline = False
        self.version = 0
        self._events: list[LoanEvent | AvailabilityChanged] = []
        self._is_due(due_at)
        why, codes = self.override_comment or "", tuple(self.override_codes)
        self._record(
            LoanEventType.CHECKED_OUT,
            Availability.ON_LOAN,
            at=now,
            why=why,
            terms=terms,
            overridden=codes,
            acted_by=acted_by,
            confirmed=confirmed,
        )

    @property
    def status(self) -> LoanStatus:
        """How the loan stands."""
        return status_of(
            returned_at=self.returned_at, lost_at=self.lost_at, claimed_at=self.claimed_at, settled_at=self.settled_at
        )

    @property
    def price(self) -> Money | None:
        """The price of the copy when it was lent, None if books had none."""
        if self.price_amount is None or self.price_currency is None:
            return None
        return Money(self.price_amount, self.price_currency)

    @property
    def late_until(self) -> datetime | None:
        """The moment to which lateness counts: the copy came back or was declared lost, whichever was first."""
        ends = [at for at in (self.returned_at, self.lost_at) if at is not None]
        return min(ends, default=None)

    @property
    def known(self) -> Particulars:
        """What rules may ask of the loan while nobody asks books and members: it goes on fulfilling its own rule."""
        return Particulars(made_under=self.terms.rule)

    @property
    def is_open(self) -> bool:
        """Whether the copy is still out."""
        return self.returned_at is None

    @property
    def copy_stands(self) -> Stands:
        """Where the copy stands until it comes back: in the branch that lent it."""
        return Stands(self.branch, StandsWhy.ON_LOAN, self.checked_out_at)

    def refusals(self) -> tuple[LibraryError, ...]:
        """Return why the copy of this loan is not simply with its borrower; empty if it is."""
        if self.status is LoanStatus.OPEN:
            return ()
        missed = {LoanStatus.LOST: LoanLost(), LoanStatus.CLAIMED_RETURNED: ClaimedReturned()}
        return (missed.get(self.status, LoanNotOpen()),)

    def remind(self, *, now: datetime, not_renewed: tuple[str, ...] = ()) -> bool:
        """Record that the borrower is to be reminded, once for each stage; return whether a reminder was due.

        Of several stages that were missed only the last is recorded. A missed copy causes no reminder.
        """
        reminder, stage = self._reminder_due(now)
        if self.status is not LoanStatus.OPEN or reminder <= self.reminders:
            return False
        self._has_reminded(reminder)
        self.version += 1
        kind = LoanEventType.OVERDUE if stage else LoanEventType.DUE_SOON
        self._events.append(LoanEvent(kind, self, now, stage=stage, not_renewed=() if stage else not_renewed))
        return True

    @property
    def reminder_fee(self) -> Money | None:
        """What the last reminder costs, None if nothing."""
        return reminder_fee(self.reminders, length=self._length, reminders=self.terms.reminders)

    def renews_itself_now(self, now: datetime) -> bool:
        """Return whether a loan that renews itself is to do so now: its time has come, and no reminder was sent.

        This also holds if it is late because no sweep ran in time.
        """
        comes = renews_itself_from(
            checked_out_at=self.checked_out_at, due_at=self.due_at, reminders=self.terms.reminders
        )
        return self.status is LoanStatus.OPEN and self.reminders == 0 and comes <= now

    def bring_back(
        self,
        stop: NextStop,
        *,
        returned_at: datetime,
        now: datetime,
        why: str = "",
        confirmed: tuple[str, ...] = (),
    ) -> None:
        """Close the loan; the copy goes to `stop`, which its circulation record publishes.

        `returned_at` may lie before `now` (the book drop over the weekend). A missed copy is thereby found, even if the
        loan was settled meanwhile. Raises LoanNotOpen if the loan is closed, InvalidReturnTime if the copy cannot have
        come back at that moment.
        """
        if not self.is_open and self.settled_at is None:
            raise LoanNotOpen
        if not self.checked_out_at <= returned_at <= now:
            raise InvalidReturnTime
        was_missed = self.status is not LoanStatus.OPEN
        self.settled_at = self.bill_at = None
        self.returned_at = returned_at
        self.next_stop = stop
        self.version += 1
        if was_missed:
            self._events.append(LoanEvent(LoanEventType.FOUND, self, now, why))
        self._events.append(LoanEvent(LoanEventType.RETURNED, self, now, why, confirmed=confirmed))

    def renew(
        self,
        due_at: datetime,
        *,
        terms: LoanTerms,
        now: datetime,
        override: Override | None = None,
        acted_by: UUID | None = None,
        seen: bool = False,
        by_itself: bool = False,
    ) -> None:
        """Let the borrower keep the copy, `seen` or not, until `due_at`; whether that is allowed was decided before."""
        why, overridden = (override.comment, override.codes) if override else ("", ())
        self.override_codes = tuple(dict.fromkeys((*self.override_codes, *overridden)))
        self.renewals += 1
        self.unseen_renewals = 0 if seen else self.unseen_renewals + 1
        self.recalled_at = None
        self._is_due(due_at)
        self._record(
            LoanEventType.RENEWED,
            Availability.ON_LOAN,
            at=now,
            why=why,
            terms=terms,
            overridden=overridden,
            acted_by=acted_by,
            by_itself=by_itself,
        )

    def change_due_date(self, due_at: datetime, *, why: str, now: datetime) -> None:
        """Set another due date. Raises the refusals of the loan, if there are any."""
        refuse_if_any(self.refusals())
        if due_at != self.due_at:
            self._is_due(due_at)
            self._record(LoanEventType.DUE_DATE_CHANGED, Availability.ON_LOAN, at=now, why=why)

    def recall(self, due_at: datetime, *, why: str, now: datetime) -> None:
        """Shorten the loan for somebody who waits, if that is earlier. Raises the refusals of the loan."""
        if due_at < self.due_at:
            self.recalled_at = now
        self.change_due_date(due_at, why=why, now=now)

    def declare_lost(self, *, why: str, now: datetime, bill_at: datetime | None = None) -> None:
        """Declare the copy lost; repeating it changes nothing. Raises LoanNotOpen.

        It is charged now, or at `bill_at` unless it turns up until then.
        """
        if not self.is_open:
            raise LoanNotOpen
        if self.lost_at is None:
            availability = Availability.UNAVAILABLE if self.claimed_at is None else None
            self.lost_at, self.bill_at = now, bill_at
            self._record(LoanEventType.DECLARED_LOST, availability, at=now, why=why)

    def bill(self) -> bool:
        """Note that the lost copy is charged now; return whether it was to be charged later."""
        was_to_come, self.bill_at = self.bill_at is not None, None
        self.version += was_to_come
        return was_to_come

    def claim_returned(self, *, why: str, now: datetime) -> None:
        """Note the borrower's claim; repeating it changes nothing. Raises LoanNotOpen and LoanLost."""
        if self.status is LoanStatus.CLAIMED_RETURNED:
            return
        refuse_if_any(self.refusals())
        self.claimed_at = now
        self._record(LoanEventType.CLAIMED_RETURNED, Availability.UNAVAILABLE, at=now, why=why)

    def find_with_borrower(self, *, why: str, now: datetime) -> None:
        """Note that the borrower has the copy after all: the loan goes on. Raises LoanNotOpen and NothingToFind."""
        if not self.is_open:
            raise LoanNotOpen
        if self.status is LoanStatus.OPEN:
            raise NothingToFind
        self.lost_at = self.claimed_at = self.bill_at = None
        self._record(LoanEventType.FOUND, Availability.ON_LOAN, at=now, why=why)

    def settle(self, *, now: datetime) -> None:
        """Close the loan of a lost copy for which nothing is owed any more; any other loan stays as it is."""
        if self.status is LoanStatus.LOST:
            self._end_without_copy(LoanEventType.LOST_AND_PAID, now=now)

    def open_again(self, *, why: str, now: datetime) -> None:
        """Open the settled loan of a lost copy, for which something is owed again. Any other loan stays as it is."""
        if self.status is LoanStatus.LOST_AND_PAID:
            self.returned_at = self.settled_at = None
            self._record(LoanEventType.DECLARED_LOST, None, at=now, why=why)

    def mark_missing(self, *, why: str, now: datetime) -> None:
        """Close a loan whose borrower is believed: the copy was returned, and the library cannot find it.

        Raises LoanNotOpen, and NothingClaimed unless the copy is claimed returned.
        """
        self.expect_claim()
        self._end_without_copy(LoanEventType.MARKED_MISSING, now=now, why=why)

    def expect_claim(self) -> None:
        """Raise LoanNotOpen or NothingClaimed unless the copy is claimed returned."""
        if not self.is_open:
            raise LoanNotOpen
        if self.status is not LoanStatus.CLAIMED_RETURNED:
            raise NothingClaimed

    def take_over(self, *, renewals: int, renews_itself: bool = False, why: str, now: datetime) -> None:
        """Continue a loan from another system as it stands there."""
        self.catch_up(renewals=renewals, renews_itself=renews_itself, now=now)
        self._events.append(LoanEvent(LoanEventType.TAKEN_OVER, self, now, why))

    def catch_up(self, *, renewals: int, renews_itself: bool = False, now: datetime) -> None:
        """Take over the state of another system, and skip the reminders that were due until now.

        A loan that `renews_itself` does so when the first reminder is due, so that reminder still counts as to come
        while the loan is not late.
        """
        self.renewals = renewals
        reminder, stage = self._reminder_due(now)
        self._has_reminded(0 if renews_itself and not stage else reminder)
        self.version += 1

    def note_offline(self) -> None:
        """Mark the loan for staff to check: a machine acted on it offline. That act has its own event."""
        self.offline = True

    def take_events(self) -> list[LoanEvent | AvailabilityChanged]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _is_due(self, due_at: datetime) -> None:
        self.due_at = due_at
        self._has_reminded(0)

    def _reminder_due(self, now: datetime) -> tuple[int, int]:
        return reminder_due(now, due_at=self.due_at, length=self._length, reminders=self.terms.reminders)

    def _has_reminded(self, last: int) -> None:
        self.reminders = last
        self.remind_at = next_reminder(last, due_at=self.due_at, length=self._length, reminders=self.terms.reminders)

    @property
    def _length(self) -> timedelta:
        return self.due_at - self.checked_out_at

    def _end_without_copy(self, type: LoanEventType, *, now: datetime, why: str = "") -> None:
        self.returned_at = self.settled_at = now
        self._record(type, None, at=now, why=why)

    def _record(
        self,
        type: LoanEventType,
        availability: Availability | None,
        *,
        at: datetime,
        why: str = "",
        **facts: Any,
    ) -> None:
        """Record an event with these `facts` and, unless `availability` is None, the copy's new availability."""
        self.version += 1
        self._events.append(LoanEvent(type, self, at, why, **facts))
        if availability is not None:
            due_at = self.due_at if availability is Availability.ON_LOAN else None
            was_in_hand = type is LoanEventType.CHECKED_OUT
            self._events.append(
                AvailabilityChanged(
                    self.copy.copy_id,
                    self.copy.book_id,
                    availability,
                    due_at,
                    at,
                    stands=self.copy_stands,
                    scanned_at=at if was_in_hand else None,
                )
            )
