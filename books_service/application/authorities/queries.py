"""Authorities as they are shown, and the books that bear their headings."""

from collections.abc import AsyncIterator, Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, exists, select, tuple_

from books_service.application.authorities.views import AuthorityView
from books_service.application.catalogue.history import CatalogueChange
from books_service.application.catalogue.queries import changes_of
from books_service.application.search.queries.postgres_search import by_index
from books_service.application.search.queries.statements import Has, has_on_postgresql, has_on_sqlite
from books_service.domain.authorities.authority import (
    AuthorityKind,
    AuthorityMerged,
    AuthorityNotFound,
    AuthorityRecord,
    uri_key,
)
from books_service.domain.authorities.heading import heading_key
from books_service.domain.catalogue.index_term import AUTHOR, SUBJECT, words_to_find
from books_service.domain.search.search import Term
from books_service.persistence.authority_tables import (
    authorities,
    authority_keys,
    gone_authorities,
    heading_corrections,
)
from books_service.persistence.tables import books
from shared.kernel.errors import refuses
from shared.kernel.from_attributes import from_attributes
from shared.kernel.pace import Pace
from shared.persistence.database import Database
from shared.persistence.statements import Prepared
from shared.persistence.types import UtcDateTime

_AT_ONCE = 500
_BEHIND_ALL = "\U0010ffff"
_CORRECTING = exists().where(
    heading_corrections.c.authority_id == authorities.c.authority_id, heading_corrections.c.checks == 0
)
_AUTHORITY = select(authorities, _CORRECTING.label("correcting"))
_IS_ONE_DUE = Prepared(
    select(exists().where(heading_corrections.c.due_at <= bindparam("now", type_=UtcDateTime)).label("found"))
)


class AuthorityQueries:
    """Fetches authorities as they are shown."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @refuses(AuthorityNotFound, AuthorityMerged)
    async def authority(self, authority_id: UUID) -> AuthorityView:
        """Raises AuthorityNotFound, or AuthorityMerged with the one in its place."""
        row: Any = await self._database.first(_AUTHORITY.where(authorities.c.authority_id == authority_id))
        if row is not None:
            return _view(row)
        gone: Any = await self._database.first(
            select(gone_authorities.c.into_id).where(gone_authorities.c.authority_id == authority_id)
        )
        raise AuthorityNotFound if gone is None else AuthorityMerged(into=gone.into_id)

    async def is_correction_due(self, now: datetime) -> bool:
        """Return whether an authority waits to have its books corrected: a read without a lock, twice a second."""
        return bool((await self._database.first(_IS_ONE_DUE, now=now)).found)

    async def authorities(
        self,
        *,
        kind: str | None,
        beginning: str | None,
        uri: str | None,
        after: tuple[str, UUID] | None,
        limit: int,
    ) -> list[tuple[str, AuthorityView]]:
        """Return up to `limit` authorities behind a place, by headings, each with the key of its heading.

        `beginning` is that of a heading or of another form.
        """
        page = _AUTHORITY.order_by(authorities.c.heading_key, authorities.c.authority_id).limit(limit)
        if after is not None:
            page = page.where(tuple_(authorities.c.heading_key, authorities.c.authority_id) > after)
        if kind is not None:
            page = page.where(authorities.c.kind == AuthorityKind(kind))
        if beginning is not None:
            page = page.where(authorities.c.authority_id.in_(_beginning_with(heading_key(beginning))))
        if uri is not None:
            linked = select(authority_keys.c.authority_id).where(authority_keys.c.key == uri_key(uri))
            page = page.where(authorities.c.authority_id.in_(linked))
        return [(row.heading_key, _view(row)) for row in await self._database.rows(page)]

    @refuses(AuthorityNotFound)
    async def history(self, authority_id: UUID, *, before: int | None, limit: int) -> list[CatalogueChange]:
        """Return up to `limit` changes before the place `before`, newest first, even of one that was merged.

        Raises AuthorityNotFound.
        """
        found = await changes_of(self._database, authority_id, before=before, limit=limit)
        if not found:
            theirs = select(authorities.c.authority_id).where(authorities.c.authority_id == authority_id)
            if await self._database.first(theirs) is None:
                raise AuthorityNotFound
        return found

    async def behind(self, authority_id: UUID | None, *, limit: int) -> list[tuple[UUID, AuthorityRecord]]:
        """Return the next authorities behind this one, in the order in which they were added."""
        query = select(authorities).order_by(authorities.c.authority_id).limit(limit)
        if authority_id is not None:
            query = query.where(authorities.c.authority_id > authority_id)
        rows = await self._database.rows(query)
        return [(row.authority_id, from_attributes(row, AuthorityRecord)) for row in rows]

    async def bearers(self, forms: Collection[str]) -> list[UUID]:
        """Return the books that bear one of these forms, however it is written, by their ids.

        Words lead to them, so that only those books are read which have all words of a form among their names or
        subjects.
        """
        keys, found, pace = frozenset(map(heading_key, forms)), set[UUID](), Pace()
        async for row in self._with_words(forms):
            await pace()
            made = (one.name for one in row.contributors)
            if not keys.isdisjoint(map(heading_key, (*row.authors, *made, *row.subjects))):
                found.add(row.book_id)
        return sorted(found)

    async def _with_words(self, forms: Collection[str]) -> AsyncIterator[Any]:
        on_postgresql = self._database.dialect == "postgresql"
        has: Has = has_on_postgresql if on_postgresql else has_on_sqlite
        shown = select(books.c.book_id, books.c.authors, books.c.contributors, books.c.subjects)
        # Half of all books may have a common word: PostgreSQL would rather read all of them.
        async with by_index(self._database) if on_postgresql else self._database.reading() as connection:
            for form in forms:
                terms = [Term((word,)) for word in dict.fromkeys(words_to_find(form))]
                for sign in (AUTHOR, SUBJECT):
                    query = shown.where(has(books, [term.signed(sign) for term in terms]))
                    async with connection.stream(query.execution_options(yield_per=_AT_ONCE)) as rows:
                        async for row in rows:
                            yield row


def _beginning_with(key: str) -> Select[tuple[UUID]]:
    begun = authority_keys.c.key >= key, authority_keys.c.key < key + _BEHIND_ALL
    return select(authority_keys.c.authority_id).where(*begun)


def _view(row: Row[Any]) -> AuthorityView:
    return from_attributes(row, AuthorityView)
