"""Two roles in PostgreSQL: one owns the tables and migrates, the other serves and may no more than it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio.engine import AsyncConnection

_ALL_ROWS = "SELECT, INSERT, UPDATE, DELETE"
_ROLE = text(
    """
    SELECT rolsuper OR rolcreaterole AS too_mighty,
        pg_has_role(oid, (SELECT oid FROM pg_roles WHERE rolname = current_user), 'MEMBER') AS is_owner,
        oid = (SELECT datdba FROM pg_database WHERE datname = current_database()) AS owns_database,
        (SELECT min(relname) FROM pg_class WHERE relowner = pg_roles.oid AND relpersistence <> 't') AS owns_table,
        has_database_privilege(oid, current_database(), 'CONNECT') AS may_connect,
        current_database() AS database, current_schema() AS schema
    FROM pg_roles WHERE rolname = :role
    """
)
_OWN = text(
    """
    SELECT relname, relkind = 'S' AS is_sequence FROM pg_class
    WHERE relkind IN ('r', 'p', 'S') AND relnamespace = CAST(current_schema() AS regnamespace)
        AND pg_has_role(relowner, 'USAGE')
    ORDER BY relname
    """
)
_MAY_CREATE = text("SELECT has_schema_privilege(:role, current_schema(), 'CREATE')")


class CannotGrant(Exception):
    """The role cannot be what serves; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What the role that serves may do. The rows of a table that is not named here it may read, add, change and remove.

    Of `only_added` it changes and removes none; the columns named there it may overwrite nevertheless. `only_read` it
    only reads. `functions` are those that nobody may call otherwise, with the types of their arguments.
    """

    only_added: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    only_read: frozenset[str] = frozenset()
    functions: tuple[str, ...] = ()


async def grant(connection: AsyncConnection, role: str | None, rights: Rights) -> None:
    """Give `role` exactly `rights` on everything that there is now; do nothing without a role.

    Run it after each migration, in its transaction: tables that are new have been given to nobody yet.
    Raises CannotGrant for a role that is not there or may do more than serve.
    """
    if role is None:
        return
    if connection.dialect.name != "postgresql":
        raise CannotGrant(f"Only PostgreSQL knows roles: take the setting that names {role} away.")
    facts = _fit_to_serve(role, (await connection.execute(_ROLE, {"role": role})).one_or_none())
    quote = connection.dialect.identifier_preparer.quote_identifier
    schema, to = quote(facts.schema), quote(role)
    if not facts.may_connect:
        await connection.exec_driver_sql(f"GRANT CONNECT ON DATABASE {quote(facts.database)} TO {to}")
    await _keep_from_creating(connection, role, schema=schema, to=to)
    await connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO {to}")
    for what in await _what_on_what(connection, rights, schema):
        await connection.exec_driver_sql(f"REVOKE ALL ON {what.on} FROM {to}")
        await connection.exec_driver_sql(f"GRANT {what.may} ON {what.on} TO {to}")


def _fit_to_serve(role: str, facts: Row[Any] | None) -> Row[Any]:
    if facts is None:
        raise CannotGrant(f"There is no role {role} in PostgreSQL: create it, or name the one that serves.")
    if facts.too_mighty:
        raise CannotGrant(
            f"The role {role} is a superuser or makes roles, so nothing can be kept from it: take another."
        )
    if facts.is_owner:
        raise CannotGrant(f"The role {role} migrates, or is a member of the one that does: name one that only serves.")
    if facts.owns_database or facts.owns_table:
        what = "this database" if facts.owns_database else f"{facts.owns_table} here"
        raise CannotGrant(
            f"The role {role} owns {what}, so nothing can be kept from it: "
            "give the database and what is in it to the role that migrates (ALTER DATABASE … OWNER, REASSIGN OWNED)."
        )
    return facts


async def _keep_from_creating(connection: AsyncConnection, role: str, *, schema: str, to: str) -> None:
    """See to it that the role makes nothing of its own here, which the servers before PostgreSQL 15 let everybody."""
    if await connection.scalar(_MAY_CREATE, {"role": role}):
        await connection.exec_driver_sql(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {to}")
        if await connection.scalar(_MAY_CREATE, {"role": role}):
            raise CannotGrant(
                f"The role {role} may create things in the schema {schema}, which does not belong to the role that "
                f"migrates: let its owner run REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC."
            )


@dataclass(frozen=True, slots=True)
class _Grant:
    may: str
    on: str


async def _what_on_what(connection: AsyncConnection, rights: Rights, schema: str) -> list[_Grant]:
    quote = connection.dialect.identifier_preparer.quote_identifier
    kept = {"alembic_version", *rights.only_read}
    grants = [_Grant("EXECUTE", f"FUNCTION {schema}.{function}") for function in rights.functions]
    for name, is_sequence in await connection.execute(_OWN):
        if is_sequence:
            grants.append(_Grant("USAGE, SELECT", f"SEQUENCE {schema}.{quote(name)}"))
            continue
        may = "SELECT" if name in kept else _ALL_ROWS
        if name in rights.only_added:
            emptied = ", ".join(quote(column) for column in rights.only_added[name])
            may = f"SELECT, INSERT, UPDATE ({emptied})" if emptied else "SELECT, INSERT"
        grants.append(_Grant(may, f"TABLE {schema}.{quote(name)}"))
    return grants
