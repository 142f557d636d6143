"""A librarian at the desk page who serves one reader after another without waiting, on slow lines that lose answers.

`python -m tests.end_to_end.readers` (`make readers`) plays it, and compares what the page said with who has which copy.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import typer
from playwright.async_api import Browser, Page, Request, Route

from tests.end_to_end.browser import chromium
from tests.end_to_end.desk import Desk, at_work
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done

LATENCIES = (100, 300, 800)  # milliseconds, of each request
MOST_COPIES = 6
TEMPO = (0.1, 0.4)  # seconds between two scans, from and to
ONE_IN = 12  # acts and questions, of which one is lost, on its way there or back
QUIET = 3.0  # seconds without a request, after which the page has nothing more to do

_NOTE_EACH_ANSWER = """
window.told = [];
const noted = new WeakMap();
const look = () => {
    for (const answer of document.querySelectorAll(".answer:not(.working)")) {
        const text = answer.textContent;
        if (noted.get(answer) === text) continue;
        noted.set(answer, text);
        const shown = answer.closest(".gone")?.querySelector(".reader") ?? document.getElementById("reader");
        window.told.push({ text, reader: shown?.textContent ?? "" });
    }
};
document.addEventListener("DOMContentLoaded", () =>
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true }));
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who comes to the desk, with what; a card that nobody has belongs to no member."""

    card: str
    member_id: str | None
    copies: list[str]
    unknown: list[str]
    """Barcodes that no copy has."""

    @property
    def scans(self) -> list[str]:
        return [*self.copies[:2], *self.unknown, *self.copies[2:]]


@dataclass
class Verdict:
    """What was wrong, a sentence for each copy or scan."""

    scans: int = 0
    lost_on_the_way: int = 0
    with_another: list[str] = field(default_factory=list)
    not_lent: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    told_to_another: list[str] = field(default_factory=list)
    told_wrong: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        return [*self.with_another, *self.not_lent, *self.untold, *self.told_to_another, *self.told_wrong]

    def __str__(self) -> str:
        return (
            f"{self.scans} scans, {self.lost_on_the_way} requests or answers lost: "
            f"{len(self.with_another)} copies on another's record, {len(self.not_lent)} not lent, "
            f"{len(self.untold)} scans without a word, {len(self.told_to_another)} answers in another's view, "
            f"{len(self.told_wrong)} answers that are not so"
        )


class BadLine:
    """The line between the page and the services: each request takes its time, and some are lost, there or back."""

    def __init__(self, milliseconds: int, randomly: random.Random) -> None:
        self._seconds = milliseconds / 1000
        self._randomly = randomly
        self.lost = 0

    async def carry(self, route: Route) -> None:
        way = self._randomly.choice(("there", "back")) if self._randomly.randrange(ONE_IN) == 0 else None
        await asyncio.sleep(self._seconds)
        if way is None:
            await route.continue_()
            return
        self.lost += 1
        if way == "back":
            await route.fetch()
        await route.abort()


class Play:
    """Readers at one desk, one after the other."""

    def __init__(self, library: EmbeddedLibrary, readers: Sequence[Reader], randomly: random.Random) -> None:
        self._library = library
        self._readers = readers
        self._randomly = randomly

    async def at(self, browser: Browser, milliseconds: int) -> Verdict:
        """Serve them all on a line as slow as this, and return what came of it."""
        line = BadLine(milliseconds, self._randomly)
        async with at_work(browser, self._library, beforehand=_NOTE_EACH_ANSWER) as desk:
            for service in self._library.services.values():
                await desk.page.route(f"{service}/v1/**", line.carry)
            busy = _Requests(desk.page)
            for reader in self._readers:
                await self._serve(desk, reader)
            await busy.are_over()
            told = await desk.page.evaluate("window.told")
        verdict = Verdict(sum(1 + len(reader.scans) for reader in self._readers), line.lost)
        for reader in self._readers:
            await self._judge(reader, told, verdict)
        return verdict

    async def _serve(self, desk: Desk, reader: Reader) -> None:
        for scanned in (reader.card, *reader.scans):
            if self._randomly.randrange(8) == 0:
                await desk.page.mouse.click(4, 890)  # the background: the caret is nowhere
            await desk.page.keyboard.type(scanned)
            await desk.page.keyboard.press("Enter")
            await asyncio.sleep(self._randomly.uniform(*TEMPO))
        await desk.page.keyboard.press("Escape")

    async def _judge(self, reader: Reader, told: list[dict[str, str]], verdict: Verdict) -> None:
        theirs = {copy.upper() for copy in await self._copies_of(reader)}
        ours = {copy.upper() for copy in reader.copies if reader.member_id is not None}
        verdict.with_another += [f"{copy}: {reader.card} has it and never scanned it" for copy in theirs - ours]
        verdict.not_lent += [f"{copy}: not lent to {reader.card}" for copy in ours - theirs]
        for scanned in reader.scans:
            lines = [line for line in told if scanned in line["text"]]
            own = [line["text"] for line in lines if reader.card in line["reader"]]
            if not own:
                verdict.untold.append(f"{scanned}: nothing was said to {reader.card}")
            verdict.told_to_another += [
                f"{scanned}: of {reader.card}, said to {line['reader'] or 'nobody'}"
                for line in lines
                if reader.card not in line["reader"]
            ]
            if own and ("Lent until" in own[-1]) != (scanned.upper() in theirs):
                verdict.told_wrong.append(f"{scanned}: of {reader.card}, {own[-1]!r}")

    async def _copies_of(self, reader: Reader) -> list[str]:
        if reader.member_id is None:
            return []
        librarian = await self._library.librarian()
        found = await librarian.get(
            f"{self._library.loans}/v1/loans", member_id=reader.member_id, status="open", limit=100
        )
        return [loan["barcode"] for loan in done(found)["items"]]


class _Requests:
    """Those of a page that are under way."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._open: set[Request] = set()
        self._last = asyncio.get_running_loop().time()
        page.on("request", self._begun)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

    def _begun(self, request: Request) -> None:
        self._open.add(request)
        self._last = asyncio.get_running_loop().time()

    def _ended(self, request: Request) -> None:
        self._open.discard(request)
        self._last = asyncio.get_running_loop().time()

    async def are_over(self) -> None:
        """Wait until nothing is under way any more: the page says so, and has asked for nothing for a while."""
        await self._page.wait_for_function("() => document.querySelector('.answer.working') === null")
        while self._open or asyncio.get_running_loop().time() - self._last < QUIET:
            await asyncio.sleep(0.1)


class Audience:
    """Makes readers and copies of a library."""

    def __init__(self, library: EmbeddedLibrary, randomly: random.Random, at_once: asyncio.Semaphore) -> None:
        self._library = library
        self._randomly = randomly
        self._at_once = at_once
        self._book = ""

    async def __call__(self, readers: int) -> list[Reader]:
        """Return so many readers; the card of one in ten is nobody's, and one in ten has a copy that is nobody's."""
        [copy] = await self._library.shelve()
        self._book = copy.book_id
        return await asyncio.gather(*(self._reader() for _ in range(readers)))

    async def _reader(self) -> Reader:
        copies = [await self._copy() for _ in range(self._randomly.randint(1, MOST_COPIES))]
        unknown = [f"9{self._randomly.randrange(10**12):013d}"] if self._randomly.randrange(10) == 0 else []
        if self._randomly.randrange(10) == 0:
            # Without a member a barcode that no copy has is one more card that nobody has, and shown as such.
            return Reader(f"7{self._randomly.randrange(10**12):013d}", None, copies, [])
        async with self._at_once:
            librarian = await self._library.librarian()
            body = {"name": "Dorothea Brooke", "category": "adult"}
            member = done(await librarian.post(f"{self._library.members}/v1/members", body))
        return Reader(member["card_number"], member["member_id"], copies, unknown)

    async def _copy(self) -> str:
        async with self._at_once:
            return (await self._library.label(self._book)).barcode


@dataclass
class Performance:
    """The same play at several desks at once, each on a line of its own."""

    library: EmbeddedLibrary
    browser: Browser
    seed: int

    async def of(self, readers: int) -> dict[int, Verdict]:
        """Play it with so many readers in all, a third of them at each desk; return the verdict for each latency."""
        at_once = asyncio.Semaphore(3)  # a database of one file has its writers wait in line, and not for ever

        async def one(index: int, milliseconds: int) -> Verdict:
            randomly = random.Random(f"{self.seed} {milliseconds}")
            come = (readers + index) // len(LATENCIES)
            play = Play(self.library, await Audience(self.library, randomly, at_once)(come), randomly)
            return await play.at(self.browser, milliseconds)

        desks = (one(index, milliseconds) for index, milliseconds in enumerate(LATENCIES))
        return dict(zip(LATENCIES, await asyncio.gather(*desks), strict=True))


def main(
    readers: Annotated[int, typer.Option(help="How many come to each desk.")] = 100,
    seed: Annotated[int, typer.Option(help="Of the tempo, of what is lost and of what is scanned.")] = 1,
) -> None:
    """Play readers at three desks with slow lines, and end with 1 where page and database do not agree."""

    async def play() -> dict[int, Verdict]:
        async with EmbeddedLibrary() as library, chromium() as browser:
            return await Performance(library, browser, seed).of(len(LATENCIES) * readers)

    verdicts = asyncio.run(play())
    for milliseconds, verdict in verdicts.items():
        print(f"{milliseconds} ms, {readers} readers: {verdict}")
        print(*(f"  {fault}" for fault in verdict.faults), sep="\n", end="\n" if verdict.faults else "")
    raise typer.Exit(1 if any(verdict.faults for verdict in verdicts.values()) else 0)


if __name__ == "__main__":
    typer.run(main)
