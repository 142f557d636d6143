"""Query for the account of a borrower, in one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select, true

from loans_service.application.lending.borrower_views import BorrowerAccount
from loans_service.domain.fines.fine import FineStatus
from loans_service.domain.lending.loan_status import LoanEventType
from loans_service.persistence.fines.fine_tables import fines
from loans_service.persistence.fines.suspensions import SUSPENDED_UNTIL
from loans_service.persistence.holds.holds import IS_ACTIVE
from loans_service.persistence.lending.desk_reader import OWED, OWED_BY_WARDS
from loans_service.persistence.lending.loans import COUNTS, OF_OPEN_LOAN, open_loan_of
from loans_service.persistence.rules.rulebook import in_force
from loans_service.persistence.tables import borrowers, holds, loan_history, loans, policies
from loans_service.persistence.tills.till_tables import payouts
from shared.persistence.database import Database

_MEMBER = bindparam("member_id", type_=loans.c.member_id.type)
_FACTS = select(
    in_force(policies.c.version).scalar_subquery().label("policy"),
    select(func.count())
    .select_from(holds)
    .where(holds.c.member_id == _MEMBER, IS_ACTIVE)
    .scalar_subquery()
    .label("held"),
    select(borrowers.c.leaving_id).where(borrowers.c.member_id == _MEMBER).scalar_subquery().label("leaving"),
    OWED,
    SUSPENDED_UNTIL,
    select(func.min(fines.c.sent_to_collection_at))
    .where(fines.c.member_id == _MEMBER, fines.c.status == FineStatus.OWED)
    .scalar_subquery()
    .label("sent_to_collection_at"),
    select(func.coalesce(func.sum(payouts.c.due), 0))
    .where(payouts.c.member_id == _MEMBER, payouts.c.due > 0)
    .scalar_subquery()
    .label("credit"),
    select(func.count())
    .select_from(loan_history)
    .join(loans, loans.c.loan_id == loan_history.c.loan_id)
    .where(loans.c.member_id == _MEMBER, loan_history.c.type == LoanEventType.CLAIMED_RETURNED)
    .scalar_subquery()
    .label("claims"),
).subquery("facts")
_OPEN = (
    select(*OF_OPEN_LOAN).where(loans.c.member_id == _MEMBER, loans.c.returned_at.is_(None), COUNTS).subquery("open")
)
_ACCOUNT: Select[Any] = select(_FACTS, _OPEN).outerjoin_from(_FACTS, _OPEN, true())


class BorrowerAccountQueries:
    """Looks up the accounts of borrowers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def owed_by(self, member_ids: Sequence[UUID]) -> int:
        """Return what these members owe together, in minor units."""
        (row,) = await self._database.rows(OWED_BY_WARDS, wards=list(member_ids))
        return int(row.owed)

    async def of_member(self, member_id: UUID, *, now: datetime) -> BorrowerAccount:
        """Return the account of a member; an empty one for a member who never borrowed."""
        rows = await self._database.rows(_ACCOUNT, member_id=member_id, rules_at=now)
        return BorrowerAccount(
            tuple(open_loan_of(row) for row in rows if row.copy_id is not None),
            holds=rows[0].held,
            owed=int(rows[0].owed),
            credit=int(rows[0].credit),
            leaving=rows[0].leaving is not None,
            policy_version=rows[0].policy,
            suspended_until=rows[0].suspended_until,
            claims=rows[0].claims,
            sent_to_collection_at=rows[0].sent_to_collection_at,
        )
