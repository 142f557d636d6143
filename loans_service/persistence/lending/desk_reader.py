"""Reads the facts of check-outs and returns, in one statement each, prepared because building one costs as much."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, literal, or_, select

from loans_service.domain.borrower import Borrower, OpenLoan, Standing
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.fines.fine import FineStatus
from loans_service.domain.holds.circulation_record import CAPTURED
from loans_service.domain.lendable_copy import LendableCopy
from loans_service.domain.lending.check_out import Answered, CheckOutFacts, ServedHold
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.return_facts import ReturnFacts
from loans_service.domain.money import Money
from loans_service.domain.rules.circulation_rules import CirculationRules
from loans_service.domain.rules.due_terms import MOST_WAITING
from loans_service.domain.rules.policy import Policy
from loans_service.persistence.fines.fine_tables import fines
from loans_service.persistence.fines.suspensions import SUSPENDED_UNTIL
from loans_service.persistence.holds.circulation_records import CirculationRecords
from loans_service.persistence.holds.holds import COULD_BE_FILLED, IS_ACTIVE, IS_SERVABLE, IS_WAITING, UNSERVED
from loans_service.persistence.lending.late_loans import LateLoans
from loans_service.persistence.lending.loans import COUNTS, OF_OPEN_LOAN, Loans, open_loan_of
from loans_service.persistence.rules.rulebook import RULES, Rulebook
from loans_service.persistence.tables import circulation_records, copy_scans, holds, loans, reported_copies
from shared.kernel.clock import Clock
from shared.persistence.lists import for_both, one_of
from shared.persistence.numbers import next_number
from shared.persistence.statements import Prepared, Runs

_BOOK, _COPY = bindparam("book_id", type_=loans.c.book_id.type), bindparam("copy_id", type_=loans.c.copy_id.type)
_MEMBER = bindparam("member_id", type_=loans.c.member_id.type)
_RECORD = [column.label(f"record_{column.name}") for column in circulation_records.c]

# What is owed is all in the library's one currency; should it ever change, the old debts count as they are.
OWED = (
    select(func.coalesce(func.sum(fines.c.owed), 0))
    .where(fines.c.member_id == _MEMBER, fines.c.status == FineStatus.OWED)
    .scalar_subquery()
    .label("owed")
)
OWED_BY_WARDS = for_both(
    lambda dialect: select(func.coalesce(func.sum(fines.c.owed), 0).label("owed")).where(
        one_of(fines.c.member_id, "wards", dialect), fines.c.status == FineStatus.OWED
    )
)
_OWN_HOLD = (
    select(holds.c.hold_id)
    .where(holds.c.member_id == _MEMBER, holds.c.book_id == _BOOK, IS_ACTIVE, COULD_BE_FILLED)
    .limit(1)
    .scalar_subquery()
    .label("own_hold")
)
_IS_ANOTHERS = holds.c.member_id.is_distinct_from(_MEMBER)  # with `<>` the planner would scan the member's index
_others_waiting = (
    select(holds.c.hold_id)
    .where(holds.c.book_id == _BOOK, IS_SERVABLE, UNSERVED, COULD_BE_FILLED, _IS_ANOTHERS)
    .limit(MOST_WAITING)
    .subquery("others_waiting")
)
_OTHERS_WAIT = select(func.count()).select_from(_others_waiting).scalar_subquery()
_served = holds.alias("served")
_BEARS_ON_IT = and_(
    loans.c.returned_at.is_(None),
    or_(
        loans.c.copy_id == _COPY,
        and_(loans.c.member_id == _MEMBER, COUNTS),
    ),
)
_CHECK_OUT = for_both(
    lambda dialect: (
        select(
            RULES,
            next_number(loans.name, dialect).label("next_number"),
            OWED,
            SUSPENDED_UNTIL,
            _OWN_HOLD,
            _OTHERS_WAIT.label("others_wait"),
            _served.c.member_id.label("served_member"),
            copy_scans.c.at.label("scanned_at"),
            copy_scans.c.since.label("at_home_since"),
            *_RECORD,
            *OF_OPEN_LOAN,
        )
        .outerjoin_from(RULES, circulation_records, circulation_records.c.copy_id == _COPY)
        .outerjoin(_served, _served.c.hold_id == circulation_records.c.hold_id)
        .outerjoin(copy_scans, copy_scans.c.copy_id == _COPY)
        .outerjoin(loans, _BEARS_ON_IT)
    )
)

_all = loans.alias("all_of_copy")
_LATEST = (
    select(_all.c.loan_id)
    .where(_all.c.copy_id == _COPY)
    .order_by(_all.c.checked_out_at.desc(), _all.c.loan_id.desc())
    .limit(1)
    .scalar_subquery()
)
_OPEN = select(_all.c.loan_id).where(_all.c.copy_id == _COPY, _all.c.returned_at.is_(None)).scalar_subquery()
# The open loan may not be the latest: a process whose clock was behind may have made it.
_ENDS_WITH_IT = and_(
    loans.c.loan_id == func.coalesce(_OPEN, _LATEST),
    or_(loans.c.returned_at.is_(None), loans.c.settled_at.is_not(None)),
)
"""The loan that a scan of the copy ends: the open one, or the last one if it was settled while the copy was missed."""
_here = select(literal(1).label("one")).subquery("here")
_HAS_WAITING_HOLDS = exists().where(holds.c.book_id == _BOOK, IS_SERVABLE)
_RETURN = Prepared(
    select(
        *(column.label(f"loan_{column.name}") for column in loans.c),
        *_RECORD,
        _HAS_WAITING_HOLDS.label("has_waiting_holds"),
        reported_copies.c.status.label("reported_status"),
        reported_copies.c.staff_note,
        copy_scans.c.since.label("at_home_since"),
    )
    .outerjoin_from(_here, loans, _ENDS_WITH_IT)
    .outerjoin(circulation_records, circulation_records.c.copy_id == _COPY)
    .outerjoin(reported_copies, reported_copies.c.copy_id == _COPY)
    .outerjoin(copy_scans, copy_scans.c.copy_id == _COPY)
)
_OF_BORROWER = Prepared(
    select(OWED, *OF_OPEN_LOAN).outerjoin_from(
        _here, loans, and_(loans.c.returned_at.is_(None), loans.c.member_id == _MEMBER, COUNTS)
    )
)
_RECALLS_IT = holds.c.recalled_loan_id == bindparam("loan_id", type_=loans.c.loan_id.type)
_WAITS = or_(exists().where(holds.c.book_id == _BOOK, IS_WAITING), exists().where(_RECALLS_IT, IS_WAITING))
_RENEWAL = Prepared(select(RULES, _WAITS.label("somebody_waits")))


class DeskReader:
    """Reads the facts that decide an act at the desk in one statement. They stay true if read after `lock`.

    The loan and the circulation record among them are tracked by their repositories.
    """

    def __init__(
        self,
        run: Runs,
        rulebook: Rulebook,
        *,
        loans: Loans,
        copies: CirculationRecords,
        currency: str,
        clock: Clock,
    ) -> None:
        self._run = run
        self._rulebook = rulebook
        self._loans = loans
        self._copies = copies
        self._currency = currency
        self._clock = clock

    async def of_check_out(self, answered: Answered) -> CheckOutFacts:
        now, copy = self._clock.now(), answered.copy
        rows, rules = await self._rulebook.ask(
            _CHECK_OUT,
            branch=answered.branch,
            timezone=copy.timezone,
            copy_id=copy.copy_id,
            volume_key=copy.volume_key,
            book_id=copy.book_id,
            member_id=answered.standing.member_id,
            now=now,
        )
        first = rows[0]
        self._note_record(copy.as_circulating(), first, now=now)
        open_loans = tuple(open_loan_of(row) for row in rows if row.copy_id)
        return CheckOutFacts(
            rules.policy,
            rules.calendar,
            now,
            open_loans,
            Money(int(first.owed), self._currency) if first.owed else None,
            _served_hold(first.record_hold_id, first.served_member, captured=first.record_status in CAPTURED),
            first.own_hold,
            int(first.others_wait),
            first.scanned_at,
            await self._accruing(answered.standing, open_loans, rules.policy, now=now),
            first.suspended_until,
            first.next_number,
            await self._owed_by_wards(answered.standing, rules.policy),
        )

    async def _owed_by_wards(self, standing: Standing, policy: Policy) -> Money | None:
        """Return what those owe for whom the member pays, if the policy counts that and there are any."""
        if not standing.pays_for or not policy.terms_for(standing.category).count_wards:
            return None
        (row,) = await self._run(OWED_BY_WARDS, wards=list(standing.pays_for))
        return Money(int(row.owed), self._currency) if row.owed else None

    async def _accruing(
        self, standing: Standing, open_loans: Sequence[OpenLoan], policy: Policy, *, now: datetime
    ) -> Money | None:
        """Return what the borrower's late loans would cost by now, if the policy counts that and there are any."""
        own = tuple(loan for loan in open_loans if loan.member_id == standing.member_id)
        if not policy.terms_for(standing.category).count_accruing or not Borrower(standing.member_id, own).overdue(now):
            return None
        accruing = await LateLoans(self._run, self._rulebook).accruing_of_member(standing.member_id, now=now)
        total = sum(fine.amount for fine in accruing.values() if fine.currency == self._currency)
        return Money(total, self._currency) if total else None

    async def of_return(self, copy: CirculatingCopy, *, answered: LendableCopy | None) -> ReturnFacts:
        """Return the facts of a return. `answered` is what books told just now; None: as it last reported.

        Their copy has the book that it belongs to now.
        """
        now = self._clock.now()
        (row,) = await self._run(_RETURN, copy_id=copy.copy_id, book_id=copy.book_id, now=now)
        copy = replace(copy, book_id=row.record_book_id or row.loan_book_id or copy.book_id)
        lent = (
            None
            if row.loan_loan_id is None
            else {column.name: getattr(row, f"loan_{column.name}") for column in loans.c}
        )
        loan = None if lent is None else self._loans.note(lent)
        if loan is not None:
            now = max(now, loan.checked_out_at)  # the clock of the process that lent it is ahead of ours
        record = self._note_record(copy, row, now=now)
        status = None if answered is None else answered.status
        staff_note = row.staff_note if answered is None else answered.staff_note
        waiting = bool(row.has_waiting_holds)
        return ReturnFacts(copy, now, loan, record, waiting, status or row.reported_status, staff_note)

    async def of_renewal(self, loan: Loan) -> tuple[CirculationRules, bool]:
        """Return the rules where the loan was made, and whether any hold waits for its book, or recalls it."""
        (row,), rules = await self._rulebook.ask(
            _RENEWAL,
            branch=loan.branch,
            timezone=loan.timezone,
            zone_is_current=False,
            book_id=loan.copy.book_id,
            loan_id=loan.id,
        )
        return rules, bool(row.somebody_waits)

    async def of_borrower(self, standing: Standing, policy: Policy, *, now: datetime) -> Borrower:
        """Return what a member has on loan and owes."""
        rows = await self._run(_OF_BORROWER, member_id=standing.member_id)
        open_loans = tuple(open_loan_of(row) for row in rows if row.copy_id)
        owed = Money(int(rows[0].owed), self._currency) if rows[0].owed else None
        accruing = await self._accruing(standing, open_loans, policy, now=now)
        owed_by_wards = await self._owed_by_wards(standing, policy)
        return Borrower(standing.member_id, open_loans, owed, accruing, owed_by_wards=owed_by_wards)

    def _note_record(self, copy: CirculatingCopy, row: Any, *, now: datetime) -> Any:
        stored = {column.name: getattr(row, f"record_{column.name}") for column in circulation_records.c}
        was = None if row.record_copy_id is None else stored
        return self._copies.note(copy, was, now=now, at_home_since=row.at_home_since)


def _served_hold(hold_id: UUID | None, member_id: UUID | None, *, captured: bool) -> ServedHold | None:
    return None if hold_id is None or member_id is None else ServedHold(hold_id, member_id, captured)
