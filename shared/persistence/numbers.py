"""Short numbers of rows, for people: who speaks of a row on the telephone does not spell its id.

The database counts, and never twice the same; holes stay. PostgreSQL does so by a sequence that the column owns, SQLite
in its own table of counters, which triggers keep. Who must know the number of a row before it is written asks for the
next one; all other rows get theirs when they are inserted, those of an older release included.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, FetchedValue, column, func, literal_column, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.persistence.lists import for_both
from shared.persistence.statements import Prepared

NUMBER = "number"
_IS_COUNTED = {"counted": True}
_counters = table("sqlite_sequence", column("name"), column("seq"))


def number_column() -> Column[int]:
    """Return the column of a table to which a migration gave numbers (`making.number_rows`)."""
    return Column(NUMBER, BigInteger, FetchedValue(), info=dict(_IS_COUNTED))


def is_counted(of: Column[Any]) -> bool:
    """Return whether a column has short numbers."""
    return bool(of.info.get("counted"))


def sequence_of(of: str) -> str:
    """Return the name of what counts the rows of a table."""
    return f"{of}_number"


def next_number(of: str, dialect: str) -> Any:
    """Return the next number of a table as a scalar, for a statement of a transaction that writes.

    On SQLite it is the next one for as long as no row was inserted.
    """
    if dialect == "postgresql":
        return select(func.nextval(literal_column(f"'{sequence_of(of)}'"))).scalar_subquery()
    return (
        select(_counters.c.seq + 1).where(_counters.c.name == literal_column(f"'{sequence_of(of)}'")).scalar_subquery()
    )


def next_number_of(of: str) -> Prepared:
    """Return the statement that tells the next number of a table."""
    return for_both(lambda dialect: select(next_number(of, dialect).label(NUMBER)))


async def count_on(connection: AsyncConnection, of: str) -> None:
    """Let PostgreSQL count on behind the rows of a table that were just written; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        last = f"SELECT max({NUMBER}) FROM {of}"  # noqa: S608 - a name of ours
        await connection.execute(text(f"SELECT setval('{sequence_of(of)}', ({last}))"))
