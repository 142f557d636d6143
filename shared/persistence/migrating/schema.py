"""Whether a database has the schema that the code expects; found out without Alembic, which only migrating needs.

A database says which line of migrations made it: its lineage stands beside the revision, in Alembic's own table.
Numbers alone would not tell, for two lines count alike. What has no mark was made before there was one: whether it is
ours is known by its columns.
"""

import hashlib
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import cast

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from shared.persistence.database import Database

_REVISIONS = re.compile(
    r"""^(?P<name>(?:down_)?revision)\s*(?::[^=]+)?=\s*(?:None|["'](?P<revision>\w+)["'])\s*(?:\#.*)?$""", re.MULTILINE
)
_PRESENT = text("SELECT * FROM alembic_version")
_MARK = "ALTER TABLE alembic_version ADD COLUMN lineage VARCHAR(40)"


class SchemaNotCurrent(Exception):
    """The database has another schema than the code expects."""


class UnknownPast(SchemaNotCurrent):
    """The schema was made by other migrations than ours: nothing that we could do would bring it to what we expect."""

    def __init__(self, schema: "SchemaState", package: str) -> None:
        whose = f"of the lineage {schema.lineage}" if schema.lineage else "of a past that this release does not know"
        super().__init__(
            f"The database of {package} has schema {sorted(schema.revisions)} {whose}, and cannot be upgraded. "
            "Give this release another database, or keep this one with the release that made it (docs/upgrading.md)."
        )


@dataclass(frozen=True, slots=True)
class SchemaState:
    """What a database has been migrated to: nothing where it never was. `lineage` is None where it has no mark."""

    revisions: frozenset[str]
    lineage: str | None

    def is_later(self, package: str) -> bool:
        """Return whether a later release of ours has migrated: one whose migrations go on behind ours."""
        return (
            self.lineage == lineage(package)
            and bool(self.revisions)
            and all(each.isdecimal() and int(each) > int(newest(package)) for each in self.revisions)
        )


def newest_schema(package: str) -> SchemaState:
    """Return the schema that all migrations of `package` lead to."""
    return SchemaState(frozenset({newest(package)}), lineage(package))


async def expect_current(database: Database, package: str, *, exactly: bool = False) -> None:
    """Raise SchemaNotCurrent unless the database has the schema that this version of `package` expects, or a later one.

    A later release only adds to it: during an upgrade, and after the way back, this one goes on beside what that one
    has made. `exactly` takes no later one: for who reads or writes whole tables, and would leave out what was added.
    Raises UnknownPast for what no `migrate` would mend.
    """
    expected = newest_schema(package)
    async with database.reading() as connection:
        present = await present_schema(connection)
    if present == expected:
        return
    mismatch = f"The database has schema {sorted(present.revisions)} instead of {sorted(expected.revisions)}"
    if present.is_later(package):
        if exactly:
            raise SchemaNotCurrent(f"{mismatch}: a later release has migrated it, so use that one.")
        return
    if not (present.lineage in {None, lineage(package)} and present.revisions <= _parents(package).keys()):
        raise UnknownPast(present, package)
    raise SchemaNotCurrent(f"{mismatch}: run `migrate`.")


async def present_schema(connection: AsyncConnection) -> SchemaState:
    """Return the schema to which the database has been migrated."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
        return SchemaState(frozenset(), None)
    rows = (await connection.execute(_PRESENT)).mappings().all()
    marks = {row.get("lineage") for row in rows}
    return SchemaState(frozenset(row["version_num"] for row in rows), marks.pop() if len(marks) == 1 else None)


def expect_lineage(connection: Connection, schema: SchemaState, package: str) -> None:
    """Raise UnknownPast unless our migrations can go on from what is there.

    Of a database without a mark the columns are compared with those that our migrations had made by that revision.
    """
    if not schema.revisions:
        return
    known = schema.revisions <= _parents(package).keys()
    if schema.lineage is None:
        unmarked: Mapping[str, AbstractSet[str]] = import_module(f"{package}.migrations").UNMARKED
        made = fingerprint(connection)
        known = known and all(made in unmarked.get(each, ()) for each in schema.revisions)
    elif schema.lineage != lineage(package):
        known = False
    if not known:
        raise UnknownPast(schema, package)


def mark(connection: Connection, package: str) -> None:
    """Store in the database which line of migrations has created it."""
    if "lineage" not in {each["name"] for each in inspect(connection).get_columns("alembic_version")}:
        connection.execute(text(_MARK))
    connection.execute(text("UPDATE alembic_version SET lineage = :lineage"), {"lineage": lineage(package)})


def fingerprint(connection: Connection) -> str:
    """Return a digest of the tables and the names of their columns."""
    inspector = inspect(connection)
    shape = sorted(
        f"{table}({','.join(sorted(each['name'] for each in inspector.get_columns(table)))})"
        for table in inspector.get_table_names()
        if table != "alembic_version"
    )
    return hashlib.sha256("\n".join(shape).encode()).hexdigest()[:16]


def lineage(package: str) -> str:
    """Return the name of the line of migrations in `package` (`"books_service"`)."""
    return cast("str", import_module(f"{package}.migrations").LINEAGE)


def newest(package: str) -> str:
    """Return the revision that no other migration of the package (`"books_service"`) comes after.

    Raises ValueError unless there is just one.
    """
    parents = _parents(package)
    heads = parents.keys() - set(parents.values())
    if len(heads) != 1:
        raise ValueError(f"the migrations of {package} end in {sorted(heads)} instead of in one")
    return heads.pop()


@cache
def _parents(package: str) -> Mapping[str, str | None]:
    """Return the revisions of a package, each with the one that it comes after. All its files are read, once."""
    scripts = files(package).joinpath("migrations", "versions").iterdir()
    return dict(_revisions(script) for script in scripts if script.name.endswith(".py"))


def _revisions(script: Traversable) -> tuple[str, str | None]:
    assigned = {match["name"]: match["revision"] for match in _REVISIONS.finditer(script.read_text("utf-8"))}
    return assigned["revision"] or "", assigned["down_revision"]
