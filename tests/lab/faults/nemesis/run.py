"""The course of a run: set up, besiege in bouts, heal and settle after each, and gather what is left behind."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from httpx_aiohttp import AiohttpTransport

from tests.end_to_end.gears import KIOSK_SECRET
from tests.end_to_end.library import done
from tests.lab.faults.nemesis.actors import PASSING, Actor, Part, Scene, at_a_desk
from tests.lab.faults.nemesis.besieged.library import BesiegedLibrary
from tests.lab.faults.nemesis.cashiers import TILLS
from tests.lab.faults.nemesis.cast import PLAYS
from tests.lab.faults.nemesis.faults import FAULTS, Fault
from tests.lab.faults.nemesis.history import Act, History
from tests.lab.faults.nemesis.judging.evidence import Evidence, gather, told_so_far
from tests.lab.faults.nemesis.judging.judge import judge
from tests.lab.faults.nemesis.nemesis import Nemesis
from tests.lab.faults.nemesis.settling import settle

_BOUT = 16.0  # seconds under siege; then everything is healed and has to settle
_AT_ONCE = 14
_CHILDREN, _ADULTS = 6, 6
_CHILDS_LIMIT, _ADULTS_LIMIT = 5, 10
_REPLAYED = 400
_READINGS = 20
_LONGEST_FAULT = 120.0  # seconds, after the bout


@dataclass(slots=True)
class Run:
    """One run, and all that is known of it."""

    seed: int
    seconds: float
    mutant: str | None = None
    play: str = "library"
    acts: int | None = None  # after so many it ends, and not before
    history: History = field(default_factory=History)
    faults: Counter[str] = field(default_factory=Counter)
    crash_points: Counter[str] = field(default_factory=Counter)
    deaths: int = 0
    logs: dict[str, str] = field(default_factory=dict)
    settled: list[float] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    evidence: Evidence | None = None


class Siege:
    """A run under way."""

    def __init__(self, run: Run, library: BesiegedLibrary) -> None:
        self.run = run
        self.library = library
        self._over = asyncio.Event()
        self._faults: set[asyncio.Task[None]] = set()

    async def carry_out(self) -> None:
        """Besiege the library, bout by bout; afterwards `run` holds everything that a judge has to know."""
        run, library = self.run, self.library
        self.scene = await _furnish(library)
        keeper = asyncio.create_task(library.keep_alive())
        transport = AiohttpTransport(limits=httpx.Limits(max_connections=300))
        async with httpx.AsyncClient(transport=transport, trust_env=False) as http:
            try:
                self._cast = [(part, self._actor(name, http)) for name, part in PLAYS[run.play].cast]
                self._at_once = [self._actor(f"burst-{number}", http) for number in range(60)]
                self.nemesis = Nemesis(library, random.Random(run.seed), self._burst)
                ends = time.monotonic() + run.seconds
                while (left := self._left(ends)) > 0 and not run.unsettled:
                    await self._bout(min(_BOUT, left))
                    if run.mutant and any(judge(await self._evidence(http)).values()):
                        break
                run.evidence = await self._evidence(http)
            finally:
                keeper.cancel()
                await asyncio.gather(keeper, return_exceptions=True)
        run.logs = library.logs() | {"broker": library.rabbit.log.read_text(errors="replace")}
        run.deaths = len(library.deaths)
        run.crash_points.update(death.point for death in library.deaths if death.point)

    def _left(self, ends: float) -> float:
        """Return how many seconds the run still goes on; one of so many acts, for a bout if they are not done."""
        if self.run.acts is None:
            return ends - time.monotonic()
        return _BOUT if len(self.run.history.acts) < self.run.acts else 0.0

    async def _evidence(self, http: httpx.AsyncClient) -> Evidence:
        """Gather what there is against the library."""
        limits = {reader.member_id: _ADULTS_LIMIT for reader in self.scene.readers}
        limits |= {reader.member_id: _CHILDS_LIMIT for reader in self.scene.readers[:_CHILDREN]}
        left_for_good = {member.member_id for member in self.scene.left}
        evidence = Evidence(self.run.history, limits, left_for_good)
        await self._read(evidence)
        evidence.again = await self._ask_again(http)
        return evidence

    async def _read(self, evidence: Evidence) -> None:
        """Read what is left behind, once more where something was told meanwhile.

        A hold that waits gets its copy up to seconds later: what is read in one database before that, and in another
        after it, contradicts itself.
        """
        for _ in range(_READINGS):
            before = await told_so_far(self.library)
            lacking = self.run.unsettled or await settle(self.library, [], self.scene, repair=False)
            await gather(evidence, self.library)
            if lacking or before == await told_so_far(self.library):
                break

    def _actor(self, name: str, http: httpx.AsyncClient) -> Actor:
        return Actor(self.scene, self.run.history, http, name, random.Random(f"{self.run.seed} {name}"))

    async def _bout(self, seconds: float) -> None:
        """Let everybody act while the nemesis is at work; then heal, and see how long it takes until all is well."""
        before = self.run.faults.copy()
        self._over.clear()
        self.library.arming = True
        actors = [asyncio.create_task(self._play(part, actor)) for part, actor in self._cast]
        await self._rage(seconds)
        self.library.arming = False
        self._over.set()
        await self._end_faults()
        await self.library.heal()
        queues_lost = self.run.faults["queue deleted"] > before["queue deleted"]
        began = time.monotonic()
        lacking = await settle(self.library, actors, self.scene, repair=queues_lost)
        self.run.settled.append(time.monotonic() - began)
        if lacking:
            self.run.unsettled.append(lacking)
            for actor in actors:
                actor.cancel()
        await asyncio.gather(*actors, return_exceptions=bool(lacking))

    async def _end_faults(self) -> None:
        """Wait for the faults that have begun; one that does not end, such as a burst without an answer, is found."""
        if self._faults:
            _, endless = await asyncio.wait(self._faults, timeout=_LONGEST_FAULT)
            for fault in endless:
                fault.cancel()
                self.run.unsettled.append("a fault, or a burst of requests, did not come to an end")

    async def _play(self, part: Part, actor: Actor) -> None:
        while not self._over.is_set():
            await part(actor)

    async def _rage(self, seconds: float) -> None:
        """Begin faults one after the other, at most so many at once."""
        rng, ends = self.nemesis.rng, time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            await asyncio.sleep(min(left, rng.expovariate(PLAYS[self.run.play].faults_per_second)))
            if len(self._faults) < _AT_ONCE:
                fault = self._next()
                self.run.faults[fault.name] += 1
                task = asyncio.create_task(fault.do(self.nemesis))
                self._faults.add(task)
                task.add_done_callback(self._note_end)

    def _note_end(self, task: asyncio.Task[None]) -> None:
        self._faults.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.run.history.strange.append(f"the nemesis failed: {type(error).__name__}: {error}")

    def _next(self) -> Fault:
        """Return some kind of fault: rather one that did not happen often enough yet."""
        had = self.run.faults
        busy = self.nemesis.broker.locked()  # else they would all wait for each other
        only = PLAYS[self.run.play].faults
        able = [fault for fault in FAULTS if not (busy and fault.on_broker) and (not only or fault.name in only)]
        weights = [fault.weight * (4 if had[fault.name] < fault.least else 1) for fault in able]
        return self.nemesis.rng.choices(able, weights)[0]

    async def _burst(self) -> None:
        """Send a burst of requests."""
        await asyncio.gather(*(at_a_desk(actor) for actor in self._at_once))

    async def _ask_again(self, http: httpx.AsyncClient) -> list[tuple[Act, int, dict[str, Any]]]:
        """Use the keys of the last accepted acts once more."""
        found: list[tuple[Act, int, dict[str, Any]]] = []
        for act in [act for act in self.run.history.acts if act.accepted][-_REPLAYED:]:
            service, path = act.address.split(" ")
            headers = {"Authorization": f"Bearer {self.scene.tokens[act.token]}", "Idempotency-Key": act.key}
            address = f"{self.library.address(f'{service} 1')}{path}"
            for _ in range(20):
                with contextlib.suppress(httpx.TransportError):
                    answer = await http.post(address, json=act.body, headers=headers, timeout=10)
                    if answer.status_code not in PASSING:
                        found.append((act, answer.status_code, answer.json()))
                        break
                await asyncio.sleep(0.3)
        return found


async def _furnish(library: BesiegedLibrary) -> Scene:
    """Shelve, enrol and sign in; copies are few and members close to their limits, so that everybody meets."""
    copies = [copy for _ in range(8) for copy in await library.shelve(copies=4)]
    readers = [await library.enrol("child") for _ in range(_CHILDREN)]
    readers += [await library.enrol() for _ in range(_ADULTS)]
    tokens = {"desk": (await library.librarian()).token or "", "admin": (await library.admin()).token or ""}
    for reader in readers[-5:] + readers[:3]:
        tokens[reader.member_id] = (await library.signed_in(reader.person)).token or ""
    form = {"grant_type": "client_credentials", "client_id": "kiosk", "client_secret": KIOSK_SECRET}
    as_admin = {"Authorization": f"Bearer {tokens['admin']}"}
    for till in TILLS:
        at_the_till = {"till": till, "branch": "MAIN", "name": f"Till {till}"}
        for path, body in (
            ("", at_the_till),
            (f"/{till}/sessions", {"counted": {"amount": 10_000, "currency": "EUR"}}),
        ):
            done(await library.http.post(f"{library.loans}/v1/tills{path}", json=body, headers=as_admin))
    tokens["kiosk"] = done(await library.http.post(f"{library.members}/v1/auth/token", data=form))["access_token"]
    return Scene(library, copies, list({copy.book_id: None for copy in copies}), readers, _CHILDREN, tokens)


async def carry_out(run: Run) -> None:
    """Carry the run out, from nothing to nothing left behind."""
    async with BesiegedLibrary(seed=run.seed, mutant=run.mutant) as library:
        await Siege(run, library).carry_out()
