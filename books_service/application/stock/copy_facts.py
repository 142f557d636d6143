"""The facts of a copy that a request names, checked: its branch, location and book exist."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, cast

from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.branch import Branch, UnknownBranch
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_facts import CopyFacts, item_type
from books_service.domain.stock.money import Money
from books_service.domain.stock.place import TemporaryPlace, end_of
from books_service.persistence.unit_of_work import UnitOfWork


async def facts_of(raw: Mapping[str, Any], uow: UnitOfWork, *, currency: str, copy: Copy | None = None) -> CopyFacts:
    """Return the facts in `raw` as the library writes them, for a new copy or for `copy`.

    A price has `amount`, `currency` or both, and is in the library's `currency`. A copy that moves to another branch
    leaves its location, unless `raw` names one there. Raises BookNotFound, UnknownBranch, BranchClosed,
    UnknownLocation, InvalidBarcode, InvalidPrice or PriceInOtherCurrency.
    """
    facts: dict[str, Any] = dict(raw)
    if "book_id" in raw:
        facts["book_id"] = (await uow.books.get(raw["book_id"])).id
    if "barcode" in raw:
        facts["barcode"] = Barcode.parse(raw["barcode"])
    if raw.get("price") is not None:
        price = Money.revised(None if copy is None else copy.price, **raw["price"])
        facts["price"] = price.require_currency(currency)
    facts |= await checked_place(raw, uow, copy=copy)
    return cast("CopyFacts", facts)


async def checked_place(raw: Mapping[str, Any], uow: UnitOfWork, *, copy: Copy | None = None) -> dict[str, Any]:
    """Return the branch and location in `raw` as facts, for a new copy or for `copy`; nothing if `raw` names neither.

    Raises UnknownBranch, BranchClosed or UnknownLocation.
    """
    if "branch" not in raw and raw.get("location") is None:
        return {}
    branch = await _branch(raw.get("branch", copy.own_place.branch if copy else ""), uow)
    facts: dict[str, Any] = {"branch": branch.code}
    if raw.get("location") is not None:
        facts["location"] = branch.location(raw["location"])
    elif copy is not None and branch.code != copy.own_place.branch:
        facts["location"] = None
    return facts


async def temporary_place(
    raw: Mapping[str, Any], uow: UnitOfWork, *, copy: Copy, home: str, now: datetime
) -> TemporaryPlace:
    """Return the temporary place of `copy` with what `raw` says of it; what `raw` leaves out stays as it is.

    `until` may be a day: it ends with that day, in the time zone of the branch. A location without a branch is one of
    `home`, the branch where the copy always belongs from now on. Raises UnknownBranch, UnknownLocation,
    InvalidItemType or InvalidTemporaryPlace.
    """
    before = copy.temporary or TemporaryPlace(since=now)
    given = {**asdict(before), **raw}
    code = given["branch"] or (home if given["location"] is not None else None)
    branch = await _branch(code or home, uow)
    if code is not None and branch.code != before.branch and "location" not in raw:
        given["location"] = None
    until = given["until"]
    place = TemporaryPlace(
        branch=None if code is None else branch.code,
        location=None if given["location"] is None else branch.location(given["location"]),
        item_type=None if given["item_type"] is None else item_type(given["item_type"]),
        until=until if until is None or isinstance(until, datetime) else end_of(until, branch.timezone),
        since=now,
    )
    if (place.branch, place.location) == (before.branch, before.location):
        place = replace(place, since=before.since)
    place.expect_to_hold(now)
    return place


async def _branch(code: str, uow: UnitOfWork) -> Branch:
    branch = await uow.branches.find(code)
    if branch is None:
        raise UnknownBranch
    return branch.expect_open()
