"""Anonymise loans, holds, charges and payments: when their time is over, or when a borrower is erased."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4  # noqa: TID251 - ids of nobody, which nobody may guess the moment of

from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, case, delete, exists, func, or_, select, update

from loans_service.domain.fines.fine import FineStatus
from loans_service.domain.holds.hold import ACTIVE, HoldStatus
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.domain.statistics.atoms import Channel
from loans_service.persistence.fines.fine_tables import fine_entries, fines, lateness_suspensions, payments
from loans_service.persistence.lending.loans import STANDS
from loans_service.persistence.tables import borrowers, holds, loan_history, loans, plumbing
from loans_service.persistence.tills.till_tables import payouts, till_receipt_lines, till_receipts
from shared.kernel.cube import UNKNOWN, Count
from shared.persistence.cube.counted_rows import forget
from shared.persistence.database import Database
from shared.persistence.lists import for_both, one_of, rows_of
from shared.persistence.statements import Runs, Statement
from shared.persistence.transaction import Transaction

OWES = exists().where(fines.c.loan_id == loans.c.loan_id, fines.c.status == FineStatus.OWED)


def _keeps(member_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    return exists().where(borrowers.c.member_id == member_id, borrowers.c.keeps_history)


def _forgets(member_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    return member_id.in_(select(borrowers.c.member_id).where(borrowers.c.forgets_history))


_HOLD_STANDS = {status: holds.c.status == status for status in HoldStatus if status not in ACTIVE}
_POSTED_LAST = select(func.max(fine_entries.c.at)).where(fine_entries.c.fine_id == fines.c.fine_id).scalar_subquery()
"""When a settled fine was paid or waived."""
_FINE_STANDS = {status: fines.c.status == status for status in FineStatus if status is not FineStatus.OWED}


def _ended(
    at: ColumnElement[datetime], stands: Mapping[Any, ColumnElement[bool]], before: Mapping[str, datetime]
) -> ColumnElement[bool]:
    """Return the condition that a row ended before the moment for its status; an index covers the latest of these."""
    by_status = {status: stands[status] for status in stands if status in before}
    latest = at < max(before[status] for status in by_status)
    return and_(latest, or_(*(and_(condition, at < before[status]) for status, condition in by_status.items())))


class Forgetting:
    """Anonymises loans, holds, charges and payments whose time is over."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(
        self, *, ended_before: Mapping[str, datetime], lost_before: datetime, now: datetime, limit: int
    ) -> int:
        """Anonymise what ended before the moment for its status, up to `limit` of each; return how many.

        For borrowers who chose that, loans and holds are forgotten as soon as they have ended. Loans for which money is
        owed stay, as do those of borrowers who keep their history, and settled loans whose copy was lost after
        `lost_before`, because its price may still be refunded. Suspensions for lateness are deleted as long after their
        last day as loans are kept. Several processes may do so at once.
        """
        gone = or_(loans.c.settled_at.is_(None), loans.c.lost_at.is_(None), loans.c.lost_at < lost_before)
        may_go = (
            select(loans.c.loan_id).where(loans.c.anonymised_at.is_(None), gone, ~OWES).order_by(loans.c.returned_at)
        )
        old_loans = may_go.where(_ended(loans.c.returned_at, STANDS, ended_before), ~_keeps(loans.c.member_id))
        unwanted_loans = may_go.where(loans.c.returned_at.is_not(None), _forgets(loans.c.member_id))
        of_holds = select(holds.c.hold_id).order_by(holds.c.ended_at)
        old_holds = of_holds.where(_ended(holds.c.ended_at, _HOLD_STANDS, ended_before), ~_keeps(holds.c.member_id))
        unwanted_holds = of_holds.where(holds.c.ended_at.is_not(None), _forgets(holds.c.member_id))
        charged = and_(fines.c.loan_id.is_(None), fines.c.anonymised_at.is_(None))
        of_charges = select(fines.c.fine_id).where(
            charged,
            _ended(fines.c.charged_at, _FINE_STANDS, ended_before),
            _ended(_POSTED_LAST, _FINE_STANDS, ended_before),
            ~_keeps(fines.c.member_id),
        )
        over = lateness_suspensions.c.ends_on < ended_before[LoanStatus.RETURNED].date()
        paid_before = ended_before[FineStatus.PAID]
        of_payments = and_(payments.c.paid_at < paid_before, payments.c.member_id.is_not(None))
        async with self._database.begin() as transaction:
            loan_ids = await _some(transaction, limit, old_loans, unwanted_loans)
            hold_ids = await _some(transaction, limit, old_holds, unwanted_holds)
            fine_ids = await _some(transaction, limit, of_charges.order_by(fines.c.charged_at))
            await forget_borrowers(transaction.run, loan_ids, now=now)
            await forget_charged(transaction.run, fine_ids, now=now)
            await transaction.run(update(payments).where(of_payments).values(member_id=None))
            await transaction.run(delete(lateness_suspensions).where(over))
            await forget_payers(transaction.run, till_receipts.c.at < paid_before, payouts.c.made_at < paid_before)
            await delete_holds(transaction.run, _OF_HOLDS, hold_ids=hold_ids)
            await transaction.commit()
        return len(loan_ids) + len(hold_ids) + len(fine_ids)


async def forget_payers(run: Runs, receipts: ColumnElement[bool], settled: ColumnElement[bool]) -> None:
    """Empty the member of these receipts, their notes, and the member of these payouts of which nothing is due.

    Receipts and payouts stay: what was taken and given back is not personal.
    """
    whose = and_(receipts, till_receipts.c.member_id.is_not(None))
    numbers = select(till_receipts.c.number).where(whose)
    await run(update(till_receipt_lines).where(till_receipt_lines.c.number.in_(numbers)).values(fine_id=None))
    await run(update(till_receipts).where(whose).values(member_id=None, why="", paid_by=None))
    over = and_(settled, payouts.c.due == 0, payouts.c.member_id.is_not(None))
    await run(update(payouts).where(over).values(member_id=None, fine_id=None))


async def _some(transaction: Transaction, limit: int, *queries: Select[UUID]) -> list[UUID]:
    """Return the ids that the queries find, each once, without rows locked by other transactions."""
    found = dict[UUID, None]()
    for query in queries:
        locked = query.limit(limit).with_for_update(skip_locked=True, of=query.selected_columns[0].table)
        found |= dict.fromkeys(row[0] for row in await transaction.run(locked))
    return list(found)


_NOBODY_SENT: dict[str, Any] = {"sent_to_collection_by": None, "why_collected": None}
"""Of a fine that is forgotten it stays known when it was sent to a collection agency, and not by whom or why."""


def _silence_fines(dialect: str) -> Any:
    theirs = one_of(fine_entries.c.fine_id, "fine_ids", dialect)
    return update(fine_entries).where(theirs).values(by="", why="")


def _unlink_fines(dialect: str) -> Any:
    theirs = one_of(till_receipt_lines.c.fine_id, "fine_ids", dialect)
    return update(till_receipt_lines).where(theirs).values(fine_id=None)


def _unlink_payouts(dialect: str) -> Any:
    return update(payouts).where(one_of(payouts.c.fine_id, "fine_ids", dialect)).values(fine_id=None)


def _forget_charged(dialect: str) -> Any:
    rows = rows_of([fines.c.fine_id, fines.c.member_id], dialect)
    anonymous = {"member_id": rows.c.member_id, "anonymised_at": bindparam("now"), "version": fines.c.version + 1}
    anonymous |= _NOBODY_SENT
    return update(fines).where(fines.c.fine_id == rows.c.fine_id).values(anonymous)


_by = loan_history.c.by
_HOW_IT_CAME_IN = func.coalesce(
    loan_history.c.channel,
    case(
        (or_(_by == "borrower", _by == "guardian"), Channel.READER),
        (_by == "system", Channel.ITSELF),
        (_by == "", UNKNOWN),
        (_by.like("________-____-____-____-____________"), Channel.DESK),
        else_=Channel.MACHINE,
    ),
)
"""What `channel_of` says of an entry that an older release has written, before it is forgotten who wrote it."""


def _silence_loans(dialect: str) -> Any:
    theirs = one_of(loan_history.c.loan_id, "loan_ids", dialect)
    return update(loan_history).where(theirs).values(by="", why="", acted_by=None, channel=_HOW_IT_CAME_IN)


def _silence_fines_of_loans(dialect: str) -> Any:
    theirs = select(fines.c.fine_id).where(one_of(fines.c.loan_id, "loan_ids", dialect))
    return update(fine_entries).where(fine_entries.c.fine_id.in_(theirs)).values(by="", why="")


_WRITTEN_OF_LOANS = [each.name for each in loans.c if isinstance(each.type, Text) and each.nullable]
"""The columns with notes about a loan: optional texts."""


def _forget_of_loans(dialect: str) -> Any:
    rows = rows_of([loans.c.loan_id, loans.c.member_id], dialect)
    anonymous = {
        "member_id": rows.c.member_id,
        **dict.fromkeys(_WRITTEN_OF_LOANS),
        "anonymised_at": bindparam("now"),
        "version": loans.c.version + 1,  # so that an ETag read before no longer matches
    }
    return update(loans).where(loans.c.loan_id == rows.c.loan_id).values(anonymous)


def _unlink_fines_of_loans(dialect: str) -> Any:
    theirs = select(fines.c.fine_id).where(one_of(fines.c.loan_id, "loan_ids", dialect))
    return update(till_receipt_lines).where(till_receipt_lines.c.fine_id.in_(theirs)).values(fine_id=None)


def _unlink_payouts_of_loans(dialect: str) -> Any:
    theirs = select(fines.c.fine_id).where(one_of(fines.c.loan_id, "loan_ids", dialect))
    return update(payouts).where(payouts.c.fine_id.in_(theirs)).values(fine_id=None)


def _forget_of_fines(dialect: str) -> Any:
    rows = rows_of([loans.c.loan_id, loans.c.member_id], dialect)
    anonymous = {"member_id": rows.c.member_id, "version": fines.c.version + 1} | _NOBODY_SENT
    return update(fines).where(fines.c.loan_id == rows.c.loan_id).values(anonymous)


_SILENCE_FINES, _FORGET_CHARGED = for_both(_silence_fines), for_both(_forget_charged)
_SILENCE_LOANS, _SILENCE_FINES_OF_LOANS = for_both(_silence_loans), for_both(_silence_fines_of_loans)
_UNLINK_FINES, _UNLINK_FINES_OF_LOANS = for_both(_unlink_fines), for_both(_unlink_fines_of_loans)
_UNLINK_PAYOUTS, _UNLINK_PAYOUTS_OF_LOANS = for_both(_unlink_payouts), for_both(_unlink_payouts_of_loans)
_FORGET_OF_LOANS, _FORGET_OF_FINES = for_both(_forget_of_loans), for_both(_forget_of_fines)
_FORGET_WHY_SUSPENDED = for_both(
    lambda dialect: (
        update(lateness_suspensions)
        .where(one_of(lateness_suspensions.c.loan_id, "loan_ids", dialect))
        .values(loan_id=None)
    )
)
_OF_HOLDS = for_both(
    lambda dialect: (
        delete(holds).where(one_of(holds.c.hold_id, "hold_ids", dialect)).returning(holds.c.hold_id, holds.c.counted)
    )
)


async def delete_holds(run: Runs, statement: Statement, **values: Any) -> None:
    """Delete holds by this statement, which returns what they were counted for; that much of them stays known.

    Call this last: many share the rows that know it, and whoever waited for others meanwhile could make these wait.
    """
    rows = await run(statement, **values)
    await forget(run, plumbing.cube, (Count.of_json(each) for row in rows for each in row.counted or ()))


async def forget_charged(run: Runs, fine_ids: Sequence[UUID], *, now: datetime) -> None:
    """Anonymise these charges by hand, and delete their notes."""
    if fine_ids:
        await run(_SILENCE_FINES, fine_ids=fine_ids)
        await run(_UNLINK_FINES, fine_ids=fine_ids)
        await run(_UNLINK_PAYOUTS, fine_ids=fine_ids)
        await run(_FORGET_CHARGED, fine_id=fine_ids, member_id=_anonymous_members(fine_ids), now=now)


async def forget_borrowers(run: Runs, loan_ids: Sequence[UUID], *, now: datetime) -> None:
    """Anonymise these loans and their fines, and delete their notes.

    Each loan gets a random member id of its own, so that it is not visible that one person borrowed them all.
    """
    if loan_ids:
        anonymous = _anonymous_members(loan_ids)
        await run(_SILENCE_LOANS, loan_ids=loan_ids)
        await run(_FORGET_OF_LOANS, loan_id=loan_ids, member_id=anonymous, now=now)
        await run(_SILENCE_FINES_OF_LOANS, loan_ids=loan_ids)
        await run(_UNLINK_FINES_OF_LOANS, loan_ids=loan_ids)
        await run(_UNLINK_PAYOUTS_OF_LOANS, loan_ids=loan_ids)
        await run(_FORGET_OF_FINES, loan_id=loan_ids, member_id=anonymous)
        await run(_FORGET_WHY_SUSPENDED, loan_ids=loan_ids)


def _anonymous_members(things: Sequence[UUID]) -> list[UUID]:
    return [uuid4() for _ in things]
