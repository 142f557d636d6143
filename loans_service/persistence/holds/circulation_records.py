"""Circulation records of copies that are neither on loan nor at home, and the last reports of books."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CompoundSelect,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
    update,
)

from loans_service.domain.circulating_copy import (
    ENDS_WAITING,
    Availability,
    AvailabilityChanged,
    CirculatingCopy,
    CopyKey,
    CopyState,
    CopyStatus,
    Stands,
    StandsWhy,
    barcode_key,
    same_branch,
)
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.copy_report import CopyReport
from loans_service.domain.money import Money
from loans_service.persistence.holds.copy_search import FACTS, FIND_BY, LOCKED_BY
from loans_service.persistence.holds.copy_states import IS_GONE, home_of, location_of, states_of, volume_of
from loans_service.persistence.tables import circulation_records, copy_scans, loans, reported_copies
from shared.persistence.lists import DIALECTS, for_both, insert_for, one_of
from shared.persistence.statements import InsertMany, Prepared, PreparedDml, Runs, Write

STATE = ("status", "branch", "hold_id", "since", "from_branch", "stands_since")
_SHELF = ("shelf_mark", "shelf_mark_key", "location")
_OF_RECORD = circulation_records.c.copy_id
_LOCATION = func.coalesce(location_of(_OF_RECORD), circulation_records.c.location).label("location")
_RECORD = select(
    *(column for column in circulation_records.c if column.name != "location"),
    circulation_records.c.location.label("stored_location"),
    *(volume_of(_OF_RECORD), _LOCATION),
)
_OF_COPY = Prepared(_RECORD.where(circulation_records.c.copy_id == bindparam("of_copy")))
_OF_BOOK = Prepared(
    _RECORD.add_columns(home_of(_OF_RECORD)).where(circulation_records.c.book_id == bindparam("of_book"))
)


def _away_or_gone(dialect: str) -> CompoundSelect[Any]:
    """Return a query for copies that are unavailable, and since when the others stand in their place."""
    nowhere = null().label("since")
    return union_all(
        select(copy_scans.c.copy_id, copy_scans.c.since).where(one_of(copy_scans.c.copy_id, "copy_ids", dialect)),
        select(loans.c.copy_id, nowhere).where(
            or_(loans.c.returned_at.is_(None), IS_GONE), one_of(loans.c.copy_id, "copy_ids", dialect)
        ),
        select(reported_copies.c.copy_id, nowhere).where(
            one_of(reported_copies.c.copy_id, "copy_ids", dialect), reported_copies.c.status == CopyStatus.MISSING
        ),
        select(circulation_records.c.copy_id, nowhere).where(  # of a merged book whose event has not arrived yet
            one_of(circulation_records.c.copy_id, "copy_ids", dialect),
            circulation_records.c.book_id != bindparam("of_book", type_=circulation_records.c.book_id.type),
        ),
    )


def _scanned(dialect: str) -> Any:
    """Return the statement that stores a scan, unless a later one is stored."""
    new = insert_for(dialect)(copy_scans).values({column.name: bindparam(column.name) for column in copy_scans.c})
    last = case((new.excluded.at > copy_scans.c.at, new.excluded.at), else_=copy_scans.c.at)
    return new.on_conflict_do_update(index_elements=["copy_id"], set_={"at": last, "since": new.excluded.since})


_SCAN = PreparedDml({dialect: _scanned(dialect) for dialect in DIALECTS})
_LAST_SCAN = Prepared(
    select(copy_scans.c.since, reported_copies.c.branch)
    .outerjoin_from(copy_scans, reported_copies, reported_copies.c.copy_id == copy_scans.c.copy_id)
    .where(copy_scans.c.copy_id == bindparam("of_copy"))
)


_SCANNED_AFTER = Prepared(
    select(reported_copies.c.branch)
    .join_from(reported_copies, copy_scans, reported_copies.c.copy_id == copy_scans.c.copy_id)
    .where(reported_copies.c.copy_id == bindparam("of_copy"), copy_scans.c.at > bindparam("moved_at"))
)
_GONE = Prepared(select(loans.c.loan_id).where(IS_GONE, loans.c.copy_id == bindparam("of_copy")))
_AWAY_OR_GONE = for_both(_away_or_gone)
_HERE = circulation_records.c.copy_id == bindparam("of_copy")
_NEW = InsertMany(circulation_records)
_CHANGE = PreparedDml(
    update(circulation_records)
    .where(_HERE)
    .values({name: bindparam(name) for name in (*STATE, "home_branch", *_SHELF)})
)
_GO = PreparedDml(delete(circulation_records).where(_HERE))
_StoredState = tuple[object, ...]
"""The stored state of a record, and the home branch when it was written."""
_VOLUME, _PRICE = "volume_key", ("price_amount", "price_currency")
_REPORT_COLUMNS = ("book_id", "branch", "item_type", "status", "sequence", "staff_note", "location")


def _reported(dialect: str) -> Any:
    """Return the statement that stores a report, unless a later one is stored."""
    new = _report(dialect, _VOLUME)
    later = {name: new.excluded[name] for name in (*_REPORT_COLUMNS, *_PRICE)}
    is_named = bindparam("names_volume", type_=Boolean)
    later[_VOLUME] = case((is_named, new.excluded[_VOLUME]), else_=reported_copies.c[_VOLUME])
    return new.on_conflict_do_update(
        index_elements=["copy_id"], set_=later, where=reported_copies.c.sequence < new.excluded.sequence
    ).returning(reported_copies.c.copy_id)


def _status(dialect: str) -> Any:
    """Return the statement that notes a status; the next report of books overrides it."""
    new = _report(dialect)
    return new.on_conflict_do_update(index_elements=["copy_id"], set_={"status": new.excluded.status})


def _report(dialect: str, *more: str) -> Any:
    new = insert_for(dialect)(reported_copies)
    return new.values({name: bindparam(name) for name in ("copy_id", *_REPORT_COLUMNS, *_PRICE, *more)})


_IN_SERVICE = Prepared(
    select(reported_copies.c.copy_id).where(
        reported_copies.c.copy_id == bindparam("of_copy"),
        reported_copies.c.status == literal_column(f"'{CopyStatus.IN_SERVICE}'"),
    )
)
_HAS_COPIES = Prepared(
    select(
        exists()
        .where(
            reported_copies.c.book_id == bindparam("of_book", type_=reported_copies.c.book_id.type),
            reported_copies.c.status.not_in([literal_column(f"'{status}'") for status in sorted(ENDS_WAITING)]),
        )
        .label("found")
    )
)
_LOST_OF = Prepared(
    select(
        exists()
        .where(
            reported_copies.c.book_id == bindparam("of_book", type_=reported_copies.c.book_id.type),
            reported_copies.c.status == literal_column(f"'{CopyStatus.LOST}'"),
        )
        .label("found")
    )
)
_PRICE_OF = Prepared(
    select(*(reported_copies.c[name] for name in _PRICE)).where(reported_copies.c.copy_id == bindparam("of_copy"))
)
_BRANCH_OF = Prepared(select(reported_copies.c.branch).where(reported_copies.c.copy_id == bindparam("of_copy")))
_KEEP_REPORT, _NOTE_STATUS = for_both(_reported), for_both(_status)


class CirculationRecords:
    """The circulation records of copies, and what books reported of them.

    There is a row for each copy that is away or requested, and none for a copy simply at home.
    """

    def __init__(self, run: Runs) -> None:
        self._run = run
        self._tracked: dict[UUID, tuple[CirculationRecord, _StoredState | None]] = {}
        self._described: set[UUID] = set()
        self.republished: list[AvailabilityChanged] = []

    async def find(self, key: CopyKey) -> CirculatingCopy | None:
        """Return a copy that was ever lent or held, with its current home branch; None for others."""
        return await self._find(FIND_BY, key)

    async def find_and_lock(self, key: CopyKey) -> CirculatingCopy | None:
        """Find the copy and lock its book as `UnitOfWork.lock` does, in one statement."""
        return await self._find(LOCKED_BY, key)

    async def _find(self, by: Mapping[str, Prepared], key: CopyKey) -> CirculatingCopy | None:
        column, value = ("copy_id", key.copy_id) if key.barcode is None else ("barcode_key", barcode_key(key.barcode))
        rows = await self._run(by[column], key=value)
        if not rows:
            return None
        return CirculatingCopy(*rows[0][: len(FACTS)], volume_key=rows[0].volume_key, location=rows[0].location)

    async def record_of(self, copy: CirculatingCopy) -> CirculationRecord:
        """Return the record of a copy that is not on loan; its changes are written."""
        return await self.away(copy.copy_id) or self._note(copy, None)

    async def away(self, copy_id: UUID) -> CirculationRecord | None:
        """Return the record of a copy that is requested or away; None for others."""
        if copy_id not in self._tracked:
            rows = await self._run(_OF_COPY, of_copy=copy_id)
            if not rows:
                return None
            self._note_row(rows[0])
        return self._tracked[copy_id][0]

    async def in_branch(self, branch: str, *, book_id: UUID, now: datetime) -> list[CirculationRecord]:
        """Return the records of copies of a book that are in a branch, or on their way there.

        They are updated as of `now` from what books last reported.
        """
        found = [self._note_reported(row, now=now) for row in await self._run(_OF_BOOK, of_book=book_id)]
        return [record for record in found if same_branch(record.branch, branch)]

    async def of_book(
        self, book_id: UUID, copies: Iterable[CirculatingCopy], *, now: datetime
    ) -> list[CirculationRecord]:
        """Return the records of these copies and of those requested or away, without unavailable ones.

        They are updated as of `now` from `copies`, or from what books last reported.
        """
        present = {copy.copy_id: copy for copy in copies}
        stored = await self._run(_OF_BOOK, of_book=book_id)
        copy_ids = list(present.keys() | {row.copy_id for row in stored})
        looked_up = await self._run(_AWAY_OR_GONE, copy_ids=copy_ids, of_book=book_id) if copy_ids else ()
        since = {row.copy_id: row.since for row in looked_up if row.since is not None}
        gone = {row.copy_id for row in looked_up if row.since is None}
        found = [self._note_reported(row, now=now) for row in stored]
        for record in found:
            had = record.copy
            record.describe(present.get(had.copy_id, had), now=now)
            if _shelf(record.copy) != _shelf(had):
                self._described.add(had.copy_id)
        stored_ids = {record.copy.copy_id for record in found}
        at_home = [copy for copy_id, copy in present.items() if copy_id not in stored_ids]
        found += [self._note(copy, None, at_home_since=since.get(copy.copy_id)) for copy in at_home]
        return [record for record in found if record.copy.copy_id not in gone or record.hold_id is not None]

    def note(
        self,
        copy: CirculatingCopy,
        row: Mapping[str, Any] | None,
        *,
        now: datetime,
        at_home_since: datetime | None = None,
    ) -> CirculationRecord:
        """Track the record of a copy, whose `row` was read in another statement.

        Without a row the copy is at home, since `at_home_since` if that is known. A row has the home branch of when it
        was written, so a change of it is noticed and published.
        """
        had = copy if row is None else replace(copy, home_branch=row["home_branch"])
        record = self._note(had, row, at_home_since=at_home_since)
        record.describe(copy, now=now)
        return record

    def _note(
        self, copy: CirculatingCopy, row: Mapping[str, Any] | None, *, at_home_since: datetime | None = None
    ) -> CirculationRecord:
        if copy.copy_id not in self._tracked:
            if row is None:
                self._tracked[copy.copy_id] = (CirculationRecord(copy, stands_since=at_home_since), None)
            else:
                record = CirculationRecord(copy, **{name: row[name] for name in STATE})
                stored = (*(row[name] for name in STATE), row["home_branch"])
                self._tracked[copy.copy_id] = (record, stored)
        return self._tracked[copy.copy_id][0]

    def _note_row(self, row: Any) -> CirculationRecord:
        if row.location != row.stored_location:
            self._described.add(row.copy_id)
        return self._note(_copy_of(row), row._asdict())

    def _note_reported(self, row: Any, *, now: datetime) -> CirculationRecord:
        """Track the record of this row, which has the home branch of when it was written, as books last reported it."""
        record = self._note_row(row)
        if row.reported_home is not None:
            record.describe(replace(record.copy, home_branch=row.reported_home), now=now)
        return record

    @property
    def tracked(self) -> list[CirculationRecord]:
        """The records whose events are to be published."""
        return [found for found, _ in self._tracked.values()]

    async def republish_state(self, copy_id: UUID, *, book_id: UUID, now: datetime) -> CopyState:
        """Publish the present state of a copy as of now. Its book must be locked."""
        found = await states_of(self._run, [copy_id])
        state = found[0] if found else CopyState.at_home(copy_id)
        stands = state.stands
        if stands is None or stands.why is StandsWhy.HOME:
            (scan,) = await self._run(_LAST_SCAN, of_copy=copy_id) or [None]
            stands = Stands(scan and scan.branch, StandsWhy.HOME, scan and scan.since)
        availability = Availability(state.availability)
        self.republished.append(
            AvailabilityChanged(
                copy_id, book_id, availability, state.due_at, now, stands=stands, transit_to=state.transit_to
            )
        )
        return state

    async def gone_with(self, copy_id: UUID) -> UUID | None:
        """Return the last loan of a copy if that ended without it and it is missed still; None if it is not."""
        return next((row.loan_id for row in await self._run(_GONE, of_copy=copy_id)), None)

    async def is_in_service(self, copy_id: UUID) -> bool:
        """Return whether books last reported a copy as in service."""
        return bool(await self._run(_IN_SERVICE, of_copy=copy_id))

    async def has_copies(self, book_id: UUID) -> bool:
        """Return whether, by the last reports, a book has copies that are or may again be lent."""
        (row,) = await self._run(_HAS_COPIES, of_book=book_id)
        return bool(row.found)

    async def any_lost(self, book_id: UUID) -> bool:
        """Return whether, by the last reports, a copy of a book is lost and may turn up."""
        (row,) = await self._run(_LOST_OF, of_book=book_id)
        return bool(row.found)

    async def was_scanned_since_it_moved(self, report: CopyReport) -> bool:
        """Return whether a copy was in hand at a desk after it got the home that is reported only now."""
        found = await self._run(_SCANNED_AFTER, of_copy=report.copy_id, moved_at=report.at)
        return bool(found) and not same_branch(found[0].branch, report.branch)

    async def on_shelf_of_old_home(self, copy_id: UUID) -> CirculationRecord | None:
        """Return where a copy is that stands simply at home, by what is known of its home; None for others."""
        if await states_of(self._run, [copy_id]):
            return None
        copy, (scan,) = await self.find(CopyKey(copy_id)), await self._run(_LAST_SCAN, of_copy=copy_id)
        return None if copy is None else self._note(copy, None, at_home_since=scan.since)

    async def keep_report(self, report: CopyReport) -> bool:
        """Store a report of books unless a later one is stored; return whether it was stored."""
        names = (*_REPORT_COLUMNS, _VOLUME, "names_volume")
        facts = {name: getattr(report, name) for name in names} | _price(report.price)
        return bool(await self._run(_KEEP_REPORT, copy_id=report.copy_id, **facts))

    async def price_of(self, copy_id: UUID) -> Money | None:
        """Return the price of a copy that books last reported, if any."""
        rows = await self._run(_PRICE_OF, of_copy=copy_id)
        return None if not rows or rows[0].price_currency is None else Money(*rows[0])

    async def reported_branch(self, copy_id: UUID) -> str | None:
        """Return the branch where, by the last report of books, a copy is at home."""
        return next((row.branch for row in await self._run(_BRANCH_OF, of_copy=copy_id)), None)

    async def note_status(self, copy: CirculatingCopy, status: CopyStatus) -> None:
        """Note what books is about to call a copy, until it reports so itself."""
        facts = {"copy_id": copy.copy_id, "book_id": copy.book_id, "branch": copy.home_branch}
        facts |= {"item_type": copy.item_type, "status": status.value, "sequence": 0} | _price(None)
        facts |= {"staff_note": None, "location": copy.location}
        await self._run(_NOTE_STATUS, **facts)

    def writes(self) -> Iterator[Write]:
        """Yield the changes.

        A copy that is home in its own branch needs no row, so that is deleted; one that floated keeps its row.
        """
        new = []
        for found, before in self._tracked.values():
            now: _StoredState = (*(getattr(found, name) for name in STATE), found.copy.home_branch)
            if found.scanned_at is not None:
                yield _SCAN, [{"copy_id": found.copy.copy_id, "at": found.scanned_at, "since": found.stands_since}]
            is_simply_home = found.is_free and found.branch.upper() == found.copy.home_branch.upper()
            if before is None and not is_simply_home:
                facts = {name: getattr(found.copy, name) for name in FACTS}
                new.append(facts | {"barcode_key": found.copy.barcode_key} | _state(found))
            elif before is not None and is_simply_home:
                yield _GO, [{"of_copy": found.copy.copy_id}]
            elif before is not None and (now != before or found.copy.copy_id in self._described):
                here = {"of_copy": found.copy.copy_id, "home_branch": found.copy.home_branch}
                yield _CHANGE, [here | _state(found)]
        yield _NEW, new


def _price(price: Money | None) -> dict[str, Any]:
    amount, currency = (None, None) if price is None else (price.amount, price.currency)
    return {"price_amount": amount, "price_currency": currency}


def _copy_of(row: Any) -> CirculatingCopy:
    facts, location = (getattr(row, name) for name in FACTS), row.location or None
    copy = CirculatingCopy(*facts, volume_key=row.volume_key, location=location)
    return replace(copy, shelf_mark=row.shelf_mark or None, shelf_mark_key=row.shelf_mark_key)


def _state(record: CirculationRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in STATE} | _shelf(record.copy)


def _shelf(copy: CirculatingCopy) -> dict[str, str]:
    return {name: getattr(copy, name) or "" for name in _SHELF}
