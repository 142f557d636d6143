"""Acts of several desks at once, and what must hold afterwards."""

import asyncio
from collections.abc import Awaitable

from sqlalchemy import select

from loans_service.domain.holds.hold import ACTIVE
from loans_service.persistence.tables import circulation_records, holds, loans, plumbing
from shared.kernel.errors import LibraryError
from tests.loans.branch import Branch

ROUNDS, MANY_ROUNDS = range(40), range(100)
"""How often two acts race. Without the lock of the book most races are lost within six rounds; the others have many."""


async def at_once(*acts: Awaitable[object]) -> list[object]:
    """Do all at once, and return what each one answered or was refused with."""
    done = await asyncio.gather(*acts, return_exceptions=True)
    for each in done:
        if isinstance(each, BaseException) and not isinstance(each, LibraryError):
            raise each
    return list(done)


async def told(branch: Branch) -> list[tuple[str, str | None]]:
    """Return type and availability of every event, oldest first, and forget them."""
    async with branch.database.engine.begin() as connection:
        rows = (await connection.execute(select(plumbing.outbox).order_by(plumbing.outbox.c.sequence))).all()
        await connection.execute(plumbing.outbox.delete())
    return [(row.type, row.data.get("availability")) for row in rows]


async def consistent(branch: Branch) -> None:
    """Assert that each copy serves at most one hold, and that copies and holds say the same of it."""
    async with branch.database.reading() as connection:
        of_copies = select(circulation_records.c.hold_id, circulation_records.c.copy_id)
        by_copies = {
            tuple(row) for row in await connection.execute(of_copies.where(circulation_records.c.hold_id.is_not(None)))
        }
        of_holds = select(holds.c.hold_id, holds.c.copy_id).where(
            holds.c.status.in_(ACTIVE), holds.c.copy_id.is_not(None)
        )
        by_holds = {tuple(row) for row in await connection.execute(of_holds)}
        out = set((await connection.execute(select(loans.c.copy_id).where(loans.c.returned_at.is_(None)))).scalars())
    assert by_copies == by_holds
    assert len(by_copies) == len({copy_id for _, copy_id in by_copies})
    assert out.isdisjoint(copy_id for _, copy_id in by_copies)
