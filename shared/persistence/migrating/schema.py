"""Whether a database has the schema that the code expects; told without Alembic, which only migrating needs."""

import re
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


async def expect_current(database: Database, package: str) -> None:
    """Raise SchemaNotCurrent unless the database has the schema that this version of `package` expects."""
    expected = newest(package)
    async with database.reading() as connection:
        present = await _present(connection)
    if present != {expected}:
        raise SchemaNotCurrent(f"The database has schema {sorted(present)} instead of {[expected]}: run `migrate`.")


def newest(package: str) -> str:
    """Return the revision that no other migration of the package (`"books_service"`) comes after.

    Raises ValueError unless there is just one.
    """
    scripts = files(package).joinpath("migrations", "versions").iterdir()
    found = [_revisions(script) for script in scripts if script.name.endswith(".py")]
    heads = {revision for revision, _ in found} - {down for _, down in found}
    if len(heads) != 1:
        raise ValueError(f"the migrations of {package} end in {sorted(heads)} instead of in one")
    return heads.pop()


def _revisions(script: Traversable) -> tuple[str, str | None]:
    found = {match["name"]: match["revision"] for match in _REVISIONS.finditer(script.read_text("utf-8"))}
    return found["revision"] or "", found["down_revision"]


async def _present(connection: AsyncConnection) -> set[str]:
    if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
        return set()
    return set((await connection.execute(_PRESENT)).scalars())
