"""What a file says of a copy, cleaned. Whether its branch and its book exist is checked by the import."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, Self, cast

from books_service.domain.attributes import Attribute, attributes_in, attributes_text
from books_service.domain.stock.barcode import Barcode, InvalidBarcode
from books_service.domain.stock.branch import branch_code
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_facts import (
    LONGEST_EXTERNAL_ID,
    LONGEST_NOTE,
    LONGEST_VOLUME,
    CopyFacts,
    item_type,
)
from books_service.domain.stock.copy_refusals import InvalidStatus
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.money import InvalidPrice, Money
from books_service.domain.tags import tags_of, tags_text
from books_service.domain.text import flag, line
from books_service.domain.viewer import STAFF_FIELDS
from shared.kernel.currencies import in_minor_units, minor_digits
from shared.kernel.errors import InvalidValue

_PRICE = re.compile(r"(?:([A-Z]{3})\s*)?([0-9]{1,8})(?:[.,]([0-9]{1,3}))?(?:\s*([A-Z]{3}))?")


@dataclass(frozen=True, slots=True)
class CopyRecord:
    """A copy as a file describes it. None: it says nothing, and what the library says stays."""

    barcode: Barcode
    branch: str | None = None
    location: str | None = None
    item_type: str | None = None
    shelf_mark: str | None = None
    volume: str | None = None
    status: CopyStatus | None = None
    condition: str | None = None
    note: str | None = None
    staff_note: str | None = None
    keep_reason: str | None = None
    price: Money | None = None
    external_id: str | None = None
    suppressed: bool | None = None
    tags: tuple[str, ...] | None = None
    attributes: tuple[Attribute, ...] | None = None

    @classmethod
    def repaired(cls, raw: Mapping[str, str], currency: str) -> tuple[Self, tuple[InvalidValue, ...]]:
        """Build a record from the text of a file. Returns it with why each value that cannot be right was left out.

        Prices are in the library's `currency`. Raises InvalidBarcode when there is none that can be read: without one
        there is no copy.
        """
        if not raw.get("barcode"):
            raise InvalidBarcode
        clean: dict[str, Any] = {"barcode": Barcode.parse(raw["barcode"])}
        wrong: list[InvalidValue] = []
        for name, read in (_READERS | {"price": partial(price_of, ours=currency)}).items():
            try:
                if raw.get(name):
                    clean[name] = read(raw[name])
            except InvalidValue as error:
                wrong.append(error)
        return cls(**clean), tuple(wrong)

    @classmethod
    def of_copy(cls, copy: Copy, *, placed: bool) -> Self:
        """Return a copy as a file would describe it; without its branch unless it is `placed`."""
        facts = {each.name: copy.fact(each.name) for each in fields(cls)}
        facts |= {"branch": copy.own_place.branch if placed else None, "suppressed": copy.suppressed or None}
        facts |= {"tags": copy.tags or None, "attributes": copy.attributes or None}
        return cls(**facts)

    def for_the_public(self) -> Self:
        """Return what anybody may read of it."""
        silent: dict[str, Any] = dict.fromkeys(STAFF_FIELDS)
        return replace(self, **silent)

    def restricted_to(self, names: Collection[str]) -> Self:
        """Return this record with these fields alone; a copy always has its barcode."""
        silent: dict[str, Any] = {each.name: None for each in fields(self) if each.name not in {*names, "barcode"}}
        return replace(self, **silent)

    def texts(self) -> dict[str, str]:
        """Return all that it says as a file writes it, each as one text that `repaired` reads back."""
        values = {name: value for name in COPY_FIELDS if (value := getattr(self, name)) is not None}
        special: dict[str, Callable[[Any], str]] = {
            "price": price_text,
            "tags": tags_text,
            "attributes": attributes_text,
        }
        return {name: special.get(name, str)(value) for name, value in values.items()}

    def facts(self) -> CopyFacts:
        """Return its facts, but for branch, location and status, which the import handles by themselves."""
        facts = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in _APART}
        return cast("CopyFacts", {name: value for name, value in facts.items() if value is not None})


_APART = frozenset({"branch", "location", "status"})


def price_of(text: str, *, ours: str) -> Money:
    """Read a price in major units: `12.90 EUR`, `EUR 12,90`, or `12.90` of our own currency.

    Raises InvalidPrice, or PriceInOtherCurrency when it names another currency than ours.
    """
    found = _PRICE.fullmatch(text.strip().upper())
    if found is None or (found[1] and found[4]):
        raise InvalidPrice(f"A price in a file is an amount, with or without the library's currency: 12.90 {ours}.")
    currency = found[1] or found[4] or ours
    try:
        amount = in_minor_units(found[2], found[3] or "", currency)
    except ValueError:
        raise InvalidPrice(
            f"A price in {currency} has {minor_digits(currency)} digits behind the point at most."
        ) from None
    return Money(amount, currency).require_currency(ours)


def price_text(price: Money) -> str:
    """Return a price as `price_of` reads it back."""
    places = minor_digits(price.currency)
    if places == 0:
        return f"{price.amount} {price.currency}"
    whole, part = divmod(price.amount, 10**places)
    return f"{whole}.{part:0{places}} {price.currency}"


def _status(word: str) -> CopyStatus:
    try:
        return CopyStatus(word.strip().lower())
    except ValueError:
        raise InvalidStatus from None


_READERS: dict[str, Callable[..., Any]] = {
    "branch": branch_code,
    "location": branch_code,
    "item_type": lambda word: item_type(word.strip().lower()),
    "shelf_mark": partial(line, field="shelf_mark", limit=LONGEST_NOTE),
    "volume": partial(line, field="volume", limit=LONGEST_VOLUME),
    "status": _status,
    "condition": partial(line, field="condition", limit=LONGEST_NOTE),
    "note": partial(line, field="note", limit=LONGEST_NOTE),
    "staff_note": partial(line, field="staff_note", limit=LONGEST_NOTE),
    "keep_reason": partial(line, field="keep_reason", limit=LONGEST_NOTE),
    "price": price_of,
    "external_id": partial(line, field="external_id", limit=LONGEST_EXTERNAL_ID),
    "suppressed": partial(flag, field="suppressed"),
    "tags": lambda text: tags_of([text]) or None,
    "attributes": attributes_in,
}
COPY_FIELDS = ("barcode", *_READERS)
"""The names of what a file can say of a copy."""
