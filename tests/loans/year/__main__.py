"""`make year`: lives through a year of lending, and compares every figure with what its events come to."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Annotated

import structlog
import typer

from shared.persistence.database import Database
from tests.loans.year.judging import judged
from tests.templates import Templates

_SHOWN = 20


def main(
    acts: Annotated[int, typer.Option(min=100, help="How many things happen in the year.")] = 200_000,
    seed: Annotated[int, typer.Option(help="Another seed is another year.")] = 1,
) -> None:
    """Live through the year on SQLite, and end with 1 where a figure is wrong."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))  # relays are killed on purpose
    with tempfile.TemporaryDirectory() as folder:
        if not asyncio.run(_is_right(Path(folder), acts, seed)):
            raise typer.Exit(1)


async def _is_right(folder: Path, acts: int, seed: int) -> bool:
    templates = Templates(folder)
    database: Database = (await templates.kept("sqlite", "loans_service")).database
    began, is_right = (time.monotonic(), time.process_time()), True
    async for finding in judged(database, seed=seed, acts=acts):
        took = f"{time.monotonic() - began[0]:.0f} s, {time.process_time() - began[1]:.0f} s of the processor"
        typer.echo(f"{finding.what}: looked at {finding.looked_at:,}, wrong {len(finding.wrong)} ({took})")
        for what, (found, expected) in [*finding.wrong.items()][:_SHOWN]:
            typer.echo(f"  {what}: {found}, and should be {expected}")
        is_right = is_right and not finding.wrong
    await templates.leave()
    return is_right


if __name__ == "__main__":
    typer.run(main)
