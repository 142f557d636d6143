"""What people ask a catalogue, asked of a small and of a large one in turns."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from urllib.parse import urlencode

from rich.console import Console
from rich.table import Table

from tests.end_to_end.processes import Process, run
from tests.lab.benchmarks.catalogue import BRANCHES, Catalogue
from tests.lab.benchmarks.client import Connection, request
from tests.lab.benchmarks.filling import fill
from tests.lab.benchmarks.processes import cpu_seconds, machine_seconds
from tests.lab.benchmarks.report import judged
from tests.lab.benchmarks.servers import DurablePostgres, roots
from tests.ports import HOST, quiet_ports
from tests.servers import PostgresServer

SMALL, LARGE = 10_000, 1_000_000
AIM_MILLISECONDS, AIM_RATIO = 100, 2.0
_VARIANTS = 8  # of each kind of question, so that no cache has seen just this one
_DEEP = 25  # pages


class RoomyPostgres(DurablePostgres):
    """PostgreSQL with the memory that its own manual advises for such a database."""

    def commands(self) -> list[list[str | Path]]:
        (server,) = super().commands()
        return [[*server, "--shared_buffers=2GB", "--effective_cache_size=8GB", "--max_wal_size=4GB"]]


def kinds(catalogue: Catalogue) -> Mapping[str, Callable[[int], dict[str, object]]]:
    """Return the kinds of questions, each as its n-th variant. The books named here are in both catalogues."""
    word = catalogue.words.common

    def book(number: int) -> tuple[str, str, str | None]:
        record = catalogue.record(number * 997 + 3)
        return record.title, record.authors[0], None if record.main_isbn is None else str(record.main_isbn)

    return {
        "the commonest words": lambda n: {"q": word(n)},
        "a common word": lambda n: {"q": word(30 + 7 * n)},
        "an uncommon word": lambda n: {"q": word(300 + 70 * n)},
        "a rare word": lambda n: {"q": word(9_000 + 500 * n)},
        "two common words": lambda n: {"q": f"{word(4 + n)} {word(40 + n)}"},
        "two uncommon words": lambda n: {"q": f"{word(200 + n)} {word(400 + n)}"},
        "a beginning of three letters": lambda n: {"q": word(500 + 70 * n)[:3]},
        "a word and one letter": lambda n: {"q": f"{word(100 + 50 * n)} {word(60 + n)[:1]}"},
        "a whole title": lambda n: {"q": book(n)[0]},
        "an author": lambda n: {"q": book(n)[1]},
        "a misspelt author": lambda n: {"q": _misspelt(book(n)[1])},
        "an ISBN": lambda n: {"q": next(isbn for k in range(n, n + 99) if (isbn := book(k)[2]))},
        "nothing that exists": lambda n: {"q": f"zzyzx{n}qq"},
        "filter: author": lambda n: {"author": book(n)[1]},
        "filter: language": lambda n: {"language": ("jpn", "rus", "ita", "dut")[n % 4]},
        "filter: years": lambda n: {"year_from": 1990 + n, "year_to": 1990 + n},
        "a common word, available": lambda n: {"q": word(30 + 7 * n), "available": "true"},
        "an uncommon word in a language": lambda n: {"q": word(300 + 70 * n), "language": "ger"},
        "by title: a common word": lambda n: {"q": word(30 + 7 * n), "sort": "title"},
        "by title: an uncommon word": lambda n: {"q": word(300 + 70 * n), "sort": "title"},
        "by year: a common word": lambda n: {"q": word(30 + 7 * n), "sort": "-published_year"},
        "newest: a common word": lambda n: {"q": word(30 + 7 * n), "sort": "-added_at"},
        "all books": lambda n: {"limit": 20 + n},
        "all books, by title": lambda n: {"sort": "title", "limit": 20 + n},
        "far on: a common word": lambda n: {"q": word(30 + 7 * n), "pages": _DEEP},
        "filter: branch": lambda n: {"branch": BRANCHES[1 + n]},
        "filter: item type": lambda n: {"item_type": "dvd", "limit": 20 + n},
        "filter: publisher": lambda n: {"publisher": catalogue.record(n * 997 + 3).publisher},
        "filter: shelf mark": lambda n: {"shelf_mark": f"{37 * n:03}"},
        "a shelf mark": lambda n: {"q": catalogue.copies(n * 997 + 3)[0].shelf_mark},
        "a common word in a branch": lambda n: {"q": word(30 + 7 * n), "branch": BRANCHES[1 + n]},
        "an uncommon word, available at a branch": lambda n: {"q": word(300 + 70 * n), "available_at": BRANCHES[1 + n]},
        "by author: a common word": lambda n: {"q": word(30 + 7 * n), "sort": "author"},
        "by shelf mark: a branch": lambda n: {"branch": BRANCHES[1 + n], "sort": "shelf_mark"},
        "most lent: a common word": lambda n: {"q": word(30 + 7 * n), "sort": "-loans"},
        "all books, most lent": lambda n: {"sort": "-loans", "limit": 20 + n},
        "browse: authors": lambda n: {"path": "/v1/browse/authors", "from": book(n)[1]},
        "browse: titles": lambda n: {"path": "/v1/browse/titles", "from": book(n)[0]},
        "browse: shelf marks of a branch": lambda n: {
            "path": "/v1/browse/shelf-marks",
            "from": f"{37 * n:03}",
            "branch": BRANCHES[1 + n],
        },
        "far on: by title": lambda n: {"q": word(30 + 7 * n), "sort": "title", "pages": _DEEP},
    }


FACETS = {
    "with facets: a common word": "subject,language,author",
    "with facets of copies: a common word": "branch,available_at,item_type,format",
}


def _misspelt(name: str) -> str:
    at = len(name) - 4
    return name[:at] + name[at + 1 :]


@dataclass(slots=True)
class Size:
    """One catalogue: where it is served, and what it is asked, by kind."""

    books: int
    url: str
    process: Process
    connection: Connection = field(init=False)
    questions: Mapping[str, list[bytes]] = field(default_factory=dict)

    async def connect(self) -> None:
        """Connect anew, because nobody keeps an idle connection for long."""
        async with asyncio.timeout(60):
            while True:
                try:
                    self.connection = await Connection.to(self.url)
                    return
                except OSError:
                    await asyncio.sleep(0.1)

    async def prepare(self, catalogue: Catalogue) -> None:
        """Write the questions, and find out where the later pages begin."""
        await self.connect()
        self.questions = {
            kind: [await self._written(variant(n)) for n in range(_VARIANTS)]
            for kind, variant in kinds(catalogue).items()
        } | {
            kind: [
                await self._written({"q": catalogue.words.common(30 + 7 * n), "facets": facets})
                for n in range(_VARIANTS)
            ]
            for kind, facets in FACETS.items()
        }

    async def ask(self, kind: str, number: int) -> float:
        """Return how many milliseconds an answer takes. Raises RuntimeError unless it is one."""
        question = self.questions[kind][number % _VARIANTS]
        asked = perf_counter()
        status, body = await self.connection.ask(question)
        took = (perf_counter() - asked) * 1000
        if status != 200:
            raise RuntimeError(f"{question.splitlines()[0].decode()} was answered {status}: {body.decode()}")
        return took

    async def _written(self, query: dict[str, object]) -> bytes:
        path = query.get("path", "/v1/books")
        asked = {name: str(value) for name, value in query.items() if name not in {"pages", "path"}}
        for _ in range(int(str(query.get("pages", 1))) - 1):
            _, body = await self.connection.ask(request("GET", f"/v1/books?{urlencode(asked)}"))
            cursor = json.loads(body)["next_cursor"]
            if cursor is None:
                break
            asked["cursor"] = cursor
        return request("GET", f"{path}?{urlencode(asked)}")


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured: milliseconds of every answer by kind and size; `others` had this share of the processors."""

    sizes: tuple[int, int]
    milliseconds: Mapping[str, tuple[list[float], list[float]]]
    others: float

    def medians(self, kind: str) -> tuple[float, float]:
        """Return the medians of the small and of the large catalogue."""
        small, large = self.milliseconds[kind]
        return median(small), median(large)

    @property
    def mix(self) -> tuple[list[float], list[float]]:
        """Return all answers but those with facets, which are told apart."""
        both = [values for kind, values in self.milliseconds.items() if kind not in FACETS]
        return [one for small, _ in both for one in small], [one for _, large in both for one in large]

    def verdicts(self) -> list[str]:
        """Return one sentence per aim."""
        small, large = map(median, self.mix)
        worst = max(self.milliseconds, key=self._ratio)
        few, many = (f"{books:,} books" for books in self.sizes)
        soon, alike = judged(large < AIM_MILLISECONDS), judged(large / small <= AIM_RATIO)
        grows = f"{worst}, costs {self._ratio(worst):.2f} times as much (aim: at most {AIM_RATIO:g})"
        return [
            f"The median of all questions to {many} is {large:.1f} ms (aim: below {AIM_MILLISECONDS}); {soon}.",
            f"It is {large / small:.2f} times that of {few} (aim: at most {AIM_RATIO:g}); {alike}.",
            f"The kind of question that grows most, {grows}; {judged(self._ratio(worst) <= AIM_RATIO)}.",
            f"Other programs took {self.others:.0%} of the processors meanwhile.",
        ]

    def show(self, console: Console) -> None:
        """Print the table and what it means."""
        table = Table(title="Searches over HTTP by one client: median milliseconds; p95 of the large catalogue")
        table.add_column("question")
        for heading in (*(f"{size:,} books" for size in self.sizes), "ratio", "p95"):
            table.add_column(heading, justify="right")
        for kind in self.milliseconds:
            small, large = self.medians(kind)
            late = _late(self.milliseconds[kind][1])
            table.add_row(kind, f"{small:.1f}", f"{large:.1f}", f"{large / small:.2f}", f"{late:.1f}")
        console.print(table)
        for verdict in self.verdicts():
            console.print(verdict, highlight=False)

    def as_json(self) -> dict[str, object]:
        """Return everything as JSON values."""
        return {
            "sizes": self.sizes,
            "verdicts": self.verdicts(),
            "kinds": {
                kind: {"median": self.medians(kind), "p95": [*map(_late, both)], "ratio": self._ratio(kind)}
                for kind, both in self.milliseconds.items()
            },
            "share of other programs": self.others,
        }

    def _ratio(self, kind: str) -> float:
        small, large = self.medians(kind)
        return large / small


async def measure(console: Console, *, large: int = LARGE, rounds: int = 24) -> Found:
    """Ask both catalogues every kind of question `rounds` times, in turns."""
    catalogue = Catalogue()
    async with contextlib.AsyncExitStack() as stack:
        postgres = stack.enter_context(RoomyPostgres())
        sizes = [await stack.enter_async_context(_library(postgres, books, console)) for books in (SMALL, large)]
        for size in sizes:
            await size.prepare(catalogue)
        for size in sizes:
            await size.connect()
        asked: dict[str, tuple[list[float], list[float]]] = {kind: ([], []) for kind in sizes[0].questions}
        (total, busy), own = machine_seconds(), _cpu(postgres, sizes)
        for number in range(-_VARIANTS, rounds):  # the first time through, caches fill
            for kind, answers in asked.items():
                for size, kept in zip(sizes, answers, strict=True):
                    took = await size.ask(kind, number)
                    if number >= 0:
                        kept.append(took)
        total_after, busy_after = machine_seconds()
        others = max(0.0, busy_after - busy - _cpu(postgres, sizes) + own) / (total_after - total)
        for size in sizes:
            size.connection.close()
        return Found((SMALL, large), asked, others)


@contextlib.asynccontextmanager
async def _library(postgres: PostgresServer, books: int, console: Console) -> AsyncIterator[Size]:
    """Fill a database and serve it."""
    console.print(f"Making up a catalogue of {books:,} books …")
    url = postgres.create_database(f"books_{books}")
    (port,) = quiet_ports(1)
    environment = {"BOOKS_DATABASE_URL": url, "RABBITMQ_URL": "amqp://nobody.invalid", "AUTH_PUBLIC_URL": "http://none"}
    migrated = run("books_service", "migrate", environment=environment)
    if migrated.returncode:
        raise RuntimeError(migrated.stderr)
    await fill(url.replace("+asyncpg", ""), books=books)
    arguments = ("books_service", "serve", "--host", HOST, "--port", str(port))
    process = Process(*arguments, environment=environment)  # never quite ready: it lacks members, whom nobody asks here
    await asyncio.to_thread(process.start)
    try:
        yield Size(books, f"http://{HOST}:{port}", process)
    finally:
        await asyncio.to_thread(process.close)


def _cpu(postgres: PostgresServer, sizes: Sequence[Size]) -> float:
    """Return the CPU seconds that everything measured here, and this client, have used so far."""
    used = cpu_seconds({"postgres": roots(postgres)} | {str(size.books): roots(size.process) for size in sizes})
    return sum(used.values()) + process_time()


def _late(values: list[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[94]
