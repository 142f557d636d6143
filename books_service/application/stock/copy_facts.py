"""The facts of a copy that a request names, checked: its branch, location and book exist."""

from collections.abc import Mapping
from typing import Any, cast

from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.branch import UnknownBranch
from books_service.domain.stock.copy import Copy, CopyFacts
from books_service.domain.stock.money import Money
from books_service.persistence.unit_of_work import UnitOfWork


async def facts_of(raw: Mapping[str, Any], uow: UnitOfWork, *, currency: str, copy: Copy | None = None) -> CopyFacts:
    """Return the facts in `raw` as the library writes them, for a new copy or for `copy`.

    A price has `amount`, `currency` or both, and is in the library's `currency`. A copy that moves to another branch
    leaves its location, unless `raw` names one there. Raises BookNotFound, UnknownBranch, UnknownLocation,
    InvalidBarcode, InvalidPrice or PriceInOtherCurrency.
    """
    facts: dict[str, Any] = dict(raw)
    if "book_id" in raw:
        facts["book_id"] = (await uow.books.get(raw["book_id"])).id
    if "barcode" in raw:
        facts["barcode"] = Barcode.parse(raw["barcode"])
    if raw.get("price") is not None:
        price = Money.revised(None if copy is None else copy.price, **raw["price"])
        facts["price"] = price.require_currency(currency)
    if "branch" in raw or raw.get("location") is not None:
        branch = await uow.branches.find(raw.get("branch", copy.branch if copy else ""))
        if branch is None:
            raise UnknownBranch
        facts["branch"] = branch.code
        if raw.get("location") is not None:
            facts["location"] = branch.location(raw["location"])
        elif copy is not None and branch.code != copy.branch:
            facts["location"] = None
    return cast("CopyFacts", facts)
