"""What a scan costs the browser in a session that grows long: `python -m tests.end_to_end.long_session`.

Copies are taken back at the desk page one after the other; the browser says how long its page was at work for each.
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
    async with EmbeddedLibrary() as library, chromium() as browser, at_work(browser, library.desk) as desk:
        copies = await library.shelve(copies=step)
        await desk.go("return")
        await desk.page.wait_for_selector("#returned:focus")
        measured = await desk.page.context.new_cdp_session(desk.page)
        await measured.send("Performance.enable")

        async def at_work_so_far() -> float:
            metrics = (await measured.send("Performance.getMetrics"))["metrics"]
            return float(1000 * sum(each["value"] for each in metrics if each["name"] in WORK))

        for first in range(0, rows, step):
            took = []
            for copy in copies:
                before = await at_work_so_far()
                await desk.page.fill("#returned", copy.barcode)
                await desk.scan("returned", "", answers="return-answers")
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
