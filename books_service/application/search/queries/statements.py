"""Searches as SQL that both databases understand; each looks into its own index of words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Select,
    String,
    Text,
    and_,
    case,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    table,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from books_service.application.catalogue.queries import BOOK
from books_service.domain.catalogue.index_term import ONLINE
from books_service.domain.catalogue.record import EARLIEST_YEAR
from books_service.domain.search.search import Order, Rank, Search, SearchPlace, Term
from books_service.persistence.tables import book_identifiers, books, stock

Has = Callable[[FromClause, Sequence[Term]], ColumnElement[bool]]
"""Returns the condition that a book has every one of some terms."""

_PLACED = ("book_id", "title_key")
_KEYS: Mapping[Order, ColumnElement[Any]] = {
    Order.TITLE: books.c.sort_key,
    Order.AUTHOR: books.c.author_key,
    Order.SHELF_MARK: stock.c.shelf_key,
    Order.NEWEST: books.c.year_key,
    Order.NEWLY_ADDED: books.c.added_at,
    Order.RELEVANCE: books.c.added_at,
    Order.MOST_LENT: stock.c.loans,
}
_ASCENDING = frozenset({Order.TITLE, Order.AUTHOR, Order.SHELF_MARK})
_BY_STOCK = frozenset({Order.SHELF_MARK, Order.MOST_LENT})
_HELD = stock.alias("held")
_VAGUE = 3  # letters, the sign included
_BEHIND_ALL = "\U0010ffff"
_NUMBERS = table("book_numbers", column("number"), column("book_id"))
_INDEX = table("book_index_terms", column("rowid"), column("book_index_terms"))


def has_on_postgresql(rows: FromClause, terms: Sequence[Term]) -> ColumnElement[bool]:
    """Ask the tsvector, or its index."""
    return rows.c.index_terms.op("@@", return_type=Boolean())(cast(literal(as_tsquery(terms), String), TSQUERY))


def has_clearly(rows: FromClause, terms: Sequence[Term]) -> ColumnElement[bool]:
    """Ask the index of PostgreSQL for the clear terms alone, and compare the others with what it finds."""
    clear = clear_among(terms)
    others = [term for term in terms if term not in clear]
    if not others:
        return has_on_postgresql(rows, terms)
    return and_(has_on_postgresql(rows, clear), has_on_postgresql(rows, others).is_(true()))


def clear_among(terms: Sequence[Term]) -> Sequence[Term]:
    """Return the terms but for short beginnings, whose many words the index takes long to put together.

    If all are such beginnings, return all.
    """
    return [term for term in terms if not term.begins or len(term.words[0]) > _VAGUE] or terms


def as_tsquery(terms: Sequence[Term]) -> str:
    """Return terms as PostgreSQL reads them; there is neither quote nor backslash in their words."""
    return _written(terms, word="'{}'", beginning="'{}':*", one_of=" | ", all_of=" & ")


def has_on_sqlite(rows: FromClause, terms: Sequence[Term]) -> ColumnElement[bool]:
    """Ask the FTS5 table, which knows books by numbers of its own."""
    match = _written(terms, word='"{}"', beginning='"{}" *', one_of=" OR ", all_of=" AND ")
    numbers = select(_INDEX.c.rowid).where(_INDEX.c.book_index_terms.op("MATCH")(literal(match, Text)))
    return rows.c.book_id.in_(select(_NUMBERS.c.book_id).where(_NUMBERS.c.number.in_(numbers)))


def _written(terms: Sequence[Term], *, word: str, beginning: str, one_of: str, all_of: str) -> str:
    return all_of.join(
        f"({one_of.join((beginning if term.begins else word).format(each) for each in term.words)})" for term in terms
    )


class SearchCriteria:
    """What a search asks of the rows of `books`, or of some part of them."""

    def __init__(self, search: Search, has: Has) -> None:
        self._search = search
        self._has = has

    def conditions(
        self, rows: FromClause, rank: Rank = Rank.NONE, *, walked: bool = False
    ) -> Iterator[ColumnElement[bool]]:
        """Return the conditions, all of which must hold; with a `rank`, those of just this rank.

        `walked`: rows come one by one, and few are looked at; they are of books that are shown.
        """
        search = self._search
        in_title = rank in (Rank.TITLE_BEGINS, Rank.IN_TITLE)
        terms = search.in_title if in_title else search.anywhere
        yield true() if walked else self.shown(rows)
        if terms:
            yield (
                self._has(rows, terms)
                if in_title or search.typed_number is None
                else self._has_terms_or_number(rows, search.typed_number)
            )
        if rank is Rank.TITLE_BEGINS:
            yield self.begins(rows)
        if rank is Rank.IN_TITLE:
            yield not_(self.begins(rows))
        if rank is Rank.ELSEWHERE:
            yield not_(self._has(rows, search.in_title))
        yield from self._of_few(rows)
        if search.first_year is not None:
            yield rows.c.year_key >= search.first_year
        if search.last_year is not None:
            yield rows.c.year_key.between(EARLIEST_YEAR, search.last_year)
        if search.available or search.available_at is not None:
            can_be_had = (
                _HELD.c.available > 0 if search.available_at is None else self._available_at(search.available_at)
            )
            had = select(can_be_had).where(_HELD.c.book_id == rows.c.book_id)
            held = func.coalesce(had.scalar_subquery(), false()) if walked else exists(had.where(can_be_had))
            yield held if search.available_at is not None else or_(held, self._needs_no_copy(rows))

    def _of_few(self, rows: FromClause) -> Iterator[ColumnElement[bool]]:
        """Return the conditions that few books meet, each with an index of its own."""
        search = self._search
        if search.suppressed:
            yield and_(rows.c.suppressed.is_not(None), rows.c.suppressed)
        if search.number is not None:
            yield rows.c.number == search.number
        if search.isbn is not None:
            named = select(book_identifiers.c.book_id).where(book_identifiers.c.key == search.isbn.key)
            yield rows.c.book_id.in_(named)

    def _has_terms_or_number(self, rows: FromClause, number: int) -> ColumnElement[bool]:
        """Return the condition that a book has every term, or has the number and what is filtered by."""
        filters = self._search.filters
        is_it = rows.c.number == number
        if filters:
            is_it = and_(is_it, self._has(rows, filters))
        return or_(self._has(rows, self._search.anywhere), is_it)

    def _available_at(self, branch: str) -> ColumnElement[bool]:
        key = branch.strip().upper()
        if self._has is has_on_sqlite:
            return func.json_extract(_HELD.c.branches, f'$."{key}"[3]', type_=Integer) > 0
        return cast(func.jsonb_extract_path_text(_HELD.c.branches, key, "3"), Integer) > 0

    def _needs_no_copy(self, rows: FromClause) -> ColumnElement[bool]:
        """Return the condition that a book is online, and the library has no copy of it."""
        copies = (
            select(_HELD.c.copies - _HELD.c.hidden_copies).where(_HELD.c.book_id == rows.c.book_id).scalar_subquery()
        )
        return and_(self._has(rows, (Term((ONLINE,)),)), func.coalesce(copies, 0) == 0)

    def shown(self, rows: FromClause) -> ColumnElement[bool]:
        """Return the condition for the books that are looked through at all."""
        return true() if self._search.with_hidden else rows.c.hidden.is_(False)

    def rank(self, rows: FromClause) -> ColumnElement[int]:
        """Return the rank of a book that meets all criteria."""
        in_title = self._has(rows, self._search.in_title)
        begins = and_(in_title, self.begins(rows))
        return case(
            (begins, literal(int(Rank.TITLE_BEGINS))),
            (in_title, literal(int(Rank.IN_TITLE))),
            else_=literal(int(Rank.ELSEWHERE)),
        )

    def begins(self, rows: FromClause) -> ColumnElement[bool]:
        """Return the condition that the title begins with that of the search."""
        title = self._search.title or ""
        return and_(rows.c.title_key >= title, rows.c.title_key < title + _BEHIND_ALL)


def matching(
    search: Search, has: Has, order: Order, *, after: SearchPlace | None, limit: int, rank: Rank = Rank.NONE
) -> Select[Any]:
    """Return the statement that finds all matches, and of them the first `limit` books after a place.

    With a `rank` only books of this rank are taken. It costs as much as there is to be found.
    """
    criteria = SearchCriteria(search, has)
    several = order is Order.RELEVANCE and search.ranks and rank is Rank.NONE
    found_rank: ColumnElement[int] = criteria.rank(books) if several else literal(int(rank))
    hits = (
        _placed(order, found_rank.label("rank"))
        .where(*criteria.conditions(books, rank))
        .cte("hits")
        .prefix_with("MATERIALIZED", dialect="postgresql")  # else an index of the order may be walked to its end
    )
    query = select(hits) if after is None else select(hits).where(_behind(hits, order, after, several=several))
    return _in_full(query, limit, order, rank, several=several)


def walking(
    search: Search, has: Has, order: Order, *, after: SearchPlace | None, limit: int, rank: Rank, steps: int
) -> Select[Any]:
    """Return the statement that walks through the books in their order, from a place on, and returns the matches.

    It costs `steps` at most, and less where much is found. If it ends for that reason, its last row says that it
    `stopped`, and whether this one is a `hit` as all others are.
    """
    criteria = SearchCriteria(search, has)
    ordered = _in_order(books, order, rank)
    step = func.row_number().over(order_by=ordered).label("step")
    part = _placed(order, books.c.number, books.c.year_key, books.c.index_terms, step).where(criteria.shown(books))
    if rank is Rank.TITLE_BEGINS:
        part = part.where(criteria.begins(books))
    if after is not None:
        part = part.where(_behind(books, order, after))
    rows = part.order_by(*ordered).limit(steps).subquery("part")
    hit = and_(*criteria.conditions(rows, rank, walked=True))
    stopped = rows.c.step == steps
    names = (*_PLACED, "placed_by")
    picked = select(*(rows.c[name] for name in names), literal(int(rank)).label("rank"), hit.label("hit"))
    picked = picked.add_columns(stopped.label("stopped")).where(or_(hit, stopped))
    return _in_full(picked, limit, order, rank)


def place_of(row: Row[Any]) -> SearchPlace:
    """Return where a book that was found stands."""
    key = row.title_key if row.rank == Rank.TITLE_BEGINS else row.placed_by
    return SearchPlace(respelt=False, rank=row.rank, key=key, book_id=row.book_id)


def _placed(order: Order, *others: ColumnElement[Any]) -> Select[Any]:
    """Return the SELECT of what places books in an order, and of other columns of them."""
    columns = (*(books.c[name] for name in _PLACED), _KEYS[order].label("placed_by"), *others)
    rows = books.join(stock, stock.c.book_id == books.c.book_id) if order in _BY_STOCK else books
    return select(*columns).select_from(rows)


def _place_in(rows: Any, order: Order) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return the columns that place rows of `books`, or of what was selected of them."""
    if rows is books:
        return _KEYS[order], stock.c.book_id if order in _BY_STOCK else books.c.book_id
    columns = getattr(rows, "c", rows)
    return columns.placed_by, columns.book_id


def _in_full(query: Select[Any], limit: int, order: Order, rank: Rank, *, several: bool = False) -> Select[Any]:
    """Return the statement that shows the first books of a query in full."""
    found = query.order_by(*_in_order(query.selected_columns, order, rank, several=several)).limit(limit).subquery()
    statement = BOOK.join(found, found.c.book_id == books.c.book_id)
    statement = statement.add_columns(*(column for column in found.c if column.name not in _PLACED))
    return statement.order_by(*_in_order(found, order, rank, several=several))


def _in_order(rows: Any, order: Order, rank: Rank, *, several: bool = False) -> tuple[ColumnElement[Any], ...]:
    """Return what rows are sorted by: all of one rank, or of several."""
    columns = getattr(rows, "c", rows)
    by_title = (columns.title_key, columns.book_id)
    if rank is Rank.TITLE_BEGINS:
        return by_title
    key, book_id = _place_in(rows, order)
    if order in _ASCENDING:
        return (key, book_id)
    usual = (key.desc(), book_id.desc())
    if not several:
        return usual
    first = columns.rank == int(Rank.TITLE_BEGINS)
    return (columns.rank, *(case((first, column)) for column in by_title), *usual)


def _behind(rows: FromClause, order: Order, after: SearchPlace, *, several: bool = False) -> ColumnElement[bool]:
    """Return the condition for what follows a place, among rows of its rank or of several."""
    place = (after.key, after.book_id)
    if after.rank == Rank.TITLE_BEGINS:
        behind = tuple_(rows.c.title_key, rows.c.book_id) > place
    elif order in _ASCENDING:
        behind = tuple_(*_place_in(rows, order)) > place
    else:
        behind = tuple_(*_place_in(rows, order)) < place
    if not several:
        return behind
    return or_(rows.c.rank > after.rank, and_(rows.c.rank == after.rank, behind))
