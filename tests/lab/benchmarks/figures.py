"""How long a question about a year takes in a library that lends a million times in it, and which are refused."""

from dataclasses import dataclass, field
from datetime import date
from statistics import median, quantiles
from time import perf_counter

import asyncpg
import httpx
import structlog
from rich.console import Console
from rich.table import Table

from loans_service.main import create_app
from loans_service.settings import Settings
from shared.configuration import load
from shared.kernel.ids import new_id
from shared.persistence.cube.tables import TOTALS
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from shared.tokens import StaticKeys
from tests.lab.benchmarks.report import judged
from tests.lab.benchmarks.servers import DurablePostgres
from tests.loans.api.conftest import ADMIN, KEY

MANY, FEW, BRANCHES = 1_000_000, 1_000, 20
AIM_MILLISECONDS = 300
_ROUNDS, _WARM_UP = 40, 5
_AT_MOST = 3_600.0  # seconds
_YEAR = date(2025, 1, 1)
_ATOMS = {"loans": 1.0, "returns": 1.0, "renewals": 0.6}
"""What is counted along all of these dimensions, and how often for each loan."""

QUESTIONS = {
    "month, branch and type": "by=month,branch,item_type",
    "month and branch": "by=month,branch",
    "month": "by=month",
    "year, branch and type": "by=year,branch,item_type",
    "month, branch and category": "by=month,branch,category",
    "day, of one branch": "by=day&branch=B1",
    "month and type, of one branch": "by=month,item_type&branch=B1",
}

# Few branches, types and shelves have most of it, as in a library.
_DAYS = """
INSERT INTO statistics (atom, span, starts_on, branch, item_type, location, category, age_band, channel, reason, value)
SELECT $1, 'day', $2::date + floor(random() * 365)::int,
  'B' || floor(power(random(), 1.5) * $4::float), 'type ' || floor(power(random(), 3) * 12),
  'shelf ' || floor(power(random(), 2) * 8), 'category ' || floor(power(random(), 2) * 5),
  'band ' || floor(random() * 6), 'channel ' || floor(power(random(), 2) * 4), '', count(*)
FROM generate_series(1, $3::int) GROUP BY 3, 4, 5, 6, 7, 8, 9
"""
_MONTHS = """
INSERT INTO statistics (atom, span, starts_on, branch, item_type, location, category, age_band, channel, reason, value)
SELECT atom, 'month', date_trunc('month', starts_on)::date, branch, item_type, location, category, age_band, channel,
  reason, sum(value) FROM statistics WHERE span = 'day' GROUP BY 1, 3, 4, 5, 6, 7, 8, 9, 10
"""
_TOTALS = """
INSERT INTO statistics (atom, span, starts_on, branch, item_type, location, category, age_band, channel, reason, value)
SELECT atom, $2, starts_on, branch, item_type, '', '', '', '', '', sum(value) FROM statistics WHERE span = $1
GROUP BY 1, 3, 4, 5
"""
_KEY = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'statistics'::regclass AND contype = 'p'
"""
_IN_BULK = "SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'; SET synchronous_commit = off"


@dataclass
class Asked:
    """What each question took, in milliseconds; the first is the one that is aimed at.

    One that was `refused` was not asked again.
    """

    loans: int
    cells: int
    milliseconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    rows: dict[str, int] = field(default_factory=dict[str, int])
    refused: dict[str, str] = field(default_factory=dict[str, str])

    def verdicts(self) -> list[str]:
        """Return the sentence about the aim."""
        name = next(iter(QUESTIONS))
        if name in self.refused:
            return [f"A year of {self.loans:,} loans by {name} is refused: {self.refused[name]}; {judged(False)}."]
        took = self.milliseconds[name]
        late = _late(took)
        figures = f"{median(took):.0f} ms, and {late:.0f} ms as the slowest of 20"
        aim = f"(aim: {AIM_MILLISECONDS}); {judged(late <= AIM_MILLISECONDS)}"
        return [f"A year of {self.loans:,} loans by {name} takes {figures} {aim}."]

    def as_json(self) -> dict[str, object]:
        """Return everything as JSON values."""
        told = {
            name: {"p50": median(took), "p95": _late(took), "rows": self.rows[name]}
            for name, took in self.milliseconds.items()
        }
        figures = {"loans": self.loans, "cells": self.cells, "aim": AIM_MILLISECONDS}
        return figures | {"milliseconds": told, "refused": self.refused, "verdicts": self.verdicts()}

    def show(self, console: Console) -> None:
        """Print the table and what it means."""
        table = Table(title=f"A year of {self.loans:,} loans in {BRANCHES} branches: {self.cells:,} cells in the cube")
        for heading in ("by", "p50, ms", "p95, ms", "rows"):
            table.add_column(heading, justify="left" if heading == "by" else "right")
        for name, took in self.milliseconds.items():
            table.add_row(name, f"{median(took):.1f}", f"{_late(took):.1f}", str(self.rows[name]))
        for name, why in self.refused.items():
            table.add_row(name, why, "", "")
        console.print(table)
        for verdict in self.verdicts():
            console.print(verdict, highlight=False)


async def measure(console: Console, *, loans: int) -> Asked:
    """Fill a cube as a year of so many loans would, and ask the route in turns."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))  # the service is in this process
    with DurablePostgres() as postgres:
        url = postgres.create_database(f"loans_{new_id().hex}")
        database = Database(url)
        await migrate(database, "loans_service")
        console.print(f"Making up the figures of {loans:,} loans …")
        began = perf_counter()
        asked = Asked(loans, await _fill(url.replace("+asyncpg", ""), loans))
        console.print(f"They are {asked.cells:,} cells, made in {perf_counter() - began:.0f} s.")
        settings = load(
            Settings,
            database_url=url,
            books_url="http://books.invalid",
            members_url="http://members.invalid",
            client_secret="not used here, but of a good length",
        )
        app = create_app(settings, keys=StaticKeys([KEY.public_jwk()]), database=database)
        transport, headers = httpx.ASGITransport(app), {"Authorization": f"Bearer {ADMIN}"}
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://loans.invalid", headers=headers) as client,
        ):
            for number in range(_WARM_UP + _ROUNDS):
                for name in [each for each in QUESTIONS if each not in asked.refused]:
                    await _ask(client, asked, name, counts=number >= _WARM_UP)
        return asked


async def _ask(client: httpx.AsyncClient, asked: Asked, name: str, *, counts: bool) -> None:
    """Ask a question once, and note what that took, if it counts, or that it was refused."""
    began = perf_counter()
    year = f"from={_YEAR}&to={_YEAR.replace(month=12, day=31)}"
    answer = await client.get(f"/v1/statistics/loans?{QUESTIONS[name]}&{year}")
    took = (perf_counter() - began) * 1000
    if answer.is_error:
        asked.refused[name] = f"{answer.status_code} {answer.json()['code']} after {took:.0f} ms"
        asked.milliseconds.pop(name, None)
        return
    asked.rows[name] = len(answer.json()["rows"])
    if counts:
        asked.milliseconds.setdefault(name, []).append(took)


async def _fill(address: str, loans: int) -> int:
    """Make the cells up and return how many they are. The key, of ten columns, is made when all are there."""
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(_IN_BULK)
        ((name, definition),) = await connection.fetch(_KEY)
        await connection.execute(f"ALTER TABLE statistics DROP CONSTRAINT {name}")
        for atom, times in _ATOMS.items():
            await connection.execute(_DAYS, atom, _YEAR, int(loans * times), float(BRANCHES), timeout=_AT_MOST)
        await connection.execute(_MONTHS, timeout=_AT_MOST)
        for span, totals in TOTALS.items():
            await connection.execute(_TOTALS, str(span), totals, timeout=_AT_MOST)
        await connection.execute(f"ALTER TABLE statistics ADD CONSTRAINT {name} {definition}", timeout=_AT_MOST)
        await connection.execute("VACUUM ANALYZE", timeout=_AT_MOST)
        return int(await connection.fetchval("SELECT count(*) FROM statistics", timeout=_AT_MOST))
    finally:
        await connection.close()


def _late(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]
