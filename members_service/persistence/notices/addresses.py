"""Addresses that fail, and destinations that are left alone for a while."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.notices.kinds import NoticeClass
from members_service.domain.notices.message import pause_after
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.notices.messages import address_digest
from members_service.persistence.notices.tables import notice_backoffs, suppressions
from shared.kernel.ids import new_id
from shared.persistence.lists import insert_for

ADDRESS = "address"
BOUNCED, COMPLAINT = "bounced", "complaint"
"""Why nothing is sent to an address: nobody is there, or somebody there complained, who gets no courtesy any more."""


def is_failing(reason: str | None, of: NoticeClass) -> bool:
    """Whether a notice of this class goes to no address that is suppressed for this reason; None: it is not."""
    return reason == BOUNCED or (reason == COMPLAINT and of is NoticeClass.COURTESY)


class Suppressions:
    """Addresses to which nothing is sent any more."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys

    async def add(self, address: str, *, reason: str, status: str | None, now: datetime) -> None:
        """Suppress an address; one that is suppressed stays so; after a complaint it can still fail."""
        id: UUID = new_id()
        row = {"suppression_id": id, "reason": reason, "status": status, "since": now}
        row[ADDRESS] = self._keys.seal(address, owner=id, field=ADDRESS)
        row["address_key"] = address_digest(self._keys, address)
        new = insert_for(self._session.get_bind().dialect.name)(suppressions).values(row)
        if reason == BOUNCED:
            worse = {"reason": reason, "status": status, "since": now}
            of_complaint = suppressions.c.reason == COMPLAINT
            kept = new.on_conflict_do_update(index_elements=["address_key"], set_=worse, where=of_complaint)
        else:
            kept = new.on_conflict_do_nothing(index_elements=["address_key"])
        await self._session.execute(kept)

    async def among(self, addresses: Collection[str]) -> dict[str, str]:
        """Return those of the addresses that are suppressed, each with the reason."""
        keys = {one: address_digest(self._keys, one) for one in addresses}
        if not keys:
            return {}
        c = suppressions.c
        rows = await self._session.execute(select(c.address_key, c.reason).where(c.address_key.in_({*keys.values()})))
        found = {row.address_key: row.reason for row in rows}
        return {one: found[key] for one, key in keys.items() if key in found}

    async def lift(self, address: str) -> None:
        """Lift the suppression of an address, if there is one."""
        key = address_digest(self._keys, address)
        await self._session.execute(delete(suppressions).where(suppressions.c.address_key == key))


class Backoffs:
    """Mail domains and gateways that had no time for us."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def until(self, now: datetime) -> dict[str, datetime]:
        """Return until when each destination is left alone."""
        query = select(notice_backoffs.c.destination, notice_backoffs.c.until).where(notice_backoffs.c.until > now)
        return {row.destination: row.until for row in await self._session.execute(query)}

    async def note_failure(self, destination: str, *, now: datetime, longest: timedelta) -> datetime:
        """Leave a destination alone, longer with each failure; return until when."""
        c = notice_backoffs.c
        row = (await self._session.execute(select(c.failures).where(c.destination == destination))).first()
        failures = 1 if row is None else row.failures + 1
        until = now + min(pause_after(failures), longest)
        values = {"failures": failures, "until": until}
        new = insert_for(self._session.get_bind().dialect.name)(notice_backoffs)
        kept = new.values(destination=destination, **values)
        await self._session.execute(kept.on_conflict_do_update(index_elements=["destination"], set_=values))
        return until

    async def clear(self, destination: str) -> None:
        """Forget the failures of a destination that works again."""
        await self._session.execute(delete(notice_backoffs).where(notice_backoffs.c.destination == destination))
