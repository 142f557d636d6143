"""Where the values of facets stand in the rows of books, and of what belongs to them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    String,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    true,
    type_coerce,
)

from books_service.domain.catalogue.format import ONLINE_FORMATS
from books_service.domain.search.search import Facet
from books_service.domain.stock.copy_status import CopyStatus
from books_service.persistence.tables import IS_SHOWN, books, bound_copies, copies, stock

_LISTS = {Facet.AUTHOR: "authors", Facet.SUBJECT: "subjects"}
_FURTHER = "further_languages"
_PARTS = {Facet.SERIES: ("series", "title"), Facet.CLASSIFICATION: ("classification", "value")}
_OF_COPIES = {Facet.ITEM_TYPE: copies.c.item_type, Facet.SHELF_MARK: copies.c.shelf_mark}
_OWN = copies.alias("own")
_OF_BRANCHES = frozenset({Facet.BRANCH, Facet.AVAILABLE_AT})

Values = tuple[ColumnElement[Any], FromClause, Sequence[ColumnElement[bool]]]
"""The column of the values, the rows that have it, and which of them count."""


class FacetValues:
    """The values of facets, on either database."""

    def __init__(self, *, on_postgresql: bool) -> None:
        self._on_postgresql = on_postgresql

    def columns(self, facets: AbstractSet[Facet]) -> list[ColumnElement[Any]]:
        """Return the columns of `books` that these facets are counted by."""
        named = {name for facet, name in _LISTS.items() if facet in facets}
        named |= {name for facet, (name, _) in _PARTS.items() if facet in facets}
        named |= {_FURTHER} if Facet.LANGUAGE in facets else set()
        columns: list[ColumnElement[Any]] = [books.c[name] for name in sorted(named)]
        for facet, column in ((Facet.LANGUAGE, "language"), (Facet.FORMAT, "format"), (Facet.PUBLISHER, "publisher")):
            columns += [type_coerce(books.c[column], String).label(column)] if facet in facets else []
        if Facet.ONLINE in facets:
            length = func.jsonb_array_length if self._on_postgresql else func.json_array_length
            is_online = or_(length(books.c.links) > 0, func.coalesce(books.c.format, "").in_([*ONLINE_FORMATS]))
            columns.append(case((is_online, literal("true")), else_=literal("false")).label("online"))
        return columns

    def of(self, facet: Facet, found: Any) -> list[Values]:
        """Return the values of a facet in the books that were found; those of several kinds are counted together."""
        if facet in _LISTS:
            return [self._listed(_LISTS[facet], found)]
        if facet is Facet.LANGUAGE:  # the first has a column of its own
            return [(found.c.language, found, ()), self._listed(_FURTHER, found)]
        if facet in _PARTS:
            name, part = _PARTS[facet]
            each = self._split(found.c[name], as_text=False).table_valued("value")
            return [(self._part(each.c.value, part), found.join(each, true()), ())]
        if facet in _OF_BRANCHES:
            held = found.join(stock, stock.c.book_id == found.c.book_id)
            split = func.jsonb_each if self._on_postgresql else func.json_each
            each = split(stock.c.branches).table_valued("key", "value")
            is_available = cast(self._part(each.c.value, 3), Integer) > 0
            conditions = (is_available,) if facet is Facet.AVAILABLE_AT else ()
            return [(self._part(each.c.value, 0), held.join(each, true()), conditions)]
        if facet in _OF_COPIES:
            column = _OF_COPIES[facet]
            bound = found.join(bound_copies, bound_copies.c.book_id == found.c.book_id)
            bound = bound.join(copies, copies.c.copy_id == bound_copies.c.copy_id)
            alike = exists().where(
                _OWN.c.book_id == found.c.book_id,
                _OWN.c[column.name] == column,
                _OWN.c.suppressed.is_(False),
                _OWN.c.status.in_([status for status in CopyStatus if status.public]),
            )
            return [
                (column, found.join(copies, copies.c.book_id == found.c.book_id), (IS_SHOWN,)),
                (column, bound, (IS_SHOWN, ~alike)),  # else the book counts twice
            ]
        return [(found.c[facet.value], found, ())]

    def _listed(self, name: str, found: Any) -> Values:
        each = self._split(found.c[name], as_text=True).table_valued("value")
        return each.c.value, found.join(each, true()), ()

    def _split(self, values: ColumnElement[Any], *, as_text: bool) -> Any:
        """Return the values of a JSON array, one by one."""
        if not self._on_postgresql:
            return func.json_each(values)
        return func.jsonb_array_elements_text(values) if as_text else func.jsonb_array_elements(values)

    def _part(self, value: ColumnElement[Any], part: str | int) -> ColumnElement[Any]:
        """Return a part of a JSON value as text."""
        if self._on_postgresql:
            return func.jsonb_extract_path_text(value, str(part))
        return func.json_extract(value, f"$[{part}]" if isinstance(part, int) else f"$.{part}")
