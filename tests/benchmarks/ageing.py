"""Does a check-out cost more when the library has been lending for years? Two databases, asked in turns."""

import statistics
import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from loans_service.adapters.sql_tables import map_model
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from shared.persistence.migrations import migrate
from tests.benchmarks.servers import DurablePostgres
from tests.loans.branch import Branch
from tests.loans.makers import ADA, EMMA, a_copy

SMALL, LARGE = 10_000, 1_000_000
"""Closed loans on record."""

MOST = 1.2
"""How often the cost at SMALL a check-out may cost at LARGE."""

_ROUNDS, _WARM_UP = 400, 50

# Members and copies as in a library: each has some hundred loans behind it at LARGE, those that are measured as well.
_CLOSED = text("""
INSERT INTO loans (loan_id, copy_id, book_id, barcode, barcode_key, title, home_branch, item_type, member_id, branch,
  checked_out_at, due_at, returned_at, next_stop, renewals, rule, policy_version, renewals_allowed, override_codes,
  category, timezone, version)
SELECT gen_random_uuid(), md5('copy' || n % :copies)::uuid, CASE WHEN n % 500 = 0 THEN :book ELSE
  md5('book' || n % :books)::uuid END, 'B' || n % :copies, 'B' || n % :copies, 'A title of the usual length', 'MAIN',
  'book', CASE WHEN n % 1000 = 0 THEN :member ELSE md5('member' || n % :members)::uuid END, 'MAIN', made,
  made + interval '21 days', made + interval '15 days', 'shelf', 0, 'adult', 1, 2, '[]'::json, 'adult', 'UTC', 2
FROM (SELECT n, now() - interval '10 years' + n * interval '9 years' / :count AS made
  FROM generate_series(1, :count) AS n) AS past
""")
_HISTORY = text("""
INSERT INTO loan_history (loan_id, at, type, by, why, due_at)
SELECT loan_id, returned_at, 'returned', '', '', due_at FROM loans
""")


@dataclass
class Age:
    """A library with so many closed loans, and what its acts took, in seconds."""

    loans: int
    branch: Branch
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


@dataclass(frozen=True)
class Ageing:
    """Medians in milliseconds, by the number of closed loans."""

    check_outs: dict[int, float]
    returns: dict[int, float]

    @property
    def ratio(self) -> float:
        """How many times as much a check-out costs in the old library."""
        return self.check_outs[LARGE] / self.check_outs[SMALL]

    def as_json(self) -> dict[str, object]:
        return {"check_outs_ms": self.check_outs, "returns_ms": self.returns, "ratio": self.ratio, "aim": MOST}

    def show(self, console: Console) -> None:
        table = Table(title=f"The same acts with {SMALL:,} and with {LARGE:,} closed loans (use case and database)")
        for column in ("", f"{SMALL:,}", f"{LARGE:,}", "times", "aim"):
            table.add_column(column, justify="left" if not column else "right")
        for name, medians, aim in (("check-out, ms", self.check_outs, f"{MOST}"), ("return, ms", self.returns, "")):
            row = (f"{medians[SMALL]:.2f}", f"{medians[LARGE]:.2f}", f"{medians[LARGE] / medians[SMALL]:.2f}", aim)
            table.add_row(name, *row)
        console.print(table)


async def measure(console: Console) -> Ageing:
    """Fill two databases and measure in turns, so that a noisy minute disturbs both alike."""
    map_model()
    with DurablePostgres() as postgres:
        ages = []
        for count in (SMALL, LARGE):
            console.print(f"Lending {count:,} copies of years ago …")
            database = Database(postgres.create_database(f"loans_{count}"))
            await migrate(database, "loans_service")
            await _fill(database, count)
            copies = (a_copy(copy_id=new_id(), barcode=f"C{number}") for number in range(10))
            ages.append(Age(count, Branch(database, *copies)))
        for number in range(_WARM_UP + _ROUNDS):
            for age in ages:
                await age.act(number, measured=number >= _WARM_UP)
        for age in ages:
            await age.branch.database.dispose()
    return Ageing(
        {age.loans: statistics.median(age.check_outs) * 1000 for age in ages},
        {age.loans: statistics.median(age.returns) * 1000 for age in ages},
    )


async def _fill(database: Database, count: int) -> None:
    sizes = {"count": count, "copies": max(100, count // 20), "books": max(50, count // 40), "members": count // 50}
    async with database.engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        await connection.execute(_CLOSED, sizes | {"book": EMMA, "member": ADA})
        await connection.execute(_HISTORY)
    async with database.engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text("SET statement_timeout = 0"))
        await plain.execute(text("VACUUM ANALYZE"))
