"""Looks at everything that a service needs, and says what to do about what is wrong."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import aio_pika
import httpx
from aio_pika.exceptions import AMQPError
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
"""What it means that a database does not answer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is that the service needs; `trouble` says what is wrong with it, and what to do."""

    name: str
    trouble: str = ""

    def in_words(self) -> str:
        """Return it as a line."""
        return f"{'wrong' if self.trouble else 'ok':8} {self.name:11} {self.trouble}".rstrip()


async def examine(chosen: ServiceSettings, package: str, database: Database, clock: Clock) -> list[Finding]:
    """Look at database, schema, clock, broker, keys and neighbours, each by itself."""
    looks: dict[str, Callable[[], Awaitable[str]]] = {
        "database": lambda: _database(database, _direct_address(chosen)),
        "schema": lambda: _schema(database, package),
        "clock": lambda: _clock(database, clock),
        "broker": lambda: _broker(chosen),
    }
    for name, address in _addresses(chosen).items():
        looks[name] = partial(_answers, address, chosen)
    try:
        return [Finding(name, await look()) for name, look in looks.items()]
    finally:
        await database.dispose()


def _direct_address(chosen: ServiceSettings) -> str:
    return next(name for name in names_of(type(chosen)) if name.endswith("_DATABASE_DIRECT_URL"))


def _addresses(chosen: ServiceSettings) -> dict[str, str]:
    """Return what this service asks over HTTP: its neighbours, and where the keys of tokens are."""
    neighbours = {
        name.removesuffix("_url"): f"{value.rstrip('/')}/health/live"
        for name in ("books_url", "members_url")
        if isinstance(value := getattr(chosen, name, None), str)
    }
    issuer = getattr(chosen, "members_url", None)
    keys = chosen.auth_jwks_url or (f"{issuer.rstrip('/')}/.well-known/jwks.json" if issuer else None)
    return neighbours | ({} if keys is None else {"keys": keys})


async def _database(database: Database, direct: str) -> str:
    try:
        await database.ping()
        async with database.directly():
            pass
        if database.dialect == "postgresql":
            async with database.reading() as connection:
                if (await connection.execute(_BOUND)).scalar_one() == "0":
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
        async with database.session() as session:
            theirs: datetime = (await session.execute(select(func.now()))).scalar_one()
    except NOT_THERE as error:
        return f"cannot be compared: {reason(error)}."
    drift = (clock.now() - theirs.astimezone(UTC)).total_seconds()
    return "" if abs(drift) < _MOST_DRIFT else f"is {drift:+.0f} s off the database's. Let NTP set both."


async def _broker(chosen: ServiceSettings) -> str:
    url = chosen.rabbitmq_url
    if url is None:
        return ""
    try:
        context = verifying(chosen.tls_ca_file) if url.startswith("amqps:") else None
        connection = await aio_pika.connect(url, timeout=_TIMEOUT, ssl_context=context)
        await connection.close()
    except (AMQPError, OSError, TimeoutError) as error:
        return f"does not answer: {reason(error)}. Loans go on; events wait in the outbox."
    return ""


async def _answers(address: str, chosen: ServiceSettings) -> str:
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT, verify=verifying(chosen.tls_ca_file)) as http:
            answer = await http.get(address)
    except httpx.HTTPError as error:
        return f"does not answer at {address}: {reason(error)}."
    return "" if answer.is_success else f"answers {answer.status_code} at {address}."


def reason(error: BaseException) -> str:
    told = getattr(error, "orig", None) or error.__cause__ or error
    return (str(told).partition("\n")[0] or type(told).__name__).rstrip(".")
