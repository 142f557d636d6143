"""The authorities, on tables: with each change their keys, their history and the correction of books are written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.domain.authorities.authority import (
    Authority,
    AuthorityChanged,
    AuthorityKind,
    AuthorityMerged,
    AuthorityNotFound,
    AuthorityRecord,
)
from books_service.persistence.authorities.corrections import Corrections
from books_service.persistence.authority_tables import authorities, authority_keys, gone_authorities
from books_service.persistence.past_tables import changes


class Authorities:
    """The authorities of the catalogue."""

    def __init__(self, session: AsyncSession, corrections: Corrections) -> None:
        self._session = session
        self._corrections = corrections
        self._in_hand: dict[UUID, Authority] = {}

    def add(self, authority: Authority) -> None:
        self._session.add(authority)
        self._in_hand[authority.id] = authority

    async def get(self, *authority_ids: UUID) -> list[Authority]:
        """Return these authorities, locked until the end. Raises AuthorityNotFound or AuthorityMerged."""
        theirs = select(Authority).where(authorities.c.authority_id.in_(authority_ids))
        locked = theirs.order_by(authorities.c.authority_id).with_for_update()
        found = {one.id: one for one in await self._session.scalars(locked)}
        for missing in authority_ids:
            if missing not in found:
                into = (await self.survivors([missing])).get(missing)
                raise AuthorityNotFound if into is None else AuthorityMerged(into=into)
        self._in_hand |= found
        return [found[one] for one in authority_ids]

    async def survivors(self, authority_ids: Collection[UUID]) -> Mapping[UUID, UUID]:
        """Return into which authority each of these was merged; those that are still there are left out."""
        gone = select(gone_authorities).where(gone_authorities.c.authority_id.in_(authority_ids))
        return {row.authority_id: row.into_id for row in await self._session.execute(gone)}

    async def id_of(self, kind: AuthorityKind, key: str) -> UUID | None:
        """Return which authority of a kind has a heading with this key."""
        query = select(authorities.c.authority_id)
        return await self._session.scalar(query.where(authorities.c.heading_key == key, authorities.c.kind == kind))

    async def like(self, records: Sequence[AuthorityRecord], ids: Collection[UUID]) -> Sequence[Authority]:
        """Return the authorities with these ids, and those with the heading or a URI of one of the records."""
        headings = {(record.key, record.kind.value) for record in records}
        uris = {key for record in records for key in record.uri_keys}
        same = select(authorities.c.authority_id).where(
            tuple_(authorities.c.heading_key, authorities.c.kind).in_(headings)
        )
        linked = select(authority_keys.c.authority_id).where(authority_keys.c.key.in_(uris))
        given = select(authorities.c.authority_id).where(authorities.c.authority_id.in_(ids))
        theirs = authorities.c.authority_id.in_(same.union(linked, given))
        query = select(Authority).where(theirs).order_by(authorities.c.authority_id)
        found = {one.id: one for one in await self._session.scalars(query)}
        self._in_hand |= found
        return list(found.values())

    async def merge(self, authority: Authority, into: Authority) -> None:
        """Take the authority out now, so that its heading is free; it leads to the other one from now on."""
        await self._session.delete(authority)
        led = update(gone_authorities).where(gone_authorities.c.into_id == authority.id).values(into_id=into.id)
        await self._session.execute(led)
        await self._session.execute(insert(gone_authorities), [{"authority_id": authority.id, "into_id": into.id}])

    async def file(self, *, now: datetime, imported: bool) -> None:
        """Write what follows from the changes: keys, history, and the books that are to be corrected."""
        events = [event for authority in self._in_hand.values() for event in authority.take_events()]
        if not events:
            return
        merged = {event.authority.id: event.into for event in events if event.into is not None}
        await self._file_keys({event.authority.id: event.authority for event in events}, merged)
        await self._session.execute(insert(changes), [_change(event) for event in events])
        for event in events:
            former, record = event.before, event.authority.record
            if event.into is not None:
                await self._corrections.hand_on(event.authority.id, event.into)
            if event.into is not None or former is None or not former.leads_like(record):
                await self._corrections.add(
                    event.into or event.authority.id,
                    former=() if former is None else (former.key,),
                    by=event.by,
                    now=now,
                    imported=imported,
                )

    async def _file_keys(self, changed: Mapping[UUID, Authority], merged: Collection[UUID]) -> None:
        await self._session.execute(delete(authority_keys).where(authority_keys.c.authority_id.in_(changed)))
        rows = key_rows(authority for authority in changed.values() if authority.id not in merged)
        if rows:
            await self._session.execute(insert(authority_keys), rows)


def key_rows(some: Iterable[Authority]) -> list[dict[str, Any]]:
    """Return the rows by which these authorities are found."""
    return [
        {"key": key, "authority_id": authority.id}
        for authority in some
        for key in sorted(authority.record.form_keys | authority.record.uri_keys)
    ]


def _change(event: AuthorityChanged) -> dict[str, Any]:
    """Return the row of the history."""
    before, after = _plain(event.before), _plain(event.authority.record)
    if event.into is not None:
        act, changed = "merged", [{"field": "merged_into", "before": None, "after": str(event.into)}]
    else:
        act, changed = ("added" if event.before is None else "revised"), list(_differences(before, after))
    return {"thing_id": event.authority.id, "at": event.at, "by": event.by, "act": act, "changed": changed}


def _plain(record: AuthorityRecord | None) -> dict[str, Any]:
    return {} if record is None else asdict(record)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    return ({"field": name, "before": old, "after": after[name]} for name, old in before.items() if old != after[name])
