"""What the library owes members, in the database."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from loans_service.domain.money import Money
from loans_service.domain.tills.payout import Payout
from loans_service.persistence.tills.till_tables import payouts
from shared.persistence.statements import InsertMany, Prepared, PreparedDml, Runs, Write

_OF_MEMBER = Prepared(
    select(payouts)
    .where(payouts.c.member_id == bindparam("of_member"), payouts.c.due > 0)
    .order_by(payouts.c.made_at, payouts.c.payout_id)
    .with_for_update()
)
_BY_ID = Prepared(select(payouts).where(payouts.c.payout_id == bindparam("of_payout")).with_for_update())
_MEMBER = Prepared(select(payouts.c.member_id).where(payouts.c.payout_id == bindparam("of_payout")))
_OF_RECEIPT = Prepared(select(payouts).where(payouts.c.number == bindparam("of_number")).with_for_update())
_OF_FINE = Prepared(
    select(payouts)
    .where(payouts.c.fine_id == bindparam("of_fine"), payouts.c.due > 0)
    .order_by(payouts.c.made_at, payouts.c.payout_id)
    .with_for_update()
)
_NEW = InsertMany(payouts)
_CHANGE = PreparedDml(
    update(payouts)
    .where(payouts.c.payout_id == bindparam("of_payout"), payouts.c.due == bindparam("was"))
    .values({name: bindparam(name) for name in ("used", "paid", "due")})
)


class Payouts:
    """The payouts on record. It tracks those that were read, so that their changes are written with the commit."""

    def __init__(self, run: Runs) -> None:
        self._run = run
        self._tracked: dict[UUID, tuple[Payout, int]] = {}
        self._new: list[tuple[Payout, str | None]] = []

    def add(self, payout: Payout, *, number: str | None = None) -> None:
        """Keep a new payout; `number` is that of the payment that was too much."""
        self._new.append((payout, number))

    async def due_to(self, member_id: UUID) -> list[Payout]:
        """Return what is due to a member, oldest first, locked until this transaction ends."""
        return await self._found(_OF_MEMBER, of_member=member_id)

    async def get(self, payout_id: UUID) -> Payout | None:
        """Return a payout, locked as in `due_to`; None also for one whose member was forgotten."""
        return next(iter(await self._found(_BY_ID, of_payout=payout_id)), None)

    async def member_of(self, payout_id: UUID) -> UUID | None:
        """Return to whom a payout is due, without a lock; None if there is none, or its member was forgotten."""
        return next((row.member_id for row in await self._run(_MEMBER, of_payout=payout_id)), None)

    async def of_receipt(self, number: str) -> Payout | None:
        """Return what became credit of the payment with this number, locked as in `due_to`."""
        return next(iter(await self._found(_OF_RECEIPT, of_number=number)), None)

    async def due_for(self, fine_id: UUID) -> list[Payout]:
        """Return what is due because a charge was cancelled, locked as in `due_to`."""
        return await self._found(_OF_FINE, of_fine=fine_id)

    async def _found(self, question: Prepared, **params: Any) -> list[Payout]:
        found = []
        for row in await self._run(question, **params):
            if row.member_id is None:
                continue
            if row.payout_id not in self._tracked:
                payout = payout_of(row)
                self._tracked[payout.payout_id] = (payout, payout.left)
            found.append(self._tracked[row.payout_id][0])
        return found

    def writes(self) -> Iterator[Write]:
        """Yield what is new, and what was set against charges or paid out."""
        yield _NEW, [_row(payout) | {"number": number} for payout, number in self._new]
        for payout, was in self._tracked.values():
            if payout.left != was:
                change = {"used": payout.used, "paid": payout.paid, "due": payout.left}
                yield _CHANGE, [change | {"of_payout": payout.payout_id, "was": was}]


def payout_of(row: Any) -> Payout:
    """Return the payout that a row of the table holds."""
    return Payout(
        payout_id=row.payout_id,
        member_id=row.member_id,
        amount=Money(row.amount, row.currency),
        reason=row.reason,
        made_at=row.made_at,
        fine_id=row.fine_id,
        used=row.used,
        paid=row.paid,
    )


def _row(payout: Payout) -> dict[str, Any]:
    return {
        "payout_id": payout.payout_id,
        "member_id": payout.member_id,
        "amount": payout.amount.amount,
        "currency": payout.amount.currency,
        "used": payout.used,
        "paid": payout.paid,
        "due": payout.left,
        "reason": payout.reason,
        "fine_id": payout.fine_id,
        "made_at": payout.made_at,
    }
