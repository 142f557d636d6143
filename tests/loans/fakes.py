"""Stand-ins for the clock and the neighbours of circulation."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from loans_service.application.neighbours import BookKey, Branch, CopiesOfBook, MemberKey
from loans_service.domain.borrower import ActedBy, CardReplaced, CardStopped, GuardianNotFound, MemberNotFound, Standing
from loans_service.domain.circulating_copy import CirculatingCopy, CopyKey, CopyState
from loans_service.domain.holds.placing import RequestedItem
from loans_service.domain.lendable_copy import (
    BookNotFound,
    BookWasMerged,
    BoundCopy,
    CopyNotFound,
    LendableCopy,
    StockOfBook,
    UnknownBranch,
    Volume,
)
from loans_service.domain.reports.formula import Figure
from loans_service.domain.reports.reporting_year import ReportingYear
from shared.kernel.errors import NeighbourUnavailable


def _key(barcode: str) -> str:
    """Return by what books tells barcodes apart."""
    return barcode.replace(" ", "").upper()


def _volumes(copies: Sequence[LendableCopy]) -> tuple[Volume, ...]:
    """Return the volumes of those that take holds; each key is written in one way."""
    keys = {copy.volume_key for copy in copies if copy.volume_key is not None and copy.is_holdable}
    return tuple(Volume(key, key) for key in sorted(keys))


class FakeCatalogue:
    """Books with the copies that a test puts in."""

    def __init__(self, *copies: LendableCopy) -> None:
        self.copies = list(copies)
        self.branches = ["MAIN", "EAST"]
        self.locations: tuple[str, ...] = ()
        self.closed: dict[str, str] = {}
        self.zones: dict[str, str] = {}
        self.shelf_marks: dict[str, str] = {}
        self.shelf_mark_keys: dict[str, str] = {}
        self.catalogue_states: list[CopyState] = []
        self.merged: dict[UUID, UUID] = {}
        self.editions: dict[UUID, tuple[UUID, ...]] = {}
        self.bound_in: dict[UUID, tuple[str, tuple[UUID, ...]]] = {}  # title, and copies of other books that hold it
        self.down = self.hangs = False
        self.questions = 0
        self.rendezvous: asyncio.Barrier | None = None

    async def lendable_copy(self, key: CopyKey, *, desk: str | None = None) -> LendableCopy:
        self.questions += 1
        if self.rendezvous is not None:
            await self.rendezvous.wait()
        if self.down:
            raise NeighbourUnavailable("Books does not answer.")
        for copy in self.copies:
            if copy.copy_id == key.copy_id or (key.barcode is not None and _key(copy.barcode) == _key(key.barcode)):
                branches = (branch for branch in self.branches if desk is not None and branch == desk.upper())
                return replace(copy, desk=next(branches, None))
        raise CopyNotFound

    async def requested_item(self, key: BookKey) -> RequestedItem:
        self.questions += 1
        for copy in self.copies:
            if str(copy.book_id) == key.book_id or copy.title == key.external_id:
                volumes = _volumes([each for each in self.copies if each.book_id == copy.book_id])
                asked = next((each for each in volumes if each.volume == key.volume), None)
                return RequestedItem(
                    copy.book_id,
                    copy.title,
                    copy.is_holdable,
                    item_types=(copy.item_type,),
                    asked_volume=key.volume,
                    volume=asked,
                    volumes=volumes,
                )
        raise BookNotFound

    async def copies_of_books(self, book_ids: Collection[UUID]) -> dict[UUID, CopiesOfBook]:
        self.questions += 1
        if self.down:
            raise NeighbourUnavailable("Books does not answer.")
        found: dict[UUID, CopiesOfBook] = {}
        for book_id in book_ids:
            if copies := [copy for copy in self.copies if copy.book_id == book_id]:
                lendable, holdable = sum(not each.refusals for each in copies), sum(each.is_holdable for each in copies)
                found[book_id] = CopiesOfBook(copies[0].title, lendable, holdable)
        return found

    async def states_away(self, *, after: UUID, limit: int) -> list[CopyState]:
        if self.down:
            raise NeighbourUnavailable("Books does not answer.")
        away = [
            state
            for state in self.catalogue_states
            if state.copy_id > after and not state.agrees_with(CopyState.at_home(state.copy_id))
        ]
        return sorted(away, key=lambda state: state.copy_id)[:limit]

    async def states_of(self, copy_ids: Collection[UUID]) -> list[CopyState]:
        return [state for state in self.catalogue_states if state.copy_id in copy_ids]

    async def copies_of(self, book_id: UUID, *, volume: str | None = None) -> StockOfBook:
        self.questions += 1
        if self.down:
            raise NeighbourUnavailable("Books does not answer.")
        copies = [copy for copy in self.copies if copy.book_id == book_id]
        if book_id in self.merged:
            raise BookWasMerged(into=self.merged[book_id])
        if not copies and book_id not in self.bound_in:
            raise BookNotFound
        title = copies[0].title if copies else self.bound_in[book_id][0]
        volumes = _volumes(copies)
        asked = next((each for each in volumes if each.volume == volume), None)
        copies = copies if volume is None else [copy for copy in copies if copy.volume_key == volume]
        holdable = [copy for copy in copies if copy.is_holdable]
        shelved = (self._shelved(copy.as_circulating()) for copy in copies if not copy.refusals)
        types = tuple(sorted({copy.item_type for copy in holdable}))
        hidden = bool(copies) and all(copy.hidden for copy in copies)
        return StockOfBook(
            *(book_id, title, len(holdable), types, tuple(shelved)),
            hidden=hidden,
            volumes=volumes,
            volume=asked,
            editions=self.editions.get(book_id, ()),
            bound=() if holdable else self._bound_in(book_id),
        )

    def _bound_in(self, book_id: UUID) -> tuple[BoundCopy, ...]:
        _, copy_ids = self.bound_in.get(book_id, ("", ()))
        copies = [copy for copy in self.copies if copy.copy_id in copy_ids and copy.is_holdable]
        return tuple(BoundCopy(each.copy_id, each.book_id, each.branch, each.item_type) for each in copies)

    def _shelved(self, copy: CirculatingCopy) -> CirculatingCopy:
        mark = self.shelf_marks.get(copy.barcode)
        return replace(copy, shelf_mark=mark, shelf_mark_key=self.shelf_mark_keys.get(mark or "", ""))

    async def branch(self, code: str) -> str:
        self.questions += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.down:
            raise NeighbourUnavailable("Books does not answer.")
        for branch in self.branches:
            if branch == code.upper():
                return branch
        raise UnknownBranch


class FakeBranches:
    """The branches of a catalogue, each in its zone; in UTC where a test says nothing."""

    def __init__(self, catalogue: FakeCatalogue) -> None:
        self._catalogue = catalogue

    async def branches(self) -> tuple[Branch, ...]:
        if self._catalogue.down:
            raise NeighbourUnavailable("Books does not answer.")
        zones, locations = self._catalogue.zones, self._catalogue.locations
        codes = [code for code in self._catalogue.branches if code not in self._catalogue.closed]
        return tuple(Branch(code, zones.get(code, "UTC"), code.capitalize(), locations) for code in codes)

    async def closed_branches(self) -> dict[str, str]:
        if self._catalogue.down:
            raise NeighbourUnavailable("Books does not answer.")
        return self._catalogue.closed


class FakeMembers:
    """Members with the standings that a test puts in, by card number and by id.

    The card OLD was replaced, and LOST stopped.

    `guardians` are pairs: who may see, and whom; `acting` says of a pair what the first may do for the second.
    """

    def __init__(self, **by_card: Standing) -> None:
        self.by_card = dict(by_card)
        self.guardians: set[tuple[UUID, UUID]] = set()
        self.acting: dict[tuple[UUID, UUID], frozenset[str]] = {}
        self.merged: dict[UUID, UUID] = {}
        self.down = False
        self.known_categories: tuple[str, ...] = ("adult", "child", "student", "senior", "staff")
        self.down_for = 0
        """For how many questions it does not answer."""
        self.questions = 0
        self.rendezvous: asyncio.Barrier | None = None

    async def categories(self) -> tuple[str, ...]:
        return self.known_categories

    async def may_see(self, guardian_id: UUID, *, member_id: UUID) -> bool:
        if self.down:
            raise NeighbourUnavailable("Members does not answer.")
        return (guardian_id, member_id) in self.guardians

    async def standing(self, key: MemberKey) -> Standing:
        self.questions += 1
        if self.rendezvous is not None:
            await self.rendezvous.wait()
        self.down_for -= 1
        if self.down or self.down_for >= 0:
            raise NeighbourUnavailable("Members does not answer.")
        if key.card_number == "OLD":
            raise CardReplaced
        if key.card_number == "LOST":
            raise CardStopped
        for card, standing in self.by_card.items():
            stays = None if key.member_id is None else self.merged.get(key.member_id, key.member_id)
            if card == key.card_number or standing.member_id == stays:
                return standing if key.acting_for is None else self._acted_by(standing.member_id, key.acting_for)
        raise MemberNotFound

    def _acted_by(self, guardian_id: UUID, member_id: UUID) -> Standing:
        if (guardian_id, member_id) not in self.acting:
            raise GuardianNotFound
        acting = ActedBy(guardian_id, self.acting[guardian_id, member_id])
        standing = next(one for one in self.by_card.values() if one.member_id == member_id)
        return replace(
            standing,
            against_renewal=(*standing.against_renewal, *acting.against("renew")),
            against_hold=(*standing.against_hold, *acting.against("hold")),
            acted_by=acting,
        )


class FakeFigures(dict[str, list[Figure]]):
    """What books and members counted, by atom: what a test puts in."""

    down = False

    async def of_year(self, atom: str, year: ReportingYear, *, by: Sequence[str]) -> list[Figure]:
        if self.down:
            raise NeighbourUnavailable("Books does not answer.")
        return self.get(atom, [])
