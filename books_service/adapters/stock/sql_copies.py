"""Copies, branches and circulation's word, on tables."""

from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.adapters.sql_tables import branches, circulation, copies
from books_service.adapters.stock.sql_stock import SqlStock
from books_service.application.stock.ports import Report
from books_service.domain.stock.availability import CopyAvailability
from books_service.domain.stock.barcode import barcode_key
from books_service.domain.stock.branch import Branch, branch_key
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_refusals import CopyNotFound
from books_service.domain.stock.copy_status import CopyStatus
from shared.persistence.lists import for_both, insert_for, rows_of
from shared.persistence.statements import Runs

Seen = Callable[[Copy], None]
"""Told of every copy that a transaction has in hand, so that its events can be collected."""


def _keep_newer(dialect: str) -> Executable:
    """Return the statement that keeps rows of news where they are newer than what is there, in one order for all."""
    given = rows_of(list(circulation.c), dialect)
    news = insert_for(dialect)(circulation).from_select(
        [each.name for each in given.c], select(given).order_by(given.c.copy_id)
    )
    reported = {name: news.excluded[name] for name in ("availability", "due_at", "transit_to", "sequence")}
    newer = circulation.c.sequence < news.excluded.sequence
    statement: Executable = news.on_conflict_do_update(index_elements=["copy_id"], set_=reported, where=newer)
    return statement


_KEEP_NEWER = for_both(_keep_newer)


class SqlCopies:
    """Implements `ports.Copies`."""

    def __init__(self, session: AsyncSession, seen: Seen) -> None:
        self._session = session
        self._seen = seen

    def add(self, copy: Copy) -> None:
        self._session.add(copy)
        self._seen(copy)

    async def get(self, copy_id: UUID) -> Copy:
        copy = await self._session.get(Copy, copy_id)
        if copy is None:
            raise CopyNotFound
        self._seen(copy)
        return copy

    async def named(self, copy_ids: Collection[UUID]) -> Sequence[Copy]:
        return await self._all(copies.c.copy_id.in_(copy_ids))

    async def out_of_service(self, copy_ids: Collection[UUID]) -> Sequence[Copy]:
        return await self._all(and_(copies.c.copy_id.in_(copy_ids), copies.c.status != CopyStatus.IN_SERVICE))

    async def with_barcodes(self, barcodes: Collection[str]) -> Sequence[Copy]:
        return await self._all(copies.c.barcode_key.in_(sorted({barcode_key(barcode) for barcode in barcodes})))

    async def with_external_ids(self, external_ids: Collection[str]) -> Sequence[Copy]:
        return await self._all(copies.c.external_key.in_(sorted({each.lower() for each in external_ids})))

    async def of_book(self, book_id: UUID) -> Sequence[Copy]:
        return await self._all(copies.c.book_id == book_id)

    async def remove(self, copy: Copy) -> None:
        await self._session.delete(copy)

    async def _all(self, condition: Any) -> Sequence[Copy]:
        found = (await self._session.scalars(select(Copy).where(condition).order_by(copies.c.copy_id))).all()
        for copy in found:
            self._seen(copy)
        return found


class SqlBranches:
    """Implements `ports.Branches`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, branch: Branch) -> None:
        self._session.add(branch)

    async def find(self, code: str) -> Branch | None:
        query = select(Branch).where(branches.c.key == branch_key(code))
        return (await self._session.scalars(query)).one_or_none()

    async def all(self) -> Sequence[Branch]:
        return (await self._session.scalars(select(Branch))).all()

    async def locations_in_use(self, code: str) -> AbstractSet[str]:
        used = select(copies.c.location).where(copies.c.branch == code, copies.c.location.is_not(None)).distinct()
        return frozenset(filter(None, await self._session.scalars(used)))


class SqlCirculation:
    """Implements `ports.Circulation`."""

    def __init__(self, session: AsyncSession, run: Runs, stock: SqlStock) -> None:
        self._session = session
        self._run = run
        self._stock = stock

    async def keep(self, reports: Sequence[Report]) -> None:
        newest = {each.copy_id: each for each in sorted(reports, key=lambda each: each.sequence)}.values()
        await self._run(
            _KEEP_NEWER,
            copy_id=[each.copy_id for each in newest],
            availability=[each.availability.availability for each in newest],
            due_at=[each.availability.due_at for each in newest],
            transit_to=[each.availability.transit_to for each in newest],
            sequence=[each.sequence for each in newest],
        )
        self._stock.changed.update(each.copy_id for each in newest)

    async def of(self, copy_id: UUID) -> CopyAvailability | None:
        return (await self.of_many([copy_id])).get(copy_id)

    async def of_many(self, copy_ids: Collection[UUID]) -> Mapping[UUID, CopyAvailability]:
        query = select(
            circulation.c.copy_id, circulation.c.availability, circulation.c.due_at, circulation.c.transit_to
        ).where(circulation.c.copy_id.in_(copy_ids))
        rows = (await self._session.execute(query)) if copy_ids else ()
        return {row.copy_id: CopyAvailability(row.availability, row.due_at, row.transit_to) for row in rows}
