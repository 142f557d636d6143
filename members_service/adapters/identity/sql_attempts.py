"""Counts tries, in the database: every process of the service sees the same counts.

A slot is a row that says until when its tries are used up at the pace at which they come back (a leaky bucket, also
known as GCRA): one number, changed in one statement, however many try at once. It is found by a keyed digest: whoever
has the database cannot look through it with a list of addresses or networks.
"""

import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from members_service.adapters.data_keys import DataKeys
from members_service.adapters.identity.sql_tables import (
    authorization_codes,
    familiar_networks,
    revoked_sids,
    sessions,
    tries,
    used_assertions,
)
from members_service.domain.email import Email
from members_service.domain.identity.attempts import FAMILIAR_FOR, Allowance, Guess, SignInSource, Tried
from members_service.domain.identity.session import ACCESS_TOKEN_LASTS
from members_service.domain.owner_check import TooManyAttempts
from shared.persistence.database import Database

_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REVOKED_KEPT_FOR = 2 * ACCESS_TOKEN_LASTS
_CODES_KEPT_FOR = timedelta(days=1)  # one that comes back within this time ends the session that it gave
_ENDED_SESSIONS_KEPT_FOR = timedelta(days=7)


class SqlSignInThrottle:
    """Implements `ports.SignInThrottle`."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def admit(self, tried: Tried, *, now: datetime) -> None:
        """Count one try under each slot, or under none when one of them is used up.

        Who has no tries left is refused after a look, without a lock that others would have to wait for.
        """
        async with self._database.reading() as connection:
            slots = await _slots(connection, self._keys, tried, now)
            query = select(tries.c.slot, tries.c.spent_until).where(tries.c.slot.in_([slot for slot, _ in slots]))
            spent = {row.slot: row.spent_until for row in await connection.execute(query)}
        _refuse_if_any([_wait(spent.get(slot, 0), allowance, now) for slot, allowance in slots])
        async with self._database.session() as session:
            _refuse_if_any([await _spend(session, slot, allowance, now) for slot, allowance in slots])
            await session.commit()

    async def admit_email_change(self, member_id: UUID, *, now: datetime) -> None:
        await self.admit(Guess.of_email(member_id), now=now)


class SqlAttempts:
    """Implements `ports.Attempts` inside somebody's transaction."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys

    async def forget(self, email: Email) -> None:
        slot = _kept(self._keys, SignInSource(email.key, network="").account_slot)
        theirs = familiar_networks.c.account_slot == slot
        places = select(familiar_networks.c.slot).where(theirs)
        await self._session.execute(delete(tries).where(or_(tries.c.slot == slot, tries.c.slot.in_(places))))
        await self._session.execute(delete(familiar_networks).where(theirs))

    async def give_back(self, tried: Tried, *, now: datetime) -> None:
        for slot, allowance in await _slots(self._session, self._keys, tried, now):
            given_back = tries.c.spent_until - allowance.every // _MILLISECOND
            await self._session.execute(update(tries).where(tries.c.slot == slot).values(spent_until=given_back))

    async def forgive(self, source: SignInSource, *, now: datetime) -> None:
        await self.give_back(source, now=now)
        await self.welcome(source, now=now)

    async def welcome(self, source: SignInSource, *, now: datetime) -> None:
        insert = _insert(self._session)(familiar_networks)
        seen = insert.on_conflict_do_update(index_elements=["slot"], set_={"seen_at": now})
        account = _kept(self._keys, source.account_slot)
        slots = sorted(_kept(self._keys, place) for place in source.places)
        places = [{"slot": slot, "account_slot": account, "seen_at": now} for slot in slots]
        await self._session.execute(seen, places)


async def forget_what_is_over(session: AsyncSession, *, now: datetime) -> None:
    """Drop counts that are free again, places not seen for long, and what is left of sign-ins that are long over."""
    await session.execute(delete(tries).where(tries.c.spent_until <= _milliseconds(now)))
    await session.execute(delete(familiar_networks).where(familiar_networks.c.seen_at < now - FAMILIAR_FOR))
    await session.execute(delete(revoked_sids).where(revoked_sids.c.revoked_at < now - _REVOKED_KEPT_FOR))
    await session.execute(delete(used_assertions).where(used_assertions.c.expires_at < now))
    await session.execute(delete(authorization_codes).where(authorization_codes.c.expires_at < now - _CODES_KEPT_FOR))
    long_ago = now - _ENDED_SESSIONS_KEPT_FOR
    await session.execute(delete(sessions).where(sessions.c.idle_until < long_ago))


async def _slots(
    session: AsyncSession | AsyncConnection, keys: DataKeys, tried: Tried, now: datetime
) -> list[tuple[bytes, Allowance]]:
    places = {_kept(keys, place): place for place in tried.places}
    if not places:
        return [(_kept(keys, slot), allowance) for slot, allowance in tried.counted(())]
    since = familiar_networks.c.seen_at > now - FAMILIAR_FOR
    query = select(familiar_networks.c.slot).where(familiar_networks.c.slot.in_(places), since)
    familiar = [places[slot] for slot in (await session.execute(query)).scalars()]
    return [(_kept(keys, slot), allowance) for slot, allowance in tried.counted(familiar)]


def _kept(keys: DataKeys, slot: bytes) -> bytes:
    return hmac.digest(keys.secret("tries"), slot, "sha256")


async def _spend(session: AsyncSession, slot: bytes, allowance: Allowance, now: datetime) -> timedelta:
    """Take one try from a slot and return zero; when it has none left, return how long until it has."""
    at, every = _milliseconds(now), allowance.every // _MILLISECOND
    latest = at + every * allowance.tries
    moment = bindparam("moment", at, BigInteger)
    begins: ColumnElement[int] = case((tries.c.spent_until > moment, tries.c.spent_until), else_=moment)
    insert = _insert(session)(tries).values(slot=slot, spent_until=at + every)
    spent = insert.on_conflict_do_update(
        index_elements=["slot"], set_={"spent_until": begins + every}, where=begins + every <= latest
    ).returning(tries.c.spent_until)
    if (await session.execute(spent)).first() is not None:
        return timedelta()
    found: int = (await session.execute(select(tries.c.spent_until).where(tries.c.slot == slot))).scalar_one()
    return max(_wait(found, allowance, now), _MILLISECOND)


def _wait(spent_until: int, allowance: Allowance, now: datetime) -> timedelta:
    """Return how long it takes until a slot has a try left."""
    free_again = spent_until - allowance.every // _MILLISECOND * (allowance.tries - 1)
    return max(free_again - _milliseconds(now), 0) * _MILLISECOND


def _refuse_if_any(waits: list[timedelta]) -> None:
    if any(waits):
        raise TooManyAttempts(retry_after=max(waits))


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def _insert(session: AsyncSession) -> Callable[..., postgresql.Insert | sqlite.Insert]:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
