"""Whether a database has the schema that the code expects; told without Alembic, which only migrating needs."""

import re
from collections.abc import Set as AbstractSet
from importlib.resources import files
from importlib.resources.abc import Traversable

from sqlalchemy import String, column, inspect, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.persistence.database import Database

_REVISIONS = re.compile(
    r"""^(?P<name>(?:down_)?revision)\s*(?::[^=]+)?=\s*(?:None|["'](?P<revision>\w+)["'])\s*(?:\#.*)?$""", re.MULTILINE
)
_PRESENT = select(column("version_num", String())).select_from(table("alembic_version"))


class SchemaNotCurrent(Exception):
    """The database has another schema than the code expects."""


async def expect_current(database: Database, package: str, *, exactly: bool = False) -> None:
    """Raise SchemaNotCurrent unless the database has the schema that this version of `package` expects, or a later one.

    A later release only adds to it: during an upgrade, and after the way back, this one goes on beside what that one
    has made. `exactly` takes no later one: for who reads or writes whole tables, and would leave out what was added.
    """
    expected = newest(package)
    async with database.reading() as connection:
        present = await present_revisions(connection)
    if present == {expected}:
        return
    found = f"The database has schema {sorted(present)} instead of {[expected]}"
    if not is_later(present, package):
        raise SchemaNotCurrent(f"{found}: run `migrate`.")
    if exactly:
        raise SchemaNotCurrent(f"{found}: a later release has migrated it, so use that one.")


def is_later(present: AbstractSet[str], package: str) -> bool:
    """Tell whether a later release has migrated: to what no migration of this one's `package` is named."""
    return bool(present) and present.isdisjoint(_parents(package))


def newest(package: str) -> str:
    """Return the revision that no other migration of the package (`"books_service"`) comes after.

    Raises ValueError unless there is just one.
    """
    found = _parents(package)
    heads = found.keys() - set(found.values())
    if len(heads) != 1:
        raise ValueError(f"the migrations of {package} end in {sorted(heads)} instead of in one")
    return heads.pop()


def _parents(package: str) -> dict[str, str | None]:
    """Return the revisions of a package, each with the one that it comes after."""
    scripts = files(package).joinpath("migrations", "versions").iterdir()
    return dict(_revisions(script) for script in scripts if script.name.endswith(".py"))


def _revisions(script: Traversable) -> tuple[str, str | None]:
    found = {match["name"]: match["revision"] for match in _REVISIONS.finditer(script.read_text("utf-8"))}
    return found["revision"] or "", found["down_revision"]


async def present_revisions(connection: AsyncConnection) -> set[str]:
    """Return what the database has been migrated to; nothing where it never was."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
        return set()
    return set((await connection.execute(_PRESENT)).scalars())
