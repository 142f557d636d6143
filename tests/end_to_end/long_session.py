"""What a scan costs the browser in a session that grows long: `python -m tests.end_to_end.long_session`.

Copies are taken back at the desk page one after the other; the browser says how long its page was at work for each, on
its own thread, so that nobody else's work counts.
"""

import asyncio
from statistics import median
from typing import Annotated

import typer

from tests.end_to_end.browser import chromium
from tests.end_to_end.desk import at_work
from tests.end_to_end.gears import EmbeddedLibrary

WORK = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")  # seconds, as Chromium measures them


async def costs(rows: int, step: int) -> dict[int, float]:
    """Return the milliseconds of a scan by how many rows there were, the median of those before."""
    found: dict[int, float] = {}
    async with EmbeddedLibrary() as library, chromium() as browser, at_work(browser, library) as desk:
        copies = await library.shelve(copies=step, title="Romola")
        await desk.go("return")
        await desk.page.wait_for_selector("#returned:focus")
        measured = await desk.page.context.new_cdp_session(desk.page)
        await measured.send("Performance.enable", {"timeDomain": "threadTicks"})

        async def at_work_so_far() -> float:
            metrics = (await measured.send("Performance.getMetrics"))["metrics"]
            return float(1000 * sum(each["value"] for each in metrics if each["name"] in WORK))

        for first in range(0, rows, step):
            took = []
            for number, copy in enumerate(copies, start=first + 1):
                before = await at_work_so_far()
                await desk.page.keyboard.type(copy.barcode)
                await desk.page.keyboard.press("Enter")
                newest = f"#return-answers tr:first-child:not(.working):has(th:text-is('{number}'))"
                await desk.page.wait_for_selector(f"{newest}:has-text('Romola')")
                took.append(await at_work_so_far() - before)
            found[first + step] = median(took)
    return found


def main(
    rows: Annotated[int, typer.Option(help="How many scans there are in the end.")] = 500,
    step: Annotated[int, typer.Option(help="How many of them make a figure.")] = 50,
) -> None:
    """Print what a scan costs the page, as its session grows."""
    for count, milliseconds in asyncio.run(costs(rows, step)).items():
        print(f"{count:5} rows: {milliseconds:5.1f} ms a scan")


if __name__ == "__main__":
    typer.run(main)
