"""Requests for erasure and choices of history in the database, and merges of borrowers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, and_, bindparam, case, delete, exists, func, or_, select, true, update

from loans_service.domain.fines.fine import FineStatus
from loans_service.domain.holds.joined_queues import QueuedHold
from loans_service.domain.privacy.erasure import BorrowerCleared, OpenObligations
from loans_service.persistence.fines.fine_tables import fines, lateness_suspensions, payments
from loans_service.persistence.holds.holds import IS_ACTIVE, QUEUED
from loans_service.persistence.lending.forgetting import (
    OWES,
    delete_holds,
    forget_borrowers,
    forget_charged,
    forget_payers,
)
from loans_service.persistence.tables import borrowers, holds, loan_history, loans
from loans_service.persistence.tills.till_tables import payouts, till_receipts
from shared.persistence.lists import insert_for
from shared.persistence.statements import Prepared
from shared.persistence.transaction import Transaction

_WAITS = and_(borrowers.c.leaving_id.is_not(None), borrowers.c.cleared_at.is_(None))
_HAS_A_LOAN = exists().where(loans.c.member_id == borrowers.c.member_id, loans.c.returned_at.is_(None))
_OWES_MONEY = exists().where(fines.c.member_id == borrowers.c.member_id, fines.c.status == FineStatus.OWED)
_IS_OWED_MONEY = exists().where(payouts.c.member_id == borrowers.c.member_id, payouts.c.due > 0)
_HOLDS = exists().where(holds.c.member_id == borrowers.c.member_id, IS_ACTIVE)
_CAN_BE_HELPED = or_(_HOLDS, and_(~_HAS_A_LOAN, ~_OWES_MONEY, ~_IS_OWED_MONEY))
"""Borrowers with holds to cancel, or without open obligations."""
_WAITING = Prepared(
    select(borrowers.c.member_id)
    .where(_WAITS, _CAN_BE_HELPED)
    .order_by(borrowers.c.member_id)
    .limit(bindparam("most", type_=Integer()))
)
_other = borrowers.alias("other")
_INTO = select(_other.c.member_id).where(_other.c.member_id == borrowers.c.leaving_id)
"""The member into whom a member was merged, stored as their request to leave."""
_WAS_MERGED = exists().where(_other.c.member_id == borrowers.c.leaving_id)

_ACTED = (loan_history.c.acted_by, holds.c.placed_by, holds.c.cancelled_by, till_receipts.c.paid_by)
"""Who acted for somebody else, as guardian or proxy."""


class ErasureRequests:
    """The borrowers who leave."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._run = transaction.run
        self._insert = insert_for(transaction.dialect.name)
        self.cleared: list[BorrowerCleared] = []

    async def note(self, member_id: UUID, *, leaving_id: UUID | None, sequence: int) -> None:
        """Store a request to leave, or None for a member who stays, unless a later event is stored."""
        news = {"leaving_id": leaving_id, "leaving_sequence": sequence, "cleared_at": None}
        new = self._insert(borrowers).values(member_id=member_id, served=0, **news)
        newer = or_(borrowers.c.leaving_sequence.is_(None), borrowers.c.leaving_sequence < sequence)
        await self._run(new.on_conflict_do_update(index_elements=["member_id"], set_=news, where=newer))

    async def keep_history(self, member_id: UUID, *, keep: bool, forget: bool | None = None) -> None:
        """Store whether the reading history is kept, or each loan forgotten when it ends.

        If `forget` is None, that choice stays as it was, but ends if the history is kept.
        """
        choice = {"keeps_history": keep}
        if keep or forget is not None:
            choice["forgets_history"] = bool(forget)
        new = self._insert(borrowers).values(member_id=member_id, served=0, **choice)
        await self._run(new.on_conflict_do_update(index_elements=["member_id"], set_=choice))

    async def forget_history(self, member_id: UUID, *, now: datetime, loan_id: UUID | None = None) -> int:
        """Make closed loans for which nothing is owed anonymous, or the one named, and drop ended holds.

        Return the number of loans.
        """
        closed = and_(
            loans.c.member_id == member_id, loans.c.returned_at.is_not(None), loans.c.anonymised_at.is_(None), ~OWES
        )
        which = true() if loan_id is None else loans.c.loan_id == loan_id
        ids = [row[0] for row in await self._run(select(loans.c.loan_id).where(closed, which).with_for_update())]
        await forget_borrowers(self._transaction.run, ids, now=now)
        if loan_id is None:
            ended = and_(holds.c.member_id == member_id, holds.c.ended_at.is_not(None))
            await self._delete_holds(ended)
        return len(ids)

    async def _delete_holds(self, which: ColumnElement[bool]) -> None:
        await delete_holds(self._run, delete(holds).where(which).returning(holds.c.hold_id, holds.c.counted))

    async def holds_of_both(self, member_id: UUID, other_id: UUID) -> list[QueuedHold]:
        """Return the active holds of two members."""
        either = or_(holds.c.member_id == member_id, holds.c.member_id == other_id)
        query = select(*QUEUED).where(either, IS_ACTIVE)
        return [QueuedHold(**row._asdict()) for row in await self._run(query)]

    async def lock_both(self, member_id: UUID, other_id: UUID) -> None:
        """Lock two members, so that no desk serves them."""
        both = sorted((member_id, other_id))
        new = self._insert(borrowers).values([{"member_id": each, "served": 0} for each in both])
        await self._run(new.on_conflict_do_nothing())
        either = or_(*(borrowers.c.member_id == each for each in both))
        locked = select(borrowers.c.member_id).where(either).order_by(borrowers.c.member_id)
        await self._run(locked.with_for_update())

    async def record_that_stays(self, member_id: UUID) -> UUID:
        """Return the member into whom a member was merged; the same if not merged."""
        seen = {member_id}
        while (found := await self._run(_INTO.where(borrowers.c.member_id == member_id))) and found[0][0] not in seen:
            seen.add(member_id := found[0][0])
        return member_id

    async def hand_over(self, member_id: UUID, *, into: UUID, sequence: int, now: datetime) -> None:
        """Move all loans, holds and debts of a member to another one. Both must be locked.

        The former is no longer served, whatever older events say. If the other was already erased, that is to be
        repeated; if it was once merged, it remains after all.
        """
        await self._run(
            update(loans).where(loans.c.member_id == member_id).values(member_id=into, version=loans.c.version + 1)
        )
        await self._run(
            update(holds).where(holds.c.member_id == member_id).values(member_id=into, version=holds.c.version + 1)
        )
        await self._run(
            update(fines).where(fines.c.member_id == member_id).values(member_id=into, version=fines.c.version + 1)
        )
        for table in (payments, lateness_suspensions, till_receipts, payouts):
            await self._run(update(table).where(table.c.member_id == member_id).values(member_id=into))
        await self._acted(member_id, into=into)
        # As for a member who has left and has nothing open.
        gone = {"leaving_id": into, "leaving_sequence": sequence, "cleared_at": now}
        await self._run(update(borrowers).where(borrowers.c.member_id == member_id).values(gone))
        stays = {"leaving_id": case((_WAS_MERGED, None), else_=borrowers.c.leaving_id), "cleared_at": None}
        await self._run(update(borrowers).where(borrowers.c.member_id == into).values(stays))

    async def _acted(self, member_id: UUID, *, into: UUID | None) -> None:
        """Say of what a member did for others that `into` did it, or nobody."""
        for column in _ACTED:
            change: dict[str, Any] = {column.name: into}
            if column.table is holds:  # so that nobody who has read the hold writes the member back
                change["version"] = holds.c.version + 1
            await self._run(update(column.table).where(column == member_id).values(change))

    async def hold_as(self, category: str, member_id: UUID) -> list[UUID]:
        """Set the category of a member's active holds; return the books of those that had another one."""
        others = and_(holds.c.member_id == member_id, IS_ACTIVE, holds.c.category != category)
        change = {"category": category, "version": holds.c.version + 1}
        changed = await self._run(update(holds).where(others).values(change).returning(holds.c.book_id))
        return sorted({row.book_id for row in changed})

    async def waiting(self, *, most: int) -> list[UUID]:
        """Return some members to be erased, who have holds to cancel, or nothing open."""
        return [row[0] for row in await self._run(_WAITING, most=most)]

    async def active_holds_of(self, member_id: UUID) -> list[UUID]:
        """Return the active holds of a member to be erased; none for others."""
        leaves = select(borrowers.c.member_id).where(borrowers.c.member_id == member_id, _WAITS)
        query = select(holds.c.hold_id).where(holds.c.member_id.in_(leaves), IS_ACTIVE).order_by(holds.c.hold_id)
        return [row[0] for row in await self._run(query)]

    async def lock(self, member_id: UUID) -> UUID | None:
        """Return the request of a member to be erased, and lock their row; None for others."""
        query = select(borrowers.c.leaving_id).where(borrowers.c.member_id == member_id, _WAITS).with_for_update()
        found = await self._run(query)
        return found[0].leaving_id if found else None

    async def open_obligations(self, member_id: UUID) -> OpenObligations:
        open_loans = (
            select(func.count()).select_from(loans).where(loans.c.member_id == member_id, loans.c.returned_at.is_(None))
        )
        active_holds = select(func.count()).select_from(holds).where(holds.c.member_id == member_id, IS_ACTIVE)
        owed = (
            select(func.count())
            .select_from(fines)
            .where(fines.c.member_id == member_id, fines.c.status == FineStatus.OWED)
        )
        due = select(func.count()).select_from(payouts).where(payouts.c.member_id == member_id, payouts.c.due > 0)
        query = select(*(found.scalar_subquery() for found in (open_loans, active_holds, owed, due)))
        (found,) = await self._run(query)
        return OpenObligations(*found)

    async def anonymise(self, cleared: BorrowerCleared) -> None:
        """Forget who borrowed what, and record the event that it is done."""
        theirs = loans.c.member_id == cleared.member_id
        ids = [row[0] for row in await self._run(select(loans.c.loan_id).where(theirs))]
        await forget_borrowers(self._transaction.run, ids, now=cleared.at)
        by_hand = select(fines.c.fine_id).where(fines.c.member_id == cleared.member_id, fines.c.loan_id.is_(None))
        charged = [row[0] for row in await self._run(by_hand)]
        await forget_charged(self._transaction.run, charged, now=cleared.at)
        await self._run(update(payments).where(payments.c.member_id == cleared.member_id).values(member_id=None))
        await self._run(delete(lateness_suspensions).where(lateness_suspensions.c.member_id == cleared.member_id))
        await self._acted(cleared.member_id, into=None)
        paid, due = (table.c.member_id == cleared.member_id for table in (till_receipts, payouts))
        await forget_payers(self._transaction.run, paid, due)
        done = update(borrowers).where(borrowers.c.member_id == cleared.member_id).values(cleared_at=cleared.at)
        await self._run(done)
        await self._delete_holds(holds.c.member_id == cleared.member_id)
        self.cleared.append(cleared)
