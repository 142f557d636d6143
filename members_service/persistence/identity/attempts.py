"""Counts tries, in the database: every process of the service sees the same counts.

A bucket is a row that says until when its tries are used up at the pace at which they come back (a leaky bucket, also
known as GCRA): one number, changed in one statement, however many try at once. It is found by a keyed digest: whoever
has the database cannot look through it with a list of addresses or networks.
"""

import hmac
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, bindparam, case, delete, or_, select, update
from sqlalchemy.sql.dml import ReturningInsert

from members_service.domain.identity.attempts import (
    FAMILIAR_FOR,
    ApplicationTry,
    Attempt,
    Bucket,
    GuessableSecret,
    Limit,
    PinTry,
    SignInSource,
    buckets_of,
)
from members_service.domain.identity.session import ACCESS_TOKEN_LASTS
from members_service.domain.owner_check import PinLocked, TooManyAttempts
from members_service.domain.pin import TypedPin
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.tables import (
    authorization_codes,
    familiar_networks,
    revoked_sids,
    sessions,
    tries,
    used_assertions,
)
from shared.kernel.errors import TooManyRequests
from shared.messaging.housekeeping import removal
from shared.persistence.database import Database
from shared.persistence.lists import for_both, insert_for
from shared.persistence.statements import Prepared, Runs
from shared.persistence.transaction import Transaction

_MILLISECOND = timedelta(milliseconds=1)
_CLOCKS_DIFFER = 5_000  # milliseconds; by more, the clock of a process is wrong
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REVOCATION_RETENTION = 2 * ACCESS_TOKEN_LASTS
_CODE_RETENTION = timedelta(days=1)  # one that comes back within this time ends the session that it gave
_SESSION_RETENTION = timedelta(days=7)


def _spending(dialect: str) -> ReturningInsert[tuple[int]]:
    moment, every, latest, ahead, last = (
        bindparam(name, type_=BigInteger) for name in ("moment", "every", "latest", "ahead", "last")
    )
    counted = case((tries.c.spent_until > ahead, last), else_=tries.c.spent_until)
    begins: ColumnElement[int] = case((counted > moment, counted), else_=moment)
    spent = insert_for(dialect)(tries).values(slot=bindparam("bucket"), spent_until=bindparam("first"))
    counting: ReturningInsert[tuple[int]] = spent.on_conflict_do_update(
        index_elements=["slot"], set_={"spent_until": begins + every}, where=begins + every <= latest
    ).returning(tries.c.spent_until)
    return counting


# Made once, for each try asks them: under an attack, to build them anew costs as much as to ask.
_SPEND = for_both(_spending)
_SPENT_OF_ONE = Prepared(select(tries.c.spent_until).where(tries.c.slot == bindparam("bucket")))
_SPENT = select(tries.c.slot, tries.c.spent_until).where(tries.c.slot.in_(bindparam("slots", expanding=True)))
_FAMILIAR = select(familiar_networks.c.slot).where(
    familiar_networks.c.slot.in_(bindparam("origins", expanding=True)),
    familiar_networks.c.seen_at > bindparam("since"),
)


class SignInThrottle:
    """Limits how often somebody tries to sign in, types a PIN or changes an address.

    Each step is a transaction of its own.
    """

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def admit(self, attempt: Attempt, *, now: datetime) -> None:
        """Count one try in each bucket; raise TooManyAttempts when one of them is used up, and then count nothing.

        Without tries left it is refused after a read, without a lock for which others would have to wait.
        """
        buckets = await _buckets(self._database.rows, self._keys, attempt, now)
        spent = await self._spent(buckets)
        _refuse_if_any([_wait(spent.get(bucket.key, 0), bucket.limit, now) for bucket in buckets])
        async with self._database.begin() as transaction:
            _refuse_if_any([await _spend(transaction.run, bucket, now) for bucket in buckets])
            await transaction.commit()

    async def admit_email_change(self, member_id: UUID, *, now: datetime) -> None:
        """Count one address that a member asks for. Raises TooManyAttempts."""
        await self.admit(GuessableSecret.of_email(member_id), now=now)

    async def admit_application(self, email: str, *, client: str | None, end_user: str | None, now: datetime) -> None:
        """Count one application for a membership. Raises TooManyAttempts."""
        await self.admit(ApplicationTry(email, client, end_user), now=now)

    async def admit_pin(self, typed: TypedPin, *, now: datetime) -> None:
        """Count a try for the owner of the card.

        Raises PinLocked when the owner has no tries left, and TooManyAttempts after too many wrong PINs of this end
        user, or at this client if one of them was for this owner.
        """
        attempt, at = _try_of(typed), _milliseconds(now)
        familiar = await _familiar(self._database.rows, self._keys, attempt, now)
        (own,) = _in_database(self._keys, attempt.buckets(familiar))
        heeded = _in_database(self._keys, attempt.heeded(familiar))
        client = _in_database(self._keys, [one for one in [attempt.client_bucket] if one])
        spent = await self._spent((own, *heeded, *client))
        failed_lately = spent.get(own.key, 0) > at
        _refuse_if_any([_wait(spent.get(own.key, 0), own.limit, now)], PinLocked)
        for bucket in (*heeded, *(client if failed_lately else ())):
            _refuse_if_any([_wait(spent.get(bucket.key, 0), bucket.limit, now)])
        async with self._database.begin() as transaction:
            _refuse_if_any([await _spend(transaction.run, own, now)], PinLocked)
            await transaction.commit()

    async def note_right_pin(self, typed: TypedPin, *, now: datetime) -> None:
        """Give the last try back, and remember its origins."""
        attempt = _try_of(typed)
        async with self._database.begin() as transaction:
            attempts = Attempts(transaction, self._keys)
            await attempts.give_back(attempt, now=now)
            await attempts.remember(attempt.origins, of=attempt.bucket, now=now)
            await transaction.commit()

    async def note_wrong_pin(self, typed: TypedPin, *, now: datetime) -> None:
        """Count it for the end user and for the client, too."""
        async with self._database.begin() as transaction:
            for bucket in _in_database(self._keys, _try_of(typed).when_wrong):
                await _spend(transaction.run, bucket, now)
            await transaction.commit()

    async def _spent(self, buckets: Collection[Bucket]) -> dict[bytes, int]:
        rows = await self._database.rows(_SPENT, slots=[bucket.key for bucket in buckets])
        return {row.slot: row.spent_until for row in rows}


class Attempts:
    """Counts tries to sign in, inside the transaction of a unit of work."""

    def __init__(self, transaction: Transaction, keys: DataKeys) -> None:
        self._transaction = transaction
        self._run = transaction.run
        self._insert = insert_for(transaction.dialect.name)
        self._keys = keys

    async def take_once(self, token: bytes, *, until: datetime) -> bool:
        """Return whether a signed token with this digest comes for the first time, and keep it in mind."""
        return await take_once(self._transaction, token, until=until)

    async def forget(self, name: str) -> None:
        """Drop every trace of tries with this user name: an address, or the number of a card."""
        account, _ = buckets_of(name)
        await self._drop(account, GuessableSecret.of_recovery(name).bucket)

    async def forget_pins(self, owner: UUID) -> None:
        """Drop every trace of PINs that were typed for the cards of this member."""
        await self._drop(PinTry.of(owner, "", client=None, end_user=None).bucket)

    async def give_all_back(self, buckets: Collection[Bucket]) -> None:
        """Give back every try that was counted in `buckets`, or in one of the origins familiar to their owners."""
        theirs = [_keyed_digest(self._keys, bucket.key) for bucket in buckets]
        origins = select(familiar_networks.c.slot).where(familiar_networks.c.account_slot.in_(theirs))
        await self._run(delete(tries).where(or_(tries.c.slot.in_(theirs), tries.c.slot.in_(origins))))

    async def _drop(self, *buckets: Bucket) -> None:
        """Delete tries, and the familiar origins."""
        await self.give_all_back(buckets)
        theirs = [_keyed_digest(self._keys, bucket.key) for bucket in buckets]
        await self._run(delete(familiar_networks).where(familiar_networks.c.account_slot.in_(theirs)))

    async def give_back(self, attempt: Attempt, *, now: datetime) -> None:
        """Give the last try back: it was right."""
        for bucket in await _buckets(self._run, self._keys, attempt, now):
            given_back = tries.c.spent_until - bucket.limit.every // _MILLISECOND
            await self._run(update(tries).where(tries.c.slot == bucket.key).values(spent_until=given_back))

    async def forgive(self, source: SignInSource, *, now: datetime) -> None:
        """Give the last try back, because it was right, and remember where it came from."""
        await self.give_back(source, now=now)
        await self.welcome(source, now=now)

    async def welcome(self, source: SignInSource, *, now: datetime) -> None:
        """Remember network and device as familiar to the account."""
        await self.remember(source.origins, of=source.account_bucket, now=now)

    async def remember(self, origins: Collection[bytes], *, of: Bucket, now: datetime) -> None:
        """Remember these origins as familiar to the owner of the bucket."""
        if not origins:
            return
        account, digests = (
            _keyed_digest(self._keys, of.key),
            sorted(_keyed_digest(self._keys, origin) for origin in origins),
        )
        rows = [{"slot": origin, "account_slot": account, "seen_at": now} for origin in digests]
        new = self._insert(familiar_networks).values(rows)
        await self._run(new.on_conflict_do_update(index_elements=["slot"], set_={"seen_at": now}))


async def take_once(transaction: Transaction, token: bytes, *, until: datetime) -> bool:
    """Return whether something signed comes for the first time; it is kept in mind `until` nobody takes it any more."""
    new = insert_for(transaction.dialect.name)(used_assertions).values(digest=token, expires_at=until)
    kept = new.on_conflict_do_nothing(index_elements=["digest"]).returning(used_assertions.c.digest)
    return bool(await transaction.run(kept))


async def forget_what_is_over(transaction: Transaction, *, now: datetime) -> None:
    """Drop counts that are free again, origins not seen for long, and what is left of sign-ins that are long over."""
    for table, is_over in (
        (tries, tries.c.spent_until <= _milliseconds(now)),
        (familiar_networks, familiar_networks.c.seen_at < now - FAMILIAR_FOR),
        (revoked_sids, revoked_sids.c.revoked_at < now - _REVOCATION_RETENTION),
        (used_assertions, used_assertions.c.expires_at < now),
        (authorization_codes, authorization_codes.c.expires_at < now - _CODE_RETENTION),
        (sessions, sessions.c.idle_until < now - _SESSION_RETENTION),
    ):
        await transaction.run(removal(table, is_over))


async def _buckets(run: Runs, keys: DataKeys, attempt: Attempt, now: datetime) -> list[Bucket]:
    """Return the buckets of an attempt, under their keys in the database."""
    return _in_database(keys, attempt.buckets(await _familiar(run, keys, attempt, now)))


async def _familiar(run: Runs, keys: DataKeys, attempt: Attempt, now: datetime) -> list[bytes]:
    """Return the familiar ones of the origins of an attempt."""
    origins = {_keyed_digest(keys, origin): origin for origin in attempt.origins}
    if not origins:
        return []
    return [origins[row.slot] for row in await run(_FAMILIAR, origins=list(origins), since=now - FAMILIAR_FOR)]


def _in_database(keys: DataKeys, buckets: Collection[Bucket]) -> list[Bucket]:
    return [Bucket(_keyed_digest(keys, bucket.key), bucket.limit) for bucket in buckets]


def _try_of(typed: TypedPin) -> PinTry:
    return PinTry.of(typed.owner, typed.card_number, client=typed.client, end_user=typed.end_user)


def _keyed_digest(keys: DataKeys, key: bytes) -> bytes:
    return hmac.digest(keys.secret("tries"), key, "sha256")


async def _spend(run: Runs, bucket: Bucket, now: datetime) -> timedelta:
    """Take one try from a bucket and return zero; when it has none left, return how long until it has.

    One that is spent for longer than all of its tries take was counted by a clock that ran ahead: it then counts as
    used up but for this try. Else a process whose clock is wrong for a moment would lock everybody out for as long.
    """
    at, every = _milliseconds(now), bucket.limit.every // _MILLISECOND
    latest = at + every * bucket.limit.tries
    figures = {"moment": at, "every": every, "latest": latest, "ahead": latest + _CLOCKS_DIFFER, "last": latest - every}
    if await run(_SPEND, bucket=bucket.key, first=at + every, **figures):
        return timedelta()
    (row,) = await run(_SPENT_OF_ONE, bucket=bucket.key)
    return max(_wait(row.spent_until, bucket.limit, now), _MILLISECOND)


def _wait(spent_until: int, limit: Limit, now: datetime) -> timedelta:
    """Return how long it takes until a bucket has a try left; none when a clock that ran ahead has counted in it."""
    if spent_until > _milliseconds(now) + limit.every // _MILLISECOND * limit.tries + _CLOCKS_DIFFER:
        return timedelta()
    free_again = spent_until - limit.every // _MILLISECOND * (limit.tries - 1)
    return max(free_again - _milliseconds(now), 0) * _MILLISECOND


def _refuse_if_any(waits: list[timedelta], refusal: type[TooManyRequests] = TooManyAttempts) -> None:
    if any(waits):
        raise refusal(retry_after=max(waits))


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND
