"""What PostgreSQL does when nothing else is in its way: pgbench sends it what loans sent for real acts, once more.

Acts are done one by one while the server logs each statement with its values. They are then replayed on a copy of the
database as it was before, by as many clients as there were desks, with statements prepared once a connection, as loans
does it. Values, plans, locks and commits are those of the acts.
"""

import asyncio
import csv
import re
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from tests.lab.benchmarks.contestants import Contestant, the_library
from tests.lab.benchmarks.processes import apart, cpu_seconds
from tests.lab.benchmarks.rounds import Desk
from tests.lab.benchmarks.servers import DurablePostgres, analyse, roots
from tests.servers import RabbitServer

_ACTS = 3_000  # as many members: no two of them wait for one another
_ROUNDS = 3
_WARM_UP = 100
_PROCESS, _MESSAGE, _DETAIL = 3, 13, 14  # columns of PostgreSQL's log
_ASKED = re.compile(r"(?:statement|execute [^:]*): (.*)", re.DOTALL)
_VALUE = re.compile(r"\$\d+ = ('(?:[^']|'')*'|NULL)")
_BEGIN, _COMMIT, _ROLLBACK = "BEGIN", "COMMIT", "ROLLBACK"


@dataclass(frozen=True, slots=True)
class Statement:
    """One that was sent, and its values as SQL writes them."""

    sql: str
    values: tuple[str, ...]


Act = Sequence[Statement]
"""What one transaction sent between its beginning and its end."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Acts a second of PostgreSQL on a processor of its own, and its CPU milliseconds: of check-outs and of returns."""

    per_second: tuple[float, float]
    cpu: tuple[float, float]

    def verdicts(self) -> list[str]:
        """Return what it comes to."""
        (lent, taken_back), (out, back) = self.per_second, self.cpu
        rates = f"{lent:.0f} check-outs or {taken_back:.0f} returns a second"
        return [f"PostgreSQL alone, on one processor, takes {rates}; they cost it {out:.2f} and {back:.2f} ms."]

    def as_json(self) -> dict[str, Any]:
        return {"per second": self.per_second, "CPU ms": self.cpu}


class _LoggingPostgres(DurablePostgres):
    """One that can be made to log what it is asked."""

    def commands(self) -> list[list[str | Path]]:
        (server,) = super().commands()
        return [[*server, "--logging_collector=on", "--log_destination=csvlog", f"--log_directory={self.folder}"]]

    def asked(self) -> list[Act]:
        """Return the transactions that were logged so far, in the order in which they ended."""
        rows = [row for path in sorted(self.folder.glob("*.csv")) for row in csv.reader(path.open(newline=""))]
        return list(transactions(rows))


async def ceiling(*, clients: int) -> Ceiling:
    """Write down real acts, and replay them."""
    with _LoggingPostgres() as postgres, RabbitServer() as rabbit:
        async with the_library(postgres, rabbit, copies=_ACTS, members=_ACTS) as library:
            name, copies = await _copied(postgres, library)
            check_outs, returns = await _written_down(postgres, library, name)
        measured = [
            (
                await _replay(postgres, copy, check_outs, clients=clients),
                await _replay(postgres, copy, returns, clients=clients),
            )
            for copy in copies
        ]
    rates, costs = zip(*(((out[0], back[0]), (out[1], back[1])) for out, back in measured), strict=True)
    return Ceiling(_medians(rates), _medians(costs))


async def _copied(postgres: _LoggingPostgres, library: Contestant) -> tuple[str, list[str]]:
    """Warm up, end what is connected to loans' database, and copy it; from now on its statements are logged."""
    desk = Desk(library, clients=1, roots={})
    await desk.bring_back((await desk.check_out(copies=_WARM_UP)).done)
    await analyse(library.databases.values())
    name = urlsplit(library.databases["loans"]).path[1:]
    of_loans = [process for called, process in library.processes.items() if called.startswith("loans")]
    await asyncio.gather(*(asyncio.to_thread(process.end) for process in of_loans))
    copies = [f"{name}_{number}" for number in range(_ROUNDS)]
    for copy in copies:
        postgres.create_database(copy, template=name)
    await _set(postgres, f"ALTER DATABASE {name} SET log_statement = 'all'")
    await asyncio.gather(*(asyncio.to_thread(process.start) for process in of_loans))
    return name, copies


async def _written_down(postgres: _LoggingPostgres, library: Contestant, name: str) -> tuple[list[Act], list[Act]]:
    desk = Desk(library, clients=1, roots={})
    lent = await desk.check_out()
    check_outs = [act for act in postgres.asked() if _lends(act)]
    await desk.bring_back(lent.done)
    await _set(postgres, f"ALTER DATABASE {name} RESET log_statement")
    returns = [act for act in postgres.asked() if _takes_back(act)]
    if not len(check_outs) == len(returns) == len(lent.done):
        raise RuntimeError(f"{len(lent.done)} acts, of which {len(check_outs)} and {len(returns)} were logged")
    return check_outs, returns


def _lends(act: Act) -> bool:
    return any("INSERT INTO loans " in statement.sql for statement in act)


def _takes_back(act: Act) -> bool:
    return any("UPDATE loans " in statement.sql for statement in act)


async def _replay(
    postgres: _LoggingPostgres, database: str, acts: Sequence[Act], *, clients: int
) -> tuple[float, float]:
    """Return acts a second, and the CPU milliseconds of PostgreSQL for each."""
    scripts = []
    for number in range(clients):
        path = postgres.folder / f"client{number}.sql"
        path.write_text("".join(script(acts[number::clients])))
        scripts.append(path)
    pgbench: list[str | Path] = [postgres.programs / "pgbench", "--no-vacuum", "--client=1", "--transactions=1"]
    pgbench += ["--host=127.0.0.1", f"--port={postgres.port}", "--username=app"]
    server = {"PostgreSQL": roots(postgres)}
    with apart(roots(postgres), most=1):
        before, began = cpu_seconds(server), time.perf_counter()
        running = [
            await asyncio.create_subprocess_exec(
                *pgbench, f"--file={path}", database, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            for path in scripts
        ]
        ended = await asyncio.gather(*(process.communicate() for process in running))
        seconds, after = time.perf_counter() - began, cpu_seconds(server)
    if any(process.returncode for process in running):
        raise RuntimeError(f"pgbench: {ended[0][1].decode()}")
    return len(acts) / seconds, (after["PostgreSQL"] - before["PostgreSQL"]) * 1000 / len(acts)


def script(acts: Sequence[Act]) -> Iterator[str]:
    """Return the lines that let one client do these acts: each statement is prepared once."""
    names = {sql: f"asked_{number}" for number, sql in enumerate({each.sql for act in acts for each in act})}
    for sql, name in names.items():
        yield f"PREPARE {name} AS {sql};\n"
    for act in acts:
        yield f"{_BEGIN};\n"
        for statement in act:
            values = f"({', '.join(statement.values)})" if statement.values else ""
            yield f"EXECUTE {names[statement.sql]}{values};\n"
        yield f"{_COMMIT};\n"


def transactions(rows: Iterable[Sequence[str]]) -> Iterator[Act]:
    """Return what was committed, in that order."""
    open_ones: dict[str, list[Statement]] = {}
    for row in rows:
        asked = _ASKED.fullmatch(row[_MESSAGE])
        if asked is None:
            continue
        sql, process = asked[1].strip().rstrip(";"), row[_PROCESS]
        if sql.startswith(_BEGIN):
            open_ones[process] = []
        elif sql.startswith(_COMMIT):
            yield open_ones.pop(process)
        elif sql.startswith(_ROLLBACK):
            del open_ones[process]
        elif process in open_ones:
            open_ones[process].append(Statement(sql, tuple(_VALUE.findall(row[_DETAIL]))))


async def _set(postgres: _LoggingPostgres, command: str) -> None:
    connection = await asyncpg.connect(postgres.url().replace("+asyncpg", ""))
    try:
        await connection.execute(command)
    finally:
        await connection.close()


def _medians(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
