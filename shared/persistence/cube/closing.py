"""What happens when a span is over: its cells are published, and the keys under which people were counted go."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlalchemy.types import BigInteger

from shared.kernel.clock import Clock
from shared.kernel.cube import Atom, Kind, Span, published
from shared.persistence.cube.tables import CubeTables
from shared.persistence.database import Database
from shared.persistence.statements import Prepared
from shared.persistence.transaction import Transaction

_IN_EVERY_ZONE = timedelta(days=1)
"""So long after its end in UTC a day is over everywhere, and machines that were offline have told what they did."""
LOCK = Prepared(select(func.pg_advisory_xact_lock(bindparam("lock", 0x63756265, type_=BigInteger)).label("locked")))
"""On PostgreSQL, who publishes cells and who repairs them takes it first; SQLite lets nobody between."""


@dataclass(frozen=True)
class CloseSpans:
    """Publishes the cells of spans that are over, and throws their keys away. Several processes may do so at once.

    As long as counts wait that were made a while ago, nothing is closed: what belongs to a span comes in before.
    """

    database: Database
    outbox: Table
    tables: CubeTables
    atoms: Collection[Atom]
    clock: Clock

    async def __call__(self) -> None:
        now = self.clock.now()
        async with self.database.begin() as transaction:
            if transaction.dialect.name == "postgresql":
                await transaction.run(LOCK)
            if await self._wait(transaction, before=now - timedelta(hours=1)):
                return
            over = (now - _IN_EVERY_ZONE).astimezone(UTC).date()
            for atom in self.atoms:
                for span in _published_by(atom):
                    for starts_on in await self._unpublished(transaction, atom, span, over=over):
                        await self._publish(transaction, atom, span, starts_on)
            await self._throw_keys_away(transaction, over=over)
            await transaction.commit()

    async def _wait(self, transaction: Transaction, *, before: datetime) -> bool:
        waiting = self.outbox.c.counts.is_not(None), self.outbox.c.occurred_at < before
        return bool(await transaction.run(select(self.outbox.c.sequence).where(*waiting).limit(1)))

    async def _unpublished(self, transaction: Transaction, atom: Atom, span: Span, *, over: date) -> list[date]:
        """Return the first days of spans that are over and have not been published."""
        cells, done = self.tables.cells.c, self.tables.published.c
        kept_by = Span.DAY if atom.kind is Kind.LEVEL else span
        of_atom = select(cells.starts_on).where(cells.atom == atom.name, cells.span == kept_by)
        (first,) = await transaction.run(of_atom.order_by(cells.starts_on).limit(1)) or [None]
        if first is None:
            return []
        if atom.kind is Kind.LEVEL:  # days that were missed are written before those that follow
            (newest,) = await transaction.run(of_atom.order_by(cells.starts_on.desc()).limit(1))
            over = min(over, newest.starts_on)
        known = select(done.starts_on).where(done.atom == atom.name, done.span == span).distinct()
        found = {row.starts_on for row in await transaction.run(known)}
        missing = list[date]()
        starts_on = span.first_day(first.starts_on)
        while span.next(starts_on) <= over:
            if starts_on not in found:
                missing.append(starts_on)
            starts_on = span.next(starts_on)
        return missing

    async def _publish(self, transaction: Transaction, atom: Atom, span: Span, starts_on: date) -> None:
        cells = self.tables.cells.c
        of_atom, when = cells.atom == atom.name, cells.span == span
        at: Any = cells.starts_on == starts_on
        if atom.kind is Kind.LEVEL:
            when = cells.span == Span.DAY
            before = cells.starts_on.between(starts_on, span.next(starts_on) - timedelta(days=1))
            at = cells.starts_on == select(func.max(cells.starts_on)).where(of_atom, when, before).scalar_subquery()
        along = [cells[name] for name in atom.published]
        total = select(*along, func.sum(cells.value).label("total")).where(of_atom, when, at).group_by(*along)
        rows = await transaction.run(total)
        made = list[dict[str, Any]]()
        for one in published({tuple(row)[:-1]: int(row.total) for row in rows}):
            values = {name: value or "" for name, value in zip(atom.published, one.cell, strict=True)}
            row = dict.fromkeys(self.tables.dimensions, "") | values | {"value": one.value, "cells": one.of}
            made.append({"atom": atom.name, "span": str(span), "starts_on": starts_on} | row)
        if made:
            columns = [column.name for column in self.tables.published.c]
            await transaction.run(self.tables.publish, **{name: [row[name] for row in made] for name in columns})

    async def _throw_keys_away(self, transaction: Transaction, *, over: date) -> None:
        keys, digests = self.tables.keys, self.tables.digests
        kept = select(keys.c.span, keys.c.starts_on).where(keys.c.key.is_not(None))
        for row in await transaction.run(kept):
            if Span(row.span).next(row.starts_on) <= over:
                for of, forget in ((digests, delete(digests)), (keys, update(keys).values(key=None))):
                    await transaction.run(forget.where(of.c.span == row.span, of.c.starts_on == row.starts_on))


def _published_by(atom: Atom) -> tuple[Span, ...]:
    if not atom.of_people and not atom.personal:
        return ()
    return atom.kind.kept_by if atom.kind is Kind.PEOPLE else (Span.MONTH,)
