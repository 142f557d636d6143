"""Compare what the catalogue shows with what lending knows, and republish what differs."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from loans_service.application.consistency.money import MoneyFaults, ShowBalance
from loans_service.application.consistency.queries.circulation import ConsistencyQueries
from loans_service.application.neighbours import CatalogueStates
from loans_service.domain.circulating_copy import CopyKey, CopyState
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refusals_of, refuses
from shared.kernel.receipts import Receipt

AT_ONCE = 100
MOST_COPIES = 10_000
MOST_LISTED = 100
MOST_FINES = 10_000
SETTLING_SECONDS = 0.5  # events take milliseconds to arrive
BEGINNING, END = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class CheckPlace:
    """How far a check has come: the last copy and the last fine checked."""

    copy_id: UUID = BEGINNING
    fine_id: UUID = BEGINNING


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A copy whose state in books differs from that in lending."""

    books: CopyState
    loans: CopyState


@dataclass(frozen=True, slots=True)
class ConsistencyView:
    """What a check found up to `reached`; `checked` counts copies. There is more unless it is `complete`."""

    checked: int
    disagreements: list[Disagreement]
    in_two_places: list[UUID]
    balances_wrong: list[UUID]
    money: MoneyFaults
    reached: CheckPlace

    @property
    def complete(self) -> bool:
        """Whether nothing is left to check."""
        return self.reached == CheckPlace(END, END)


@dataclass(frozen=True, slots=True)
class RepairView:
    """The states that were republished, and what the check before found."""

    found: ConsistencyView
    republished: list[CopyState]


@refuses(NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class CheckConsistency:
    """Compare what books shows of copies with the open loans, hold shelves and copies on their way.

    - They differ in availability, due date, the branch that a copy travels to, or where it stands and why.
    - Both sides are walked in the order of the copies' ids, so a copy is found that only one of them knows. A request
      looks at some 10,000 copies and 10,000 fines, and lists some hundred disagreements: while `complete` is false, go
      on with `next_cursor`.
    - News travels for milliseconds, so a copy that differs is looked at again half a second later, and listed only if
      it differs still. While the broker is away or news waits for delivery, what waits is listed here, and will heal.
    - `in_two_places`: copies that are lent and, against all rules, on a hold shelf or on their way.
    - `balances_wrong`: fines whose `owed` is not what their postings come to.
    - `sums_wrong` and `tills_wrong`: what `GET /v1/tills/balance` shows in full, the money in a currency that does not
      add up, and tills whose drawer does not or that lack a receipt. They are looked at at the beginning of a walk;
      all postings and receipts are counted anew, and what is kept of them as sums is compared with that.
      None of these heals by a repair.
    """

    circulation: ConsistencyQueries
    catalogue_states: CatalogueStates
    balance: ShowBalance
    settling: float = SETTLING_SECONDS

    async def __call__(self, place: CheckPlace) -> ConsistencyView:
        copy_id, checked, suspects = place.copy_id, 0, list[UUID]()
        while copy_id != END and checked < MOST_COPIES and len(suspects) < MOST_LISTED:
            theirs = await self.catalogue_states.states_away(after=copy_id, limit=AT_ONCE)
            ours = await self.circulation.away(after=copy_id, limit=AT_ONCE)
            # A full page may have successors: both sides are complete only up to the end of the shorter page.
            copy_id = min(_complete_up_to(ours), _complete_up_to(theirs))
            differing, compared = _compare(ours, theirs, copy_id)
            suspects += [one.loans.copy_id for one in differing]
            checked += compared
        money = await self.balance.faults() if place == CheckPlace() else MoneyFaults([], [])
        fines = [] if place.fine_id == END else await self.circulation.balances(after=place.fine_id, limit=MOST_FINES)
        return ConsistencyView(
            checked,
            await self._still_differing(suspects),
            await self.circulation.in_two_places(after=place.copy_id, until=copy_id),
            [fine.fine_id for fine in fines if fine.owed != fine.posted],
            money,
            CheckPlace(copy_id, fines[-1].fine_id if len(fines) == MOST_FINES else END),
        )

    async def _still_differing(self, suspects: list[UUID]) -> list[Disagreement]:
        if suspects:
            await asyncio.sleep(self.settling)
        found: list[Disagreement] = []
        for start in range(0, len(suspects), AT_ONCE):
            some = suspects[start : start + AT_ONCE]
            theirs = await self.catalogue_states.states_of(some)
            found += _compare(await self.circulation.states_of(some), theirs)[0]
        return found


@refuses(*refusals_of(CheckConsistency))
@dataclass(frozen=True, slots=True)
class RepairConsistency:
    """Check, and tell books again of each copy that it shows otherwise than it stands.

    - Each is told in a transaction of its own, while nobody else works with the copies of its book: what is told is
      the present state, and whatever happens next is told after it. Telling once more does no harm.
    - The answer names what was told. Books has taken it when a check finds nothing any more, usually within a second.
    - A request goes as far as a check does, and mends some hundred copies at most. While `found.complete` is false more
      may remain: repeat it with `found.next_cursor` as `cursor`. Each copy is met once on the way, so this ends.
    """

    unit_of_work: LoansWorkFactory
    check: CheckConsistency
    clock: Clock

    async def __call__(self, place: CheckPlace, receipt: Receipt | None = None) -> RepairView:
        found = await self.check(place)
        republished = [await self._republish(one) for one in found.disagreements]
        view = RepairView(found, [state for state in republished if state is not None])
        async with self.unit_of_work(receipt) as uow:
            await uow.commit(answer=view)
        return view

    async def _republish(self, one: Disagreement) -> CopyState | None:
        """Publish how the copy stands and return it; None if the copy's book is unknown."""
        copy_id, book_id = one.loans.copy_id, one.loans.book_id or one.books.book_id
        async with self.unit_of_work() as uow:
            if book_id is None:
                copy = await uow.copies.find(CopyKey(copy_id=copy_id))
                book_id = copy.book_id if copy else None
            if book_id is None:
                return None
            await uow.lock(book_id=book_id)
            state = await uow.copies.republish_state(copy_id, book_id=book_id, now=self.clock.now())
            await uow.commit()
        return state


def _complete_up_to(page: list[CopyState]) -> UUID:
    return page[-1].copy_id if len(page) >= AT_ONCE else END


def _compare(
    ours: Iterable[CopyState], theirs: Iterable[CopyState], until: UUID = END
) -> tuple[list[Disagreement], int]:
    """Return the copies up to `until` that differ, and how many were compared. Unlisted copies are at home."""
    ours_by_id = {state.copy_id: state for state in ours if state.copy_id <= until}
    theirs_by_id = {state.copy_id: state for state in theirs if state.copy_id <= until}
    copy_ids = sorted(ours_by_id.keys() | theirs_by_id.keys())
    pairs = [
        (theirs_by_id.get(one, CopyState.at_home(one)), ours_by_id.get(one, CopyState.at_home(one))) for one in copy_ids
    ]
    return [
        Disagreement(catalogue_state, own_state)
        for catalogue_state, own_state in pairs
        if not catalogue_state.agrees_with(own_state)
    ], len(copy_ids)
