"""One act by many clients for a while: how many, how fast, at what cost, and when its last event had arrived."""

import asyncio
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import quantiles

import asyncpg

from shared.kernel.ids import new_id
from tests.lab.benchmarks.client import Connection, request
from tests.lab.benchmarks.contestants import Contestant
from tests.lab.benchmarks.processes import cpu_seconds, machine_seconds

OK, CREATED = 200, 201
_LONGEST_SETTLING = 60.0
_OUTBOX = "SELECT count(*) FROM outbox"
_INBOX = "SELECT count(*) FROM inbox"
POLLED = (_OUTBOX, _INBOX)
"""What a measurement itself asks the databases."""


@dataclass(frozen=True, slots=True)
class Order:
    """A request about one copy, and the status that it must be answered with."""

    barcode: str
    request: bytes
    status: int


@dataclass(frozen=True, slots=True)
class Phase:
    """What came of it. Times in seconds; `cpu` by process, until the last event was worked on.

    `others` is the share of the machine's processors that went to programs which are not measured here.
    """

    done: tuple[str, ...]
    seconds: float
    settled_after: float
    latencies: tuple[float, ...]
    cpu: Mapping[str, float]
    others: float

    @property
    def per_second(self) -> float:
        return len(self.done) / self.seconds

    @property
    def per_second_settled(self) -> float:
        """Acts a second by a clock that stops only when the last event was worked on by its reader."""
        return len(self.done) / (self.seconds + self.settled_after)

    @property
    def cpu_per_thousand(self) -> dict[str, float]:
        """CPU seconds per 1000 acts, by process."""
        return {name: used * 1000 / len(self.done) for name, used in self.cpu.items()}

    def milliseconds(self, percent: int) -> float:
        """Return the latency that `percent` of the requests did not exceed."""
        return quantiles(self.latencies, n=100, method="inclusive")[percent - 1] * 1000


class Desk:
    """Sends one contestant its clients. `roots` are the process ids whose CPU time is counted, by name."""

    def __init__(self, contestant: Contestant, *, clients: int, roots: Mapping[str, tuple[int, ...]]) -> None:
        self.contestant = contestant
        self.check_outs = self.returns = 0
        self._clients = clients
        self._roots = roots

    async def check_out(
        self, *, copies: int | None = None, seconds: float = math.inf, clients: int | None = None
    ) -> Phase:
        """Lend the first `copies` copies of the stock, or as many as can be lent in `seconds`."""
        requests = self.contestant.stock[:copies]
        orders = [
            self._order("/v1/loans", CREATED, copy_barcode=barcode, card_number=card) for barcode, card in requests
        ]
        return await self._run(orders, seconds, clients)

    async def bring_back(self, barcodes: Iterable[str], *, clients: int | None = None) -> Phase:
        """Return these copies."""
        orders = [self._order("/v1/returns", OK, copy_barcode=barcode) for barcode in barcodes]
        return await self._run(orders, clients=clients)

    def _order(self, path: str, status: int, **body: str) -> Order:
        token = self.contestant.token
        return Order(body["copy_barcode"], request("POST", path, token=token, body=body, key=str(new_id())), status)

    async def _run(self, orders: Iterable[Order], seconds: float = math.inf, clients: int | None = None) -> Phase:
        """Work through `orders`, and wait until their events have arrived.

        Raises RuntimeError when an order is answered with another status than its own.
        """
        before, (machine_before, busy_before) = self._cpu(), machine_seconds()
        begin = time.perf_counter()
        waiting, answers = iter(orders), list[tuple[Order, float]]()
        await asyncio.gather(*(self._work(waiting, answers, begin + seconds) for _ in range(clients or self._clients)))
        answered = time.perf_counter()
        for order, _ in answers:
            self.check_outs += order.status == CREATED
            self.returns += order.status == OK
        await self._settle()
        settled = time.perf_counter()
        after, (machine, busy) = self._cpu(), machine_seconds()
        cpu = {name: after[name] - before[name] for name in after}
        return Phase(
            done=tuple(order.barcode for order, _ in answers),
            seconds=answered - begin,
            settled_after=settled - answered,
            latencies=tuple(latency for _, latency in answers),
            cpu=cpu,
            others=max(0.0, busy - busy_before - sum(cpu.values())) / (machine - machine_before),
        )

    async def _work(self, waiting: Iterator[Order], answers: list[tuple[Order, float]], end: float) -> None:
        connection = await Connection.to(self.contestant.urls["loans"])
        for order in waiting:
            asked = time.perf_counter()
            status, body = await connection.ask(order.request)
            answered = time.perf_counter()
            if status != order.status:
                raise RuntimeError(f"{self.contestant.name}: {order.barcode} was answered {status}: {body.decode()}")
            answers.append((order, answered - asked))
            if answered >= end:
                break
        connection.close()

    async def _settle(self) -> None:
        """Wait until the outbox is empty and books has worked on one event for every act."""
        addresses = self.contestant.databases
        outbox, inbox = await asyncio.gather(*(asyncpg.connect(addresses[name]) for name in ("loans", "books")))
        try:
            async with asyncio.timeout(_LONGEST_SETTLING):
                while await outbox.fetchval(_OUTBOX) or await inbox.fetchval(_INBOX) < self.check_outs + self.returns:
                    await asyncio.sleep(0.05)
        finally:
            await asyncio.gather(outbox.close(), inbox.close())

    def _cpu(self) -> dict[str, float]:
        return cpu_seconds(self._roots) | {"client": time.process_time()}
