"""What the migrations of all services have in common."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.persistence.numbers import sequence_of
from shared.persistence.types import BigNumber, UtcDateTime

IMPORT_FILES = ("import_pieces", "import_errors")
"""The tables that `create_import_files` makes."""

MACHINERY = ("outbox", "inbox", "receipts", "cursor_keys")
"""The tables that `create_machinery` makes."""


def create_index(
    name: str, table: str, *columns: str | sa.TextClause, where: str | None = None, unique: bool = False
) -> None:
    """Create an index, a partial one if `where` is given."""
    rows = None if where is None else sa.text(where)
    op.create_index(name, table, list(columns), unique=unique, postgresql_where=rows, sqlite_where=rows)


_NUMBER_ROWS = """
UPDATE {table} SET number = made.place
FROM (SELECT {key}, row_number() OVER (ORDER BY {key}) AS place FROM {table}) AS made WHERE made.{key} = {table}.{key}
"""
_COUNT_ON_POSTGRESQL = (
    "CREATE SEQUENCE {counter} OWNED BY {table}.number",
    "SELECT setval('{counter}', (SELECT max(number) FROM {table}))",
    "ALTER TABLE {table} ALTER number SET DEFAULT nextval('{counter}')",
)
_COUNT_ON_SQLITE = (
    "INSERT INTO sqlite_sequence (name, seq) SELECT '{counter}', coalesce(max(number), 0) FROM {table}",
    """
    CREATE TRIGGER {table}_numbered AFTER INSERT ON {table} WHEN new.number IS NULL BEGIN
        UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = '{counter}';
        UPDATE {table} SET number = (SELECT seq FROM sqlite_sequence WHERE name = '{counter}') WHERE {key} = new.{key};
    END
    """,
    """
    CREATE TRIGGER {table}_counted AFTER INSERT ON {table} WHEN new.number IS NOT NULL BEGIN
        UPDATE sqlite_sequence SET seq = max(seq, new.number) WHERE name = '{counter}';
    END
    """,
)
_COUNT_NO_MORE_ON_SQLITE = (
    "DROP TRIGGER {table}_numbered",
    "DROP TRIGGER {table}_counted",
    "DELETE FROM sqlite_sequence WHERE name = '{counter}'",
)


def number_rows(table: str, key: str) -> None:
    """Give the rows of a table short numbers, in the order of the key, and each new row the next one.

    Rows of a release that knows of no numbers get theirs, too. Nothing else of the rows changes. Part of migrations
    that have run, so it never changes.
    """
    op.add_column(table, sa.Column("number", sa.BigInteger))
    op.execute(_NUMBER_ROWS.format(table=table, key=key))
    create_index(f"uq_{table}_number", table, "number", unique=True)
    on_sqlite = op.get_context().dialect.name == "sqlite"
    for statement in _COUNT_ON_SQLITE if on_sqlite else _COUNT_ON_POSTGRESQL:
        op.execute(statement.format(table=table, key=key, counter=sequence_of(table)))


def drop_numbers(table: str) -> None:
    """Take back what `number_rows` did."""
    if op.get_context().dialect.name == "sqlite":
        for statement in _COUNT_NO_MORE_ON_SQLITE:
            op.execute(statement.format(table=table, counter=sequence_of(table)))
    op.drop_index(f"uq_{table}_number", table)
    op.drop_column(table, "number")


def create_machinery() -> None:
    """Make the tables that carry events, receipts and cursors, as they were first.

    This is part of migrations that have run, so it never changes: what comes later is a migration of each service.
    """
    op.create_table(
        "outbox",
        sa.Column("sequence", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("occurred_at", UtcDateTime, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("correlation_id", sa.String(100)),
        sa.Column("traceparent", sa.String(60)),
        sa.Column("imported", sa.Boolean, nullable=False, server_default=sa.false()),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbox",
        sa.Column("listener", sa.String(60), primary_key=True),
        sa.Column("message_id", sa.String(100), primary_key=True),
        sa.Column("seen_at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "receipts",
        sa.Column("slot", sa.LargeBinary(32), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "cursor_keys",
        sa.Column("cursor_key_id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
    )


def create_import_files(sealed: str | None = None) -> None:
    """Make `import_pieces` and `import_errors`, which belong to `imports`, as they were first.

    `sealed` is a comment on what the pieces contain. This never changes either.
    """
    op.create_table(
        "import_pieces",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("imports.import_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False, comment=sealed),
        comment="The files of unfinished imports, in pieces, so that any worker can read them.",
    )
    op.create_table(
        "import_errors",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("imports.import_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("record", sa.Integer, nullable=False),
        sa.Column("identifier", sa.String(100)),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )


CUBE = ("statistics", "published_statistics", "forgotten_statistics", "people_keys", "people_digests")
"""The tables that `create_cube` makes."""


def create_cube(*dimensions: str) -> None:
    """Make the tables of a cube with these dimensions, and the place in the outbox where counts wait.

    Part of migrations that have run, so it never changes.
    """
    op.add_column("outbox", sa.Column("counts", sa.JSON, comment="What the act adds to the cube, until it is there."))
    cells = (
        ("statistics", (), "Figures about nobody: how many of what, in which span."),
        (
            "published_statistics",
            (sa.Column("cells", sa.Integer, nullable=False),),
            "What of spans that are over is told to who may not see persons; written once.",
        ),
        ("forgotten_statistics", (), "What was counted of records that are gone."),
    )
    for name, more, comment in cells:
        along = [sa.Column(each, sa.String(100), primary_key=True) for each in dimensions]
        value = sa.Column("value", sa.BigInteger, nullable=False)
        columns = [*_span_of_cube("atom"), *along, value, *more]
        op.create_table(name, *columns, comment=comment, sqlite_with_rowid=False)
    op.create_table(
        "people_keys",
        *_span_of_cube(),
        sa.Column("key", sa.LargeBinary(32)),
        comment="Under which people are told apart while a span lasts; NULL when it is thrown away.",
    )
    op.create_table(
        "people_digests",
        *_span_of_cube("atom"),
        sa.Column("digest", sa.String(32), primary_key=True),
        comment="Who was counted in a span that is not over.",
    )


def _span_of_cube(*of: str) -> list[sa.Column[Any]]:
    return [
        *(sa.Column(each, sa.String(40), primary_key=True) for each in of),
        sa.Column("span", sa.String(5), primary_key=True),
        sa.Column("starts_on", sa.Date, primary_key=True),
    ]


def drop_cube() -> None:
    """Take back what `create_cube` did."""
    for table in reversed(CUBE):
        op.drop_table(table)
    op.drop_column("outbox", "counts")


def create_recounts() -> None:
    """Make the table of recounts. This never changes either."""
    op.create_table(
        "recounts",
        sa.Column("recount_id", sa.Uuid, primary_key=True),
        sa.Column("repair", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("began_at", UtcDateTime),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("compared", sa.Integer),
        sa.Column("differing", sa.Integer),
        sa.Column("repaired", sa.Integer),
        sa.Column("differences", sa.JSON),
    )


def total_months(dimensions: Sequence[str], wide: Sequence[str]) -> None:
    """Add to a cube the totals of its months along the `wide` of its `dimensions`. This never changes either."""
    _total("month", "total", "atom NOT IN (SELECT atom FROM statistics WHERE span = 'year')", dimensions, wide)


def forget_totals() -> None:
    """Take back what `total_months` did."""
    op.execute("DELETE FROM statistics WHERE span = 'total'")


def total_days(dimensions: Sequence[str], wide: Sequence[str]) -> None:
    """Add to a cube the totals of its days along the `wide` of its `dimensions`. This never changes either.

    Of what has days and no months, a level, there are none.
    """
    _total("day", "daily", "atom IN (SELECT atom FROM statistics WHERE span = 'month')", dimensions, wide)


def forget_totals_of_days() -> None:
    """Take back what `total_days` did."""
    op.execute("DELETE FROM statistics WHERE span = 'daily'")


def _total(span: str, totals: str, atoms: str, dimensions: Sequence[str], wide: Sequence[str]) -> None:
    others = [each for each in dimensions if each not in wide]
    columns = ", ".join(("atom", "span", "starts_on", *wide, *others, "value"))
    key = ", ".join(("atom", "starts_on", *wide))
    values = ", ".join(("atom", f"'{totals}'", "starts_on", *wide, *("''" for _ in others), "SUM(value)"))
    counted = f"span = '{span}' AND {atoms}"
    op.execute(f"INSERT INTO statistics ({columns}) SELECT {values} FROM statistics WHERE {counted} GROUP BY {key}")  # noqa: S608 - names of ours
