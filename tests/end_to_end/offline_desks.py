"""Three desks whose line is cut for four hours, and whose browsers are killed: what becomes of what they kept.

`python -m tests.end_to_end.offline_desks` (`make offline`) plays it twice, with the desks sending in opposite orders,
and compares who has which copy with what was done last to each.
"""

import asyncio
import contextlib
import json
import random
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import LIBRARIAN, Member, done

SCRIPT = Path(__file__).with_name("offline_desk.mjs")
DESKS = 3
CUT = timedelta(hours=4)
SKEW = timedelta(minutes=10)
COPIES_EACH = 5  # so few that no reader comes to a limit: what is listed is then a clash, and nothing else


@dataclass
class Play:
    """What was done at each desk, in its order; `holder` has who took each copy last, None for nobody.

    Copies with two tales are `twice`; of those, two readers took the ones in `contested`.
    """

    acts: list[list[dict[str, Any]]]
    holder: dict[str, str | None]
    twice: set[str]
    contested: set[str]


@dataclass
class Verdict:
    """What became of it, and a sentence for each fault; `listed` are the copies of which a line asks for a look."""

    acts: int = 0
    clashes: int = 0
    kills: int = 0
    listed: int = 0
    faults: list[str] = field(default_factory=list)


def play_of(copies: list[str], readers: list[str], *, acts: int, clashes: int, randomly: random.Random) -> Play:
    """Lend copies at all desks; `clashes` of them another desk lends to somebody else, or takes back, later on."""
    skews = [timedelta(seconds=randomly.uniform(-1, 1) * SKEW.total_seconds()) for _ in range(DESKS)]
    start = datetime.now(UTC) - CUT - SKEW
    desks: list[list[dict[str, Any]]] = [[] for _ in range(DESKS)]
    scanned: dict[str, list[tuple[datetime, str | None]]] = {copy: [] for copy in copies}

    def scan(desk: int, share: float, copy: str, reader: str | None) -> None:
        at = start + CUT * share + skews[desk]
        lends = {"kind": "lend", "card": reader} if reader else {"kind": "return"}
        desks[desk].append(lends | {"barcode": copy, "branch": "MAIN", "at": at.isoformat().replace("+00:00", "Z")})
        scanned[copy].append((at, reader))

    for number, copy in enumerate(copies[: acts - clashes]):
        first, reader = randomly.randrange(DESKS), readers[number % len(readers)]
        scan(first, randomly.uniform(0, 0.4), copy, reader)
        if number < clashes:
            other = (first + randomly.randrange(1, DESKS)) % DESKS
            another = randomly.choice([*(each for each in readers if each != reader), None])
            scan(other, randomly.uniform(0.6, 1), copy, another)
    for desk in desks:
        desk.sort(key=lambda act: str(act["at"]))
    last = {copy: max(acts_of)[1] for copy, acts_of in scanned.items() if acts_of}
    return Play(
        desks,
        last,
        twice={copy for copy, acts_of in scanned.items() if len(acts_of) > 1},
        contested={copy for copy, acts_of in scanned.items() if len([reader for _, reader in acts_of if reader]) > 1},
    )


class Desk:
    """One desk: a process that is killed again and again, and the file that outlives it.

    A browser may die between the disk and the beep. Whoever heard none scans the copy once more, and keeps it twice.
    """

    def __init__(self, folder: Path, services: Path, token: str) -> None:
        self._disk, self._services, self._token = folder / "disk.json", services, token
        self._acts = folder / "acts.json"
        self.kills = 0
        self.scanned_again: set[str] = set()

    async def keep(self, acts: list[dict[str, Any]], *, kills: int, randomly: random.Random) -> None:
        """Sign in once, and keep all acts; the browser is killed so often, wherever it is."""
        await self._run("send", str(self._services), self._token)
        self._acts.write_text(json.dumps(acts))
        beeps = -1
        while beeps < len(acts) - 1:
            process = await self._start("keep", str(self._acts), str(beeps + 1))
            dies_after = randomly.randint(1, max(1, len(acts) // (kills + 1))) if self.kills < kills else len(acts)
            assert process.stdout is not None
            async for line in process.stdout:
                beeps = int(line)
                dies_after -= 1
                if dies_after <= 0:
                    with contextlib.suppress(ProcessLookupError):  # it may just have come to its end
                        process.kill()
                    self.kills += 1
                    break
            heard = (await process.stdout.read()).splitlines()  # its last beeps sounded before it died
            beeps = int(heard[-1]) if heard else beeps
            await process.wait()
            if (kept := self._kept()) > beeps + 1 + len(self.scanned_again):
                assert kept == beeps + 2 + len(self.scanned_again), "kept without a beep, more than once"
                self.scanned_again.add(acts[beeps + 1]["barcode"])

    def _kept(self) -> int:
        return len(json.loads(self._disk.read_text())["acts"])

    async def send(self, *, kills: int, randomly: random.Random) -> list[dict[str, Any]]:
        """Send all, killed so often in the midst of it; return what became of each."""
        for _ in range(kills):
            process = await self._start("send", str(self._services), self._token)
            await asyncio.sleep(randomly.uniform(0.3, 1.5))
            if process.returncode is None:
                process.kill()
                self.kills += 1
            await process.wait()
        told = await self._run("send", str(self._services), self._token)
        return [json.loads(line) for line in told.splitlines()]

    async def _start(self, *words: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec("node", str(SCRIPT), str(self._disk), *words, stdout=pipe)

    async def _run(self, *words: str) -> str:
        process = await self._start(*words)
        told, _ = await process.communicate()
        assert 0 == process.returncode, words[0]
        return told.decode()


async def performed(library: EmbeddedLibrary, *, acts: int, clashes: int, kills: int, seed: int) -> list[Verdict]:
    """Play it twice, the desks sending in opposite orders."""
    return [
        await _once(library, acts=acts, clashes=clashes, kills=kills, seed=seed, backwards=backwards)
        for backwards in (False, True)
    ]


async def _once(
    library: EmbeddedLibrary, *, acts: int, clashes: int, kills: int, seed: int, backwards: bool
) -> Verdict:
    randomly = random.Random(seed)
    book = (await library.shelve())[0].book_id
    copies = [(await library.label(book)).barcode for _ in range(acts - clashes)]
    readers = [await library.enrol() for _ in range(max(3, acts // COPIES_EACH))]
    play = play_of(copies, [one.card_number for one in readers], acts=acts, clashes=clashes, randomly=randomly)
    verdict = Verdict(acts=acts, clashes=clashes)
    with tempfile.TemporaryDirectory() as folder:
        services = Path(folder) / "services.json"
        services.write_text(json.dumps({name: getattr(library, name) for name in ("books", "members", "loans")}))
        desks = []
        for number in range(DESKS):
            own = Path(folder) / str(number)
            own.mkdir()
            desks.append(Desk(own, services, await _token(library)))
        each = kills // DESKS // 2
        await asyncio.gather(
            *(desk.keep(own, kills=each, randomly=randomly) for desk, own in zip(desks, play.acts, strict=True))
        )
        results = []
        for desk in reversed(desks) if backwards else desks:
            results += await desk.send(kills=each, randomly=randomly)
        verdict.kills = sum(desk.kills for desk in desks)
        play.twice.update(*(desk.scanned_again for desk in desks))
    await _judge(library, play, results, readers, verdict)
    return verdict


def needs_a_look(result: dict[str, Any]) -> bool:
    """Whether the page marks what became of an act: refused, against the rules, not on loan, or taken from another."""
    answer = result["answer"] or {}
    not_on_loan = result["act"]["kind"] == "return" and answer.get("loan") is None
    return bool(result["refusals"] or answer.get("overridden") or answer.get("ended_loan_id") or not_on_loan)


async def _judge(
    library: EmbeddedLibrary, play: Play, results: list[dict[str, Any]], readers: list[Member], verdict: Verdict
) -> None:
    done_at = {(act["barcode"], act["at"]) for acts in play.acts for act in acts}
    told = Counter((result["act"]["barcode"], result["act"]["at"]) for result in results)
    verdict.faults += [f"{barcode} at {at}: nothing is told of it" for barcode, at in done_at - told.keys()]
    listed = {result["act"]["barcode"] for result in results if needs_a_look(result)}
    verdict.listed = len(listed)
    verdict.faults += [
        f"{barcode}: two readers took it, and no line asks for a look" for barcode in play.contested - listed
    ]
    verdict.faults += [
        f"{result['act']['barcode']}: nobody else scanned it, and a line asks for a look: {result}"
        for result in results
        if needs_a_look(result) and result["act"]["barcode"] not in play.twice
    ]
    cards = {reader.member_id: reader.card_number for reader in readers}
    librarian = await library.librarian()
    for barcode, holder in play.holder.items():
        copy = done(await librarian.get(f"{library.books}/v1/copies", barcode=barcode))["items"][0]
        query = {"copy_id": copy["copy_id"], "status": "open"}
        found = done(await librarian.get(f"{library.loans}/v1/loans", **query))["items"]
        has = [cards[loan["member_id"]] for loan in found]
        if has != ([] if holder is None else [holder]):
            verdict.faults.append(f"{barcode}: {holder} took it last, and {has} has it")


async def _token(library: EmbeddedLibrary) -> str:
    form = {"grant_type": "password", "client_id": "desk", "username": LIBRARIAN.email, "password": LIBRARIAN.password}
    answer = done(await library.http.post(f"{library.members}/v1/auth/token", data=form))
    token: str = answer["access_token"]
    return token


def main(
    acts: Annotated[int, typer.Option(help="How many are done at the three desks together.")] = 300,
    clashes: Annotated[int, typer.Option(help="Of how many copies two desks tell different things.")] = 40,
    kills: Annotated[int, typer.Option(help="How often a browser is killed.")] = 24,
    seed: Annotated[int, typer.Option(help="Of everything that is left to chance.")] = 1,
) -> None:
    """Play three desks without a line, and end with 1 where something was lost, doubled or not told."""

    async def play() -> list[Verdict]:
        async with EmbeddedLibrary() as library:
            return await performed(library, acts=acts, clashes=clashes, kills=kills, seed=seed)

    verdicts = asyncio.run(play())
    for verdict in verdicts:
        print(verdict)
    raise typer.Exit(1 if any(verdict.faults for verdict in verdicts) else 0)


if __name__ == "__main__":
    typer.run(main)
