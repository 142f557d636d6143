"""Copies, branches and circulation's word, on tables."""

from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, and_, select
from sqlalchemy.dialects import postgresql, sqlite
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

Seen = Callable[[Copy], None]
"""Told of every copy that a transaction has in hand, so that its events can be collected."""


def _keep_newer(insert: Callable[..., Any]) -> Executable:
    """Return the statement that keeps a row of news if it is newer than what is there; made once for each database."""
    news = insert(circulation)
    reported = {name: news.excluded[name] for name in ("availability", "due_at", "transit_to", "sequence")}
    newer = circulation.c.sequence < news.excluded.sequence
    statement: Executable = news.on_conflict_do_update(index_elements=["copy_id"], set_=reported, where=newer)
    return statement


_KEEP_NEWER = {"sqlite": _keep_newer(sqlite.insert), "postgresql": _keep_newer(postgresql.insert)}


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

    def __init__(self, session: AsyncSession, stock: SqlStock) -> None:
        self._session = session
        self._stock = stock

    async def keep(self, reports: Sequence[Report]) -> None:
        in_one_order = sorted(reports, key=lambda reported: reported.copy_id)  # for all, so that nobody deadlocks
        rows = [
            {
                "copy_id": reported.copy_id,
                "availability": reported.availability.availability,
                "due_at": reported.availability.due_at,
                "transit_to": reported.availability.transit_to,
                "sequence": reported.sequence,
            }
            for reported in in_one_order
        ]
        await self._session.execute(_KEEP_NEWER[self._session.get_bind().dialect.name], rows)
        self._stock.changed.update(reported.copy_id for reported in reports)

    async def of(self, copy_id: UUID) -> CopyAvailability | None:
        return (await self.of_many([copy_id])).get(copy_id)

    async def of_many(self, copy_ids: Collection[UUID]) -> Mapping[UUID, CopyAvailability]:
        query = select(
            circulation.c.copy_id, circulation.c.availability, circulation.c.due_at, circulation.c.transit_to
        ).where(circulation.c.copy_id.in_(copy_ids))
        rows = (await self._session.execute(query)) if copy_ids else ()
        return {row.copy_id: CopyAvailability(row.availability, row.due_at, row.transit_to) for row in rows}
