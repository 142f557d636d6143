"""Does a check-out cost more when the library has grown? Databases that differ in one thing, asked in turns."""

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table
from sqlalchemy import TextClause, text

from shared.kernel.ids import new_id
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.lab.benchmarks.servers import DurablePostgres
from tests.loans.branch import Branch
from tests.loans.makers import ADA, EMMA, a_copy

SMALL, MIDDLE, LARGE = 10_000, 100_000, 1_000_000
"""Closed loans on record."""

HOLDS, OPEN_LOANS = 10_000, 200
"""Waiting holds on the book that is lent; open loans of the member who borrows it."""

MOST = 1.15
"""How often the cost of a small library a check-out may cost in one that has grown; median of the runs."""

_RUNS, _ROUNDS, _WARM_UP = 3, 150, 50
_PORTION = 50_000  # rows a statement: a slow machine, too, has them in less than the driver waits

# Members and copies as in a library: each has some hundred loans behind it at LARGE, those that are measured as well.
_CLOSED = text("""
WITH closed AS (
  INSERT INTO loans (loan_id, copy_id, book_id, barcode, barcode_key, title, home_branch, item_type, member_id, branch,
    checked_out_at, due_at, returned_at, next_stop, renewals, rule, policy_version, renewals_allowed, override_codes,
    category, timezone, version)
  SELECT gen_random_uuid(), md5('copy' || n % :copies)::uuid, CASE WHEN n % 500 = 0 THEN :book ELSE
    md5('book' || n % :books)::uuid END, 'B' || n % :copies, 'B' || n % :copies, 'A title of the usual length', 'MAIN',
    'book', CASE WHEN n % 1000 = 0 THEN :member ELSE md5('member' || n % :members)::uuid END, 'MAIN', made,
    made + interval '21 days', made + interval '15 days', 'shelf', 0, 'adult', 1, 2, '[]'::json, 'adult', 'UTC', 2
  FROM (SELECT n, now() - interval '10 years' + n * interval '9 years' / :count AS made
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n) AS past
  RETURNING loan_id, returned_at, due_at
)
INSERT INTO loan_history (loan_id, at, type, by, why, due_at)
SELECT loan_id, returned_at, 'returned', '', '', due_at FROM closed
""")
_WAITING = text("""
INSERT INTO holds (hold_id, book_id, title, member_id, category, pickup_branch, placed_at, queue_order, status,
  suspended, version)
SELECT gen_random_uuid(), :book, 'Emma', md5('waiting' || n)::uuid, 'adult', 'MAIN', now() - interval '1 day', n,
  'waiting', false, 1
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
""")
_OUT = text("""
INSERT INTO loans (loan_id, copy_id, book_id, barcode, barcode_key, title, home_branch, item_type, member_id, branch,
  checked_out_at, due_at, renewals, rule, policy_version, renewals_allowed, override_codes, category, timezone, version)
SELECT gen_random_uuid(), md5('out' || n)::uuid, md5('book out' || n)::uuid, 'O' || n, 'O' || n, 'A title', 'MAIN',
  'book', :member, 'MAIN', now() - interval '1 day', now() + interval '10 years', 0, 'adult', 1, 2, '[]'::json, 'adult',
  'UTC', 1
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
""")
_NO_LIMIT = text("""
UPDATE policies SET document = replace(document::text, '"most_loans": 10', '"most_loans": 999')::json
""")
_LAY_BACK = (
    text("""UPDATE holds SET status = 'waiting', copy_id = NULL, barcode = NULL, target_branch = NULL,
        target_since = NULL, pickup_until = NULL WHERE status = 'ready'"""),
    text("DELETE FROM circulation_records"),
)
"""Let nobody have been served: what a return captures for a hold could not be lent to the same member again."""


@dataclass
class Library:
    """One that has grown, or not; and what its acts took, in seconds."""

    name: str
    branch: Branch
    loans: int
    holds: int = 0
    check_outs: list[float] = field(default_factory=list)
    returns: list[float] = field(default_factory=list)

    async def act(self, number: int, *, measured: bool) -> None:
        """Check a copy out and take it back."""
        began = time.perf_counter()
        await self.branch.check_out(f"C{number % 10}")
        lent = time.perf_counter()
        await self.branch.bring_back(f"C{number % 10}")
        returned = time.perf_counter()
        if measured:
            self.check_outs.append(lent - began)
            self.returns.append(returned - lent)
        if self.holds:
            async with self.branch.database.engine.begin() as connection:
                for statement in _LAY_BACK:
                    await connection.execute(statement)

    def medians(self) -> tuple[float, float]:
        """Return what a check-out and a return took, in milliseconds, and forget it."""
        found = statistics.median(self.check_outs) * 1000, statistics.median(self.returns) * 1000
        self.check_outs.clear()
        self.returns.clear()
        return found


@dataclass(frozen=True)
class Ageing:
    """Medians of check-outs and returns in milliseconds, run by run, by the name of the library; the first is small."""

    runs: dict[str, list[tuple[float, float]]]
    loans: dict[str, int]

    def times(self, name: str, act: int = 0) -> float:
        """Return how many times the cost of the small library an act has in this one: the median of the runs."""
        small = next(iter(self.runs.values()))
        pairs = zip(self.runs[name], small, strict=True)
        return statistics.median(here[act] / there[act] for here, there in pairs)

    def verdicts(self) -> list[str]:
        """Return one sentence for each way of growing."""
        small, *others = self.runs
        return [
            f"A check-out with {name} costs {self.times(name):.2f} times what it costs with {small} "
            f"(aim: {MOST:g}); {'reached' if self.times(name) <= MOST else '[red]not reached[/red]'}."
            for name in others
        ]

    def as_json(self) -> dict[str, object]:
        return {
            "milliseconds": self.runs,
            "closed loans": self.loans,
            "times": {name: self.times(name) for name in self.runs},
            "aim": MOST,
            "verdicts": self.verdicts(),
        }

    def show(self, console: Console) -> None:
        """Print the table and what it means."""
        table = Table(title=f"The same acts in libraries that differ in one thing (medians of {_RUNS} runs)")
        for column in ("library", "check-out, ms", "times", "return, ms", "times"):
            table.add_column(column, justify="left" if column == "library" else "right")
        for name, runs in self.runs.items():
            out, back = (statistics.median(run[act] for run in runs) for act in (0, 1))
            times = (f"{self.times(name):.2f}", f"{self.times(name, 1):.2f}")
            table.add_row(name, f"{out:.2f}", times[0], f"{back:.2f}", times[1])
        console.print(table)
        for verdict in self.verdicts():
            console.print(verdict, highlight=False)


async def measure(console: Console, *, closed: int = LARGE) -> Ageing:
    """Fill the databases, the largest with so many closed loans, and measure in turns: a noisy minute disturbs all."""
    with DurablePostgres() as postgres:
        libraries = [
            await _library(postgres, console, f"{count:,} closed loans", loans=count)
            for count in (SMALL, MIDDLE, closed)
        ]
        libraries += [
            await _library(postgres, console, f"{HOLDS:,} holds on the book", loans=SMALL, holds=HOLDS),
            await _library(postgres, console, f"{OPEN_LOANS} open loans of the member", loans=SMALL, out=OPEN_LOANS),
        ]
        runs: dict[str, list[tuple[float, float]]] = {library.name: [] for library in libraries}
        for _ in range(_RUNS):
            for number in range(_WARM_UP + _ROUNDS):
                for library in libraries:
                    await library.act(number, measured=number >= _WARM_UP)
            for library in libraries:
                runs[library.name].append(library.medians())
        for library in libraries:
            await library.branch.database.dispose()
    return Ageing(runs, {library.name: library.loans for library in libraries})


async def _library(
    postgres: DurablePostgres, console: Console, name: str, *, loans: int, holds: int = 0, out: int = 0
) -> Library:
    console.print(f"Making up a library with {name} …")
    database = Database(postgres.create_database(f"loans_{new_id().hex}"))
    await migrate(database, "loans_service")
    sizes = {"copies": max(100, loans // 20), "books": max(50, loans // 40), "members": loans // 50}
    people = {"book": EMMA, "member": ADA}
    await _fill(database, _CLOSED, loans, {**sizes, **people})
    await _fill(database, _WAITING, holds, people)
    await _fill(database, _OUT, out, people)
    async with database.reading() as connection:
        await connection.execute(text("SET statement_timeout = 0"))
        await connection.execute(_NO_LIMIT)
        await connection.execute(text("VACUUM ANALYZE"))
        await connection.invalidate()
    copies = (a_copy(copy_id=new_id(), barcode=f"C{number}") for number in range(10))
    return Library(name, Branch(database, *copies), loans, holds)


async def _fill(database: Database, statement: TextClause, count: int, values: Mapping[str, object]) -> None:
    """Run the statement for so many rows, portion by portion."""
    for first in range(1, count + 1, _PORTION):
        portion = {"first": first, "last": min(first + _PORTION - 1, count), "count": count}
        given = {name: value for name, value in {**values, **portion}.items() if name in statement.compile().params}
        async with database.engine.begin() as connection:
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            await connection.execute(statement, given)
