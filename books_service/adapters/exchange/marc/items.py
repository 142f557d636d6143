"""Copies in MARC: the fields in which other systems keep their items, read and written by a mapping that is data."""

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_lowercase
from typing import Any

from pymarc import Field, Indicators, Record, Subfield

from books_service.adapters.exchange.marc.fields import READ_TAGS
from books_service.adapters.exchange.marc.title_page import unescaped
from books_service.adapters.exchange.marc.vocabulary import former_key
from books_service.adapters.exchange.marc.writing import fit
from books_service.application.exchange.ports import RawCopy
from books_service.application.exchange.reading_options import ITEMS, STATUS_FLAGS
from books_service.domain.stock.barcode import barcode_key
from books_service.domain.stock.copy_facts import DEFAULT_ITEM_TYPE
from books_service.domain.stock.copy_record import COPY_FIELDS, CopyRecord
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.viewer import STAFF_FIELDS
from shared.kernel.errors import LibraryError

OWN_TAG, HOLDING_BRANCH = "952", "b"
_ITEM_INFORMATION = ("876", "877", "878")
_PUBLIC_CODES = {
    tag: {code for name, codes in item.items() if name not in STAFF_FIELDS for code in codes}
    for tag, item in ITEMS.items()
}
_IN_852 = set(ascii_lowercase) - set(ITEMS["852"]["staff_note"])
"""MARC gives each letter of 852 its meaning; digits and capitals are anybody's."""
_NO_FLAG = {"", "0"}
_DEFAULTS = {"status": str(CopyStatus.IN_SERVICE), "item_type": DEFAULT_ITEM_TYPE}
"""The defaults of a copy."""


def items_of(record: Record, mapping: Mapping[str, Mapping[str, str]] | None) -> tuple[list[RawCopy], list[str]]:
    """Return the copies in a record, and the tags and subfields that were not read."""
    mapping = ITEMS if mapping is None else mapping
    copies, left_out = list[RawCopy](), list[str]()
    for field in record.fields:
        item = mapping.get(field.tag)
        copy = raw_copy_of(field, item) if item is not None else {}
        if item is not None and copy.get("barcode"):
            copies.append(copy)
            read = {code for codes in item.values() if not codes.startswith("=") for code in codes}
            left_out += [f"{field.tag}${code}" for code, value in field.subfields if code not in read and value.strip()]
        elif field.tag not in READ_TAGS and not former_key(field):
            left_out.append(field.tag)
    return copies, left_out


def raw_copy_of(field: Field, item: Mapping[str, str]) -> dict[str, str]:
    """Return what a field says of a copy. A flag that is set is its status; a text after = is the value itself."""
    values = {name: _value(field, codes) for name, codes in item.items()}
    copy = {name: values[name] for name in COPY_FIELDS if values.get(name)}
    if "status" not in copy:
        flag = next((name for name in STATUS_FLAGS if values.get(name, "") not in _NO_FLAG), None)
        if flag is not None:
            copy["status"] = str(CopyStatus.ON_ORDER) if values[flag].startswith("-") else flag
    if "price" in copy and values.get("currency"):
        copy["price"] = f"{copy['price']} {values['currency']}"
    return copy


def _value(field: Field, codes: str) -> str:
    if codes.startswith("="):
        return codes[1:]
    values = (unescaped(value).strip() for code in codes for found, value in field.subfields if found == code)
    return " ".join(values).strip()


def describes_copy(field: Sequence[Any]) -> bool:
    """Whether a stored field is one in which we read and write a copy."""
    tag, _, *rest = field
    code = ITEMS.get(tag, {}).get("barcode")
    return bool(rest) and any(found == code and unescaped(value).strip() for found, value in rest[0])


def with_items(
    fields: Sequence[Field], copies: Sequence[CopyRecord], holding_branches: Mapping[str, str] | None = None
) -> list[Field]:
    """Return `fields` with the items as `copies` are now; in a file, subfields that are not ours stay.

    `holding_branches` has those of the copies that are not at home, by the keys of their barcodes; None: it is a file.
    To the public an item says what we say of its copy and nothing else: other systems keep there what they paid for it.
    """
    is_file = holding_branches is None
    left = {copy.barcode.key: copy for copy in copies}
    updated: list[Field] = []
    for field in fields if is_file else for_the_public(fields):
        item = ITEMS.get(field.tag)
        raw = {} if item is None else raw_copy_of(field, item)
        if item is None or not raw.get("barcode"):
            updated.append(field)
            continue
        copy = left.pop(barcode_key(raw["barcode"]), None)
        if copy is not None:
            updated.append(_revised(field, item, raw, copy) if is_file else _placed(copy, holding_branches))
    return [*updated, *(_placed(copy, holding_branches) for copy in left.values())]


def for_the_public(fields: Sequence[Field]) -> Iterator[Field]:
    """Yield `fields` without what only staff read: of an item what our mapping reads of it, and it is public.

    Other fields in which systems keep items, and local ones that are not read, are left out: an import may have found
    copies there, and nobody knows what else stands in them. So is an item that says nothing else.
    """
    for field in fields:
        if field.tag in ITEMS:
            is_public = _IN_852 if field.tag == "852" else _PUBLIC_CODES[field.tag]
            if parts := [part for part in field.subfields if part.code in is_public]:
                yield Field(field.tag, indicators=field.indicators, subfields=parts)
        elif field.tag in READ_TAGS or not (field.tag.startswith("9") or field.tag in _ITEM_INFORMATION):
            yield field


def _placed(copy: CopyRecord, holding_branches: Mapping[str, str] | None) -> Field:
    """Return an item of our own, with the branch where the copy stands if it has floated: in 952 $b, as Koha has it."""
    field, branch = _new(copy), (holding_branches or {}).get(copy.barcode.key)
    if branch is not None:
        field.add_subfield(HOLDING_BRANCH, fit(branch))
    return field


def _revised(field: Field, item: Mapping[str, str], raw: Mapping[str, str], copy: CopyRecord) -> Field:
    """Return the field unchanged if it describes the copy; else one of our own, with all foreign subfields."""
    texts = copy.texts()
    try:
        same = CopyRecord.repaired(raw, copy.price.currency if copy.price else "")[0].texts()
    except LibraryError:
        same = {}
    if all(
        texts.get(name, _DEFAULTS.get(name)) == same.get(name, _DEFAULTS.get(name))
        for name in COPY_FIELDS
        if name in item
    ):
        return field
    ours = {code for codes in item.values() if not codes.startswith("=") for code in codes}
    others = [part for part in field.subfields if part.code not in ours]
    own = _new(copy)
    taken = {part.code for part in own.subfields}
    own.subfields += [part for part in others if part.code not in taken]
    return own


def _new(copy: CopyRecord) -> Field:
    item, texts = ITEMS[OWN_TAG], copy.texts()
    if texts.get("status", "") in STATUS_FLAGS and texts["status"] in item:
        texts[texts.pop("status")] = "1"  # as Koha says it
    parts = [Subfield(item[name], fit(text)) for name, text in texts.items() if name in item]
    return Field(OWN_TAG, indicators=Indicators(" ", " "), subfields=parts)
