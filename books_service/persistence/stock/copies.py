"""Copies, branches and the reports of circulation, on tables."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, and_, case, delete, func, insert, literal, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.domain.stock.availability import Availability, CopyAvailability, Report
from books_service.domain.stock.barcode import barcode_key
from books_service.domain.stock.branch import Branch, branch_key
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_refusals import CopyNotFound
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.place import Place, TemporaryPlace, elsewhere_since
from books_service.domain.stock.stands import ON_SHELF, ReportedStands, Stands, StandsWhy
from books_service.persistence.stock.held import held
from books_service.persistence.stock.stock_counts import StockCounts
from books_service.persistence.tables import books, bound_copies, branches, circulation, copies
from shared.persistence.lists import for_both, insert_for, rows_of
from shared.persistence.statements import Runs
from shared.persistence.types import UtcDateTime

_STATE = ("availability", "due_at", "transit_to", "stands_why", "stands_branch", "stands_since")
_LONG_AGO = literal(datetime(1, 1, 1, tzinfo=UTC), UtcDateTime())

Track = Callable[[Copy], None]
"""Called with every copy that a transaction has in hand, so that its events can be collected."""


def _keep_newer(dialect: str) -> Executable:
    """Return the statement that stores reports that are newer than what is there, in one order for all.

    The last scan of a copy is taken from older reports, too, and each loan counts once. Branches are written as the
    library writes them.
    """
    reported = rows_of(list(circulation.c), dialect)
    columns = [
        func.coalesce(branches.c.code, reported.c.stands_branch).label(each.name)
        if each.name == "stands_branch"
        else each
        for each in reported.c
    ]
    rows = select(*columns).outerjoin_from(reported, branches, branches.c.key == func.upper(reported.c.stands_branch))
    news = insert_for(dialect)(circulation).from_select(
        [each.name for each in columns], rows.order_by(reported.c.copy_id)
    )
    newer = circulation.c.sequence < news.excluded.sequence
    scan = news.excluded.scanned_at > func.coalesce(circulation.c.scanned_at, _LONG_AGO)
    present: dict[str, ColumnElement[Any]] = {
        name: case((newer, news.excluded[name]), else_=circulation.c[name]) for name in (*_STATE, "sequence")
    }
    present["scanned_at"] = case((scan, news.excluded.scanned_at), else_=circulation.c.scanned_at)
    lent = news.excluded.lent_at > func.coalesce(circulation.c.lent_at, _LONG_AGO)
    present["loans"] = circulation.c.loans + case((lent, news.excluded.loans), else_=0)
    present["lent_at"] = case((lent, news.excluded.lent_at), else_=circulation.c.lent_at)
    statement: Executable = news.on_conflict_do_update(
        index_elements=["copy_id"], set_=present, where=or_(newer, scan, lent)
    )
    return statement


_KEEP_NEWER = for_both(_keep_newer)


def reported_of(row: Any) -> CopyAvailability:
    """Return what circulation last reported of a copy, from a row with all of its columns."""
    stands = ReportedStands(row.stands_branch, row.stands_why, row.stands_since)
    return CopyAvailability(row.availability, row.due_at, row.transit_to, stands, row.scanned_at)


def places_of(row: Any) -> tuple[Place, TemporaryPlace | None]:
    """Return the place of a copy that is always its own, and the one that counts for a while."""
    if row.permanent_branch is None:
        return Place(row.branch, row.location, row.item_type), None
    return (
        Place(*(getattr(row, f"permanent_{each.name}") for each in fields(Place))),
        TemporaryPlace(*(getattr(row, f"temporary_{each.name}") for each in fields(TemporaryPlace))),
    )


def stands_of(row: Any, reported: ReportedStands) -> Stands:
    """Return where a copy stands, from a row with all of its columns and what circulation reports."""
    permanent, temporary = places_of(row)
    place = Place(row.branch, row.location, row.item_type)
    placed_at = elsewhere_since(place, permanent, temporary)
    return Stands.of(reported, home=row.branch, location=row.location, added_at=row.added_at, placed_at=placed_at)


class Copies:
    """The copies in stock."""

    def __init__(self, session: AsyncSession, track: Track) -> None:
        self._session = session
        self._track = track

    def add(self, copy: Copy) -> None:
        self._session.add(copy)
        self._track(copy)

    async def get(self, copy_id: UUID) -> Copy:
        """Raises CopyNotFound."""
        copy = await self._session.get(Copy, copy_id)
        if copy is None:
            raise CopyNotFound
        self._track(copy)
        return copy

    async def named(self, copy_ids: Collection[UUID]) -> Sequence[Copy]:
        """Return the existing ones of these copies."""
        return await self._all(copies.c.copy_id.in_(copy_ids))

    async def out_of_service(self, copy_ids: Collection[UUID]) -> Sequence[Copy]:
        """Return those of these copies whose status is another than in service: few of many."""
        return await self._all(and_(copies.c.copy_id.in_(copy_ids), copies.c.status != CopyStatus.IN_SERVICE))

    async def with_barcodes(self, barcodes: Collection[str]) -> Sequence[Copy]:
        """Return the copies with these barcodes, however they are written."""
        return await self._all(copies.c.barcode_key.in_(sorted({barcode_key(barcode) for barcode in barcodes})))

    async def with_external_ids(self, external_ids: Collection[str]) -> Sequence[Copy]:
        """Return the copies that came with these keys of another system."""
        return await self._all(copies.c.external_key.in_(sorted({each.lower() for each in external_ids})))

    async def at_end_of_temporary_place(self, *, now: datetime, most: int) -> Sequence[Copy]:
        """Return up to `most` copies whose temporary place is to end by now."""
        due = select(copies.c.copy_id).where(copies.c.temporary_until <= now).order_by(copies.c.temporary_until)
        return await self._all(copies.c.copy_id.in_(due.limit(most)))

    async def of_closed_branches(self, *, most: int) -> Sequence[Copy]:
        """Return up to `most` copies that belong to a branch that has closed, always or for a while."""
        closed = select(branches.c.code).where(branches.c.closed_at.is_not(None))
        theirs = or_(copies.c.branch.in_(closed), copies.c.permanent_branch.in_(closed))
        return await self._all(copies.c.copy_id.in_(select(copies.c.copy_id).where(theirs).limit(most)))

    async def holding(self, book_id: UUID) -> Sequence[Copy]:
        """Return every copy of a book, and those in which it is bound with another one."""
        return await self._all(copies.c.copy_id.in_(select(held([book_id]).c.copy_id)))

    async def counts(self, book_ids: Collection[UUID]) -> Mapping[UUID, int]:
        """Return how many copies these books have, bound with others or not; those without any are left out."""
        if not book_ids:
            return {}
        of_books = held(book_ids)
        query = select(of_books.c.book_id, func.count()).group_by(of_books.c.book_id)
        return {row.book_id: row[1] for row in await self._session.execute(query)}

    async def bound_titles(self, some: Iterable[Copy]) -> Mapping[UUID, str]:
        """Return the titles of the books that are bound with those of these copies."""
        book_ids = {book_id for copy in some for book_id in copy.bound_with}
        query = select(books.c.book_id, books.c.title).where(books.c.book_id.in_(book_ids))
        return {row.book_id: row.title for row in await self._session.execute(query)} if book_ids else {}

    async def file_bound(self, some: Iterable[Copy]) -> None:
        """Let these copies, which are written already, be found by the books that are bound with their own."""
        rows = [{"copy_id": copy.id, "book_id": book_id} for copy in some for book_id in copy.bound_with]
        of_copies = bound_copies.c.copy_id.in_([copy.id for copy in some])
        await self._session.execute(delete(bound_copies).where(of_copies))
        if rows:
            await self._session.execute(insert(bound_copies), rows)

    async def remove(self, copy: Copy) -> None:
        await self._session.delete(copy)

    async def _all(self, condition: Any) -> Sequence[Copy]:
        found = (await self._session.scalars(select(Copy).where(condition).order_by(copies.c.copy_id))).all()
        for copy in found:
            self._track(copy)
        return found


class Branches:
    """The branches of the library."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, branch: Branch) -> None:
        self._session.add(branch)

    async def find(self, code: str) -> Branch | None:
        """Return the branch with this code, however it is written."""
        query = select(Branch).where(branches.c.key == branch_key(code))
        return (await self._session.scalars(query)).one_or_none()

    async def lock(self, *codes: str) -> None:
        """Lock the branches with these codes against changes, until the end. In one order for all."""
        theirs = branches.c.key.in_({branch_key(code) for code in codes})
        await self._session.execute(select(branches.c.key).where(theirs).order_by(branches.c.key).with_for_update())

    async def all(self) -> Sequence[Branch]:
        """Return every branch; a library has few."""
        return (await self._session.scalars(select(Branch))).all()

    async def contents(self, code: str) -> Mapping[str, int]:
        """Count what belongs to a branch, and what lending last reported to be there, or on its way there."""
        here = circulation.c.stands_branch == code
        counts = {
            "copies": select(func.count()).where(or_(copies.c.branch == code, copies.c.permanent_branch == code)),
            "on_loan": select(func.count()).where(here, circulation.c.availability == Availability.ON_LOAN),
            "on_hold_shelf": select(func.count()).where(here, circulation.c.stands_why == StandsWhy.HOLD_SHELF),
            "in_transit": select(func.count()).where(
                circulation.c.availability == Availability.IN_TRANSIT, or_(here, circulation.c.transit_to == code)
            ),
        }
        return {name: await self._session.scalar(count) or 0 for name, count in counts.items()}

    async def locations_in_use(self, code: str) -> AbstractSet[str]:
        """Return the codes of the branch's locations where copies stand, or will when a temporary place ends."""
        now = select(copies.c.location).where(copies.c.branch == code)
        later = select(copies.c.permanent_location).where(copies.c.permanent_branch == code)
        return frozenset(filter(None, await self._session.scalars(union(now, later))))


class CirculationReports:
    """What circulation last said of each copy, by its own sequence number."""

    def __init__(self, session: AsyncSession, run: Runs, stock: StockCounts) -> None:
        self._session = session
        self._run = run
        self._stock = stock

    async def keep(self, reports: Sequence[Report]) -> None:
        """Store each, unless a later one is stored already. The copies need not exist (yet)."""
        newest = {each.copy_id: each for each in sorted(reports, key=lambda each: each.sequence)}.values()
        scans = [(scan, each.copy_id) for each in reports if (scan := each.availability.scanned_at) is not None]
        scanned = {copy_id: scan for scan, copy_id in sorted(scans)}
        lent: dict[UUID, set[datetime]] = {}
        for each in reports:
            stands = each.availability.stands
            if (
                stands.why is StandsWhy.ON_LOAN and stands.since is not None
            ):  # the same for a loan, however often renewed
                lent.setdefault(each.copy_id, set()).add(stands.since)
            elif stands.why in ON_SHELF:
                self._stock.shelved.add(each.copy_id)
        await self._run(
            _KEEP_NEWER,
            copy_id=[each.copy_id for each in newest],
            availability=[each.availability.availability for each in newest],
            due_at=[each.availability.due_at for each in newest],
            transit_to=[each.availability.transit_to for each in newest],
            sequence=[each.sequence for each in newest],
            stands_why=[each.availability.stands.why for each in newest],
            stands_branch=[each.availability.stands.branch for each in newest],
            stands_since=[each.availability.stands.since for each in newest],
            scanned_at=[scanned.get(each.copy_id) for each in newest],
            loans=[len(lent.get(each.copy_id, ())) for each in newest],
            lent_at=[max(lent.get(each.copy_id, ()), default=None) for each in newest],
        )
        self._stock.changed.update(each.copy_id for each in newest)

    async def of(self, copy_id: UUID) -> CopyAvailability | None:
        """Return what was reported; None: the copy was never out."""
        return (await self.of_many([copy_id])).get(copy_id)

    async def of_many(self, copy_ids: Collection[UUID]) -> Mapping[UUID, CopyAvailability]:
        """Return what was reported of these copies."""
        query = select(circulation).where(circulation.c.copy_id.in_(copy_ids))
        rows = (await self._session.execute(query)) if copy_ids else ()
        return {row.copy_id: reported_of(row) for row in rows}
