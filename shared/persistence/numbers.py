"""Short numbers of rows, for people: who speaks of a row on the telephone does not spell its id.

The database counts, and never twice the same; holes stay. PostgreSQL does so by a sequence that the column owns, SQLite
in its own table of counters, which triggers keep. Who must know the number of a row before it is written asks for the
next one; all other rows get theirs when they are inserted, those of an older release included.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, FetchedValue, column, func, literal_column, select, table, text, update
from sqlalchemy.ext.asyncio.engine import AsyncConnection

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


async def last_of(connection: AsyncConnection, counter: str) -> int:
    """Return the last number that was given out by a sequence of PostgreSQL or a counter of SQLite; 0: none."""
    if connection.dialect.name == "postgresql":
        query = text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {counter}")  # noqa: S608 - ours
        return int((await connection.execute(query)).scalar_one())
    counted = select(_counters.c.seq).where(_counters.c.name == counter)
    return (await connection.execute(counted)).scalar_one_or_none() or 0


async def count_on(connection: AsyncConnection, of: str, *, last: int) -> None:
    """Let the database count on behind the rows of a table that were just written, and behind the `last` ever given."""
    counter = sequence_of(of)
    if connection.dialect.name == "postgresql":
        rows = f"SELECT max({NUMBER}) FROM {of}"  # noqa: S608 - a name of ours
        await connection.execute(text(f"SELECT setval('{counter}', nullif(greatest(({rows}), {last}), 0))"))
    elif last > await last_of(connection, counter):
        await connection.execute(update(_counters).where(_counters.c.name == counter).values(seq=last))
