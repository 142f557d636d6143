"""Checks everything that a service depends on, and says what to do about what is wrong."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from shared.configuration import ServiceSettings
from shared.kernel.clock import Clock
from shared.kernel.errors import Unavailable
from shared.persistence.database import Database
from shared.persistence.migrating.schema import SchemaNotCurrent, expect_current
from shared.settings_reference import names_of
from shared.tls import verifying

_MOST_DRIFT = 5.0  # seconds between two clocks
_TIMEOUT = 5.0
_BOUND = text("SELECT current_setting('statement_timeout')")
_UNBOUND = (
    "lets a statement run for ever: a pooler passes no settings on. Give them to the role that serves: "
    "ALTER ROLE … SET statement_timeout = '5s', lock_timeout and idle_in_transaction_session_timeout likewise."
)
_OF_A_POOLER = "unsupported startup parameter"

NOT_THERE = (DBAPIError, Unavailable, OSError, TimeoutError)
"""Exceptions that mean that a database does not answer."""

Look = Callable[[], Awaitable[str]]
"""Checks one thing and returns what is wrong with it. Raises NotLookedAt if this process does not need it."""


class NotLookedAt(Exception):
    """The thing is not configured for this process, so it cannot be checked."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The state of one thing that the service needs; `trouble` says what is wrong with it, and what to do.

    `skipped` says why it was not checked.
    """

    name: str
    trouble: str = ""
    skipped: str = ""

    def in_words(self) -> str:
        """Return it as a line."""
        how = "wrong" if self.trouble else "skipped" if self.skipped else "ok"
        result = f"not looked at: {self.skipped}." if self.skipped else self.trouble
        return f"{how:8} {self.name:11} {result}".rstrip()


async def examine(
    chosen: ServiceSettings,
    package: str,
    database: Database,
    clock: Clock,
    *,
    neighbours: Collection[str] = (),
    own: Mapping[str, Look] | None = None,
) -> list[Diagnosis]:
    """Check database, schema, clock, broker, keys and neighbours, each independently.

    `neighbours` are those that this service calls for more than keys. Checks in `own` replace those of the same name.
    """
    looks: dict[str, Look] = {
        "database": lambda: _database(database, _direct_address(chosen)),
        "schema": lambda: _schema(database, package),
        "clock": lambda: _clock(database, clock),
        "broker": lambda: _broker(chosen),
        **{name: partial(_neighbour, name, chosen) for name in neighbours},
        "keys": lambda: _keys(chosen),
        **(own or {}),
    }
    try:
        return [await _finding(name, look) for name, look in looks.items()]
    finally:
        await database.dispose()


async def _finding(name: str, look: Look) -> Diagnosis:
    try:
        return Diagnosis(name, await look())
    except NotLookedAt as error:
        return Diagnosis(name, skipped=str(error))


def _direct_address(chosen: ServiceSettings) -> str:
    return next(name for name in names_of(type(chosen)) if name.endswith("_DATABASE_DIRECT_URL"))


async def _neighbour(name: str, chosen: ServiceSettings) -> str:
    return await _answers(f"{getattr(chosen, f'{name}_url').rstrip('/')}/health/live", chosen)


async def _keys(chosen: ServiceSettings) -> str:
    """Fetch the keys of tokens from the configured address; a default one is not checked."""
    issuer = getattr(chosen, "members_url", None) if "members_url" in chosen.model_fields_set else None
    address = chosen.auth_jwks_url or (f"{issuer.rstrip('/')}/.well-known/jwks.json" if issuer else None)
    if address is None:
        raise NotLookedAt("AUTH_JWKS_URL is not set")
    return await _answers(address, chosen)


async def _database(database: Database, direct: str) -> str:
    try:
        await database.ping()
        async with database.reading(own_session=True):
            pass
        if database.dialect == "postgresql" and (await database.first(_BOUND))[0] == "0":
            return _UNBOUND
    except NOT_THERE as error:
        if _OF_A_POOLER in reason(error):
            return f"is reached through a pooler: name in {direct} where it is itself."
        return f"does not answer: {reason(error)}. Is it up, and are address and password right?"
    return ""


async def _schema(database: Database, package: str) -> str:
    try:
        await expect_current(database, package)
    except SchemaNotCurrent as error:
        return str(error).replace("`migrate`", f"`python -m {package} migrate`")
    except NOT_THERE as error:
        return f"cannot be looked at: {reason(error)}."
    return ""


async def _clock(database: Database, clock: Clock) -> str:
    if database.dialect == "sqlite":
        return ""
    try:
        (row,) = await database.rows(select(func.now().label("moment")))
    except NOT_THERE as error:
        return f"cannot be compared: {reason(error)}."
    drift = (clock.now() - row.moment.astimezone(UTC)).total_seconds()
    return "" if abs(drift) < _MOST_DRIFT else f"is {drift:+.0f} s off the database's. Let NTP set both."


async def _broker(chosen: ServiceSettings) -> str:
    import aio_pika  # noqa: PLC0415 - who only serves has no use for it
    from aio_pika.exceptions import AMQPError  # noqa: PLC0415 - as above

    url = chosen.rabbitmq_url
    if url is None:
        raise NotLookedAt("no setting names it, and only the relay needs one")
    login = urlsplit(url)
    if (
        login.username and not login.password
    ):  # an API process has the setting only in order to leave the work to relays
        raise NotLookedAt("RABBITMQ_PASSWORD is not set, and only the relay signs in")
    try:
        context = verifying(chosen.tls_ca_file) if url.startswith("amqps:") else None
        connection = await aio_pika.connect(url, timeout=_TIMEOUT, ssl_context=context)
        await connection.close()
    except (AMQPError, OSError, TimeoutError) as error:
        return f"does not answer: {reason(error)}. Loans go on; events wait in the outbox."
    return ""


async def _answers(address: str, chosen: ServiceSettings) -> str:
    import httpx  # noqa: PLC0415 - no other command of books or members asks anybody

    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT, verify=verifying(chosen.tls_ca_file)) as http:
            answer = await http.get(address)
    except httpx.HTTPError as error:
        return f"does not answer at {address}: {reason(error)}."
    return "" if answer.is_success else f"answers {answer.status_code} at {address}."


def reason(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error.__cause__ or error
    return (str(cause).partition("\n")[0] or type(cause).__name__).rstrip(".")
