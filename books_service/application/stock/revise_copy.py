"""Describe a copy otherwise, correct its barcode, or let it be at home elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from books_service.application.stock.add_copy import AddCopy
from books_service.application.stock.copy_facts import facts_of, temporary_place
from books_service.application.stock.views import CopyView
from books_service.domain.rights import COPIES
from books_service.domain.stock.copy_refusals import CopyNotFound, CopyOnLoan
from books_service.domain.stock.place import InvalidTemporaryPlace
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refusals_of, refuse_if_stale, refuses
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class CopyRevision:
    """The facts of a copy that change; None empties location, shelf mark, volume, condition, notes, price or temporary.

    Of the price, `amount` or `currency` or both; of the temporary place, what changes. `version` is the one that the
    caller has seen; None: any version.
    """

    copy_id: UUID
    version: int | None
    facts: Mapping[str, Any]
    by: str | None = None


@refuses(CopyNotFound, CopyOnLoan, InvalidTemporaryPlace, OutOfDate, *refusals_of(AddCopy))
@dataclass(frozen=True, slots=True)
class ReviseCopy:
    """Change what is said of a copy.

    - Another `branch` makes the copy at home there. While it is on loan that is refused, saying when it is due.
    - Another `barcode` must be new in the library: a label that was mistyped or replaced.
    - Another `book_id` corrects under which book it was entered. Lending lets its loans follow, the open one too, and
      the holds for this very copy; who waits for the other book and was to get it waits again. One of the books that
      are bound in it may be that.
    - A `temporary` place or item type counts in the place of the copy's own, for the catalogue and for lending: as with
      another `branch` a copy on its shelf stands there at once, any other when it is scanned there. It ends by itself
      within a minute after `until`, or with null; `branch`, `location` and `item_type` are what then counts again.
    - A price is one in the library's currency.
    - Nothing happens when all of it is said already; every change is kept in the history of the copy.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock
    currency: str

    async def __call__(self, command: CopyRevision) -> CopyView:
        async with self.unit_of_work() as uow:
            copy = await uow.copies.get(command.copy_id)
            authorise(COPIES, copy.branch)
            refuse_if_stale(command.version, copy.version, thing="copy")
            circulation, now = await uow.circulation.of(copy.id), self.clock.now()
            facts = await facts_of(command.facts, uow, currency=self.currency, copy=copy)
            if facts.get("temporary") is not None:
                home = facts.get("branch", copy.own_place.branch)
                facts["temporary"] = place = await temporary_place(
                    command.facts["temporary"], uow, copy=copy, home=home, now=now
                )
                if place.branch is not None:
                    authorise(COPIES, place.branch)
            if "branch" in facts:
                authorise(COPIES, facts["branch"])
            copy.revise(facts, circulation=circulation, now=now, by=command.by)
            view = CopyView.of(copy, circulation, await uow.copies.bound_titles([copy]))
            await uow.commit()
        return view
