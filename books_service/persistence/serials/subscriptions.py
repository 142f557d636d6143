"""Subscriptions, on a table."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.domain.serials.pattern import Expected, Frequency, Pattern
from books_service.domain.serials.subscription import IssueCopy, Subscription, SubscriptionNotFound
from books_service.persistence.serial_tables import subscriptions


class Subscriptions:
    """The subscriptions of periodicals. Lock the book before changing its one."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, book_id: UUID) -> Subscription | None:
        """Return the subscription of a book."""
        row = (await self._session.execute(_ALL.where(subscriptions.c.book_id == book_id))).first()
        return None if row is None else subscription_of(row)

    async def get(self, book_id: UUID) -> Subscription:
        """Raises SubscriptionNotFound."""
        found = await self.find(book_id)
        if found is None:
            raise SubscriptionNotFound
        return found

    async def among(self, book_ids: Collection[UUID]) -> frozenset[UUID]:
        """Return which of these books have a subscription."""
        if not book_ids:
            return frozenset()
        return frozenset(await self._session.scalars(_BOOKS.where(subscriptions.c.book_id.in_(book_ids))))

    async def due(self, *, today: date, most: int) -> Sequence[UUID]:
        """Return up to `most` books of whose subscriptions further issues are to be expected."""
        query = select(subscriptions.c.book_id).where(subscriptions.c.looks_on <= today)
        return (await self._session.scalars(query.order_by(subscriptions.c.looks_on).limit(most))).all()

    async def put(self, subscription: Subscription) -> None:
        """Store it, new or in place of what is there."""
        values = _row(subscription)
        mine = subscriptions.c.book_id == subscription.book_id
        changed = await self._session.execute(update(subscriptions).where(mine).values(values))
        if not changed.rowcount:  # type: ignore[attr-defined]  # an UPDATE has one
            await self._session.execute(insert(subscriptions).values(values))

    async def remove(self, book_id: UUID) -> None:
        await self._session.execute(delete(subscriptions).where(subscriptions.c.book_id == book_id))

    async def hand_over(self, book_id: UUID, other_id: UUID) -> bool:
        """Let another book have the subscription of one, unless it has its own; return whether it has it now."""
        if await self._session.scalar(select(exists().where(subscriptions.c.book_id == other_id))):
            return False
        mine = update(subscriptions).where(subscriptions.c.book_id == book_id)
        changed = await self._session.execute(mine.values(book_id=other_id))
        return bool(changed.rowcount)  # type: ignore[attr-defined]  # an UPDATE has one


_ALL = select(subscriptions)
_BOOKS = select(subscriptions.c.book_id)


def subscription_of(row: Row[Any]) -> Subscription:
    """Return the subscription that a row shows."""
    stored = {**row.pattern}
    frequency = Frequency(stored.pop("frequency"))
    lists = {name: tuple(value) for name, value in stored.items() if isinstance(value, list)}
    return Subscription(
        row.book_id,
        Pattern(frequency, **{**stored, **lists}),
        row.starts,
        tuple(IssueCopy(**each | {"route": tuple(each.get("route", ()))}) for each in row.copies),
        row.ends,
        row.late_after_days,
        row.supplier,
        row.version,
        None if row.upto_on is None else Expected(row.upto_on, row.upto_volume, row.upto_number),
    )


def _stored(copy: IssueCopy) -> dict[str, Any]:
    """Return a copy as JSON; the release before knows no routes, and must read all that go nowhere."""
    return {name: value for name, value in asdict(copy).items() if name != "route" or value}


def _row(subscription: Subscription) -> dict[str, Any]:
    upto = subscription.upto
    return {
        "book_id": subscription.book_id,
        "pattern": asdict(subscription.pattern),
        "starts": subscription.starts,
        "ends": subscription.ends,
        "copies": [_stored(each) for each in subscription.copies],
        "late_after_days": subscription.late_after_days,
        "supplier": subscription.supplier,
        "upto_on": None if upto is None else upto.on,
        "upto_volume": None if upto is None else upto.volume,
        "upto_number": None if upto is None else upto.number,
        "looks_on": subscription.looks_on,
        "version": subscription.version,
    }
