"""Late loans, and what they would cost if their copies came back now."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from loans_service.domain.fines.fine import FineReason
from loans_service.domain.lending.lateness import accruing_fine, charged_since
from loans_service.domain.lending.loan import Loan
from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar
from loans_service.persistence.fines.fine_tables import fines
from loans_service.persistence.lending.loans import IS_WITH_BORROWER, loan_of
from loans_service.persistence.rules.rulebook import Rulebook
from loans_service.persistence.tables import loans
from shared.persistence.lists import for_both, one_of
from shared.persistence.statements import Prepared, Runs

_LATE = (IS_WITH_BORROWER, loans.c.due_at < bindparam("now", type_=loans.c.due_at.type))
_OF_MEMBER = Prepared(
    select(loans).where(loans.c.member_id == bindparam("of_member"), *_LATE).order_by(loans.c.loan_id)
)
_AMONG = for_both(lambda dialect: select(loans).where(one_of(loans.c.loan_id, "loan_ids", dialect), *_LATE))
_CHARGED = for_both(
    lambda dialect: select(fines.c.loan_id, fines.c.amount, fines.c.currency, fines.c.charged_at).where(
        one_of(fines.c.loan_id, "loan_ids", dialect), fines.c.reason == FineReason.OVERDUE
    )
)


class LateLoans:
    """Works out what late loans cost so far. Missed copies are not late."""

    def __init__(self, run: Runs, rulebook: Rulebook) -> None:
        self._run = run
        self._rulebook = rulebook

    async def accruing_of_member(self, member_id: UUID, *, now: datetime) -> Mapping[UUID, Money]:
        """Return what each late loan of a member would cost now; those that cost nothing are left out."""
        rows = await self._run(_OF_MEMBER, of_member=member_id, now=now)
        return await self._accruing([loan_of(row._asdict()) for row in rows], now=now)

    async def accruing_of(self, loan_ids: Collection[UUID], *, now: datetime) -> Mapping[UUID, Money]:
        """Return what each of these loans would cost now; those that cost nothing are left out."""
        if not loan_ids:
            return {}
        rows = await self._run(_AMONG, loan_ids=[*loan_ids], now=now)
        return await self._accruing([loan_of(row._asdict()) for row in rows], now=now)

    async def _accruing(self, late: Sequence[Loan], *, now: datetime) -> Mapping[UUID, Money]:
        if not late:
            return {}
        charged = await self._charged(late)
        calendars: dict[tuple[str, str], Calendar] = {}
        found: dict[UUID, Money] = {}
        for loan in late:
            rule = (await self._rulebook.policy(loan.terms.policy_version)).rule_named(loan.terms.rule)
            if rule is None or rule.fine is None:
                continue
            place = (loan.branch, loan.timezone)
            if place not in calendars:
                rules = await self._rulebook.in_force(branch=loan.branch, timezone=loan.timezone)
                calendars[place] = rules.calendar
            fine = accruing_fine(loan, now=now, calendar=calendars[place], rule=rule, charged=charged[loan.id])
            if fine is not None:
                found[loan.id] = fine
        return found

    async def _charged(self, late: Sequence[Loan]) -> Mapping[UUID, list[Money]]:
        """Return what was charged for the present lateness of each loan already."""
        found: defaultdict[UUID, list[tuple[datetime, Money]]] = defaultdict(list)
        for row in await self._run(_CHARGED, loan_ids=[loan.id for loan in late]):
            found[row.loan_id].append((row.charged_at, Money(row.amount, row.currency)))
        return {loan.id: charged_since(loan.due_at, found[loan.id]) for loan in late}
