"""Describe a copy otherwise, or let it be at home in another branch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from books_service.application.catalogue.views import CopyView
from books_service.application.ports import UnitOfWork
from books_service.domain.stock.branch import UnknownBranch
from books_service.domain.stock.copy import Copy, CopyFacts, CopyNotFound, CopyOnLoan, InvalidItemType
from books_service.domain.stock.money import InvalidPrice, Money
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale

REFUSALS = (CopyNotFound, CopyOnLoan, UnknownBranch, InvalidItemType, InvalidPrice, OutOfDate)


@dataclass(frozen=True, slots=True)
class ReviseCopy:
    """The fields of AddCopy that change, but for book and barcode; None empties shelf mark, condition or price.

    Of the price, `amount` or `currency` or both.

    `version` is the one that the caller has seen; None changes whichever is there.
    """

    copy_id: UUID
    version: int | None
    fields: Mapping[str, Any]
    by: str | None = None


async def revise_copy(command: ReviseCopy, *, uow: UnitOfWork, clock: Clock) -> CopyView:
    """Change what is said of a copy.

    - Another `branch` makes the copy at home there. While it is on loan that is refused, saying when it is due.
    - Nothing happens when all of it is said already; every change is kept in the history of the copy.
    """
    async with uow:
        copy = await uow.copies.get(command.copy_id)
        refuse_if_stale(command.version, copy.version, thing="copy")
        circulation = await uow.circulation.of(copy.id)
        copy.revise(await _facts(command.fields, copy, uow), circulation=circulation, now=clock.now(), by=command.by)
        view = CopyView.of(copy, circulation)
        await uow.commit()
    return view


async def _facts(fields: Mapping[str, Any], copy: Copy, uow: UnitOfWork) -> CopyFacts:
    facts = dict(fields)
    if (price := fields.get("price")) is not None:
        facts["price"] = Money.revised(copy.price, **price)
    if "branch" in fields:
        branch = await uow.branches.find(fields["branch"])
        if branch is None:
            raise UnknownBranch
        facts["branch"] = branch.code
    return cast("CopyFacts", facts)
