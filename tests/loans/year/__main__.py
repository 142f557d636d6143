"""`make year`: asks about few people, lives through a year, and compares every figure with what its events come to."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import structlog
import typer

from shared.persistence.database import Database
from tests.loans.year.attack import ATTACKED, attacked
from tests.loans.year.judging import Finding, judged
from tests.templates import Templates

_SHOWN = 20


def main(
    acts: Annotated[int, typer.Option(min=100, help="How many things happen in the year.")] = 200_000,
    answers: Annotated[int, typer.Option(min=10, help="How many answers about people are put together.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Another seed is another year.")] = 1,
    *,
    attack: Annotated[bool, typer.Option("--attack", help="Ask about few people, and nothing else.")] = False,
) -> None:
    """Ask about few people, live through the year on SQLite, and end with 1 where something is wrong."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))  # relays are killed on purpose
    with tempfile.TemporaryDirectory() as folder:
        if not asyncio.run(_is_right(Path(folder), 0 if attack else acts, answers, seed)):
            raise typer.Exit(1)


async def _is_right(folder: Path, acts: int, answers: int, seed: int) -> bool:
    templates = Templates(folder)
    began, is_right = (time.monotonic(), time.process_time()), True
    async for finding in _findings(templates, acts, answers, seed):
        took = f"{time.monotonic() - began[0]:.0f} s, {time.process_time() - began[1]:.0f} s of the processor"
        typer.echo(f"{finding.what}: looked at {finding.looked_at:,}, wrong {len(finding.wrong)} ({took})")
        for what, (found, expected) in [*finding.wrong.items()][:_SHOWN]:
            typer.echo(f"  {what}: {found}, and should be {expected}")
        is_right = is_right and not finding.wrong
    await templates.leave()
    return is_right


async def _findings(templates: Templates, acts: int, answers: int, seed: int) -> AsyncIterator[Finding]:
    for atom in ATTACKED:
        found = await attacked(await _empty(templates), atom, answers=answers // len(ATTACKED))
        asked = f"{found.questions:,} questions about {atom}: {found.answers:,} answers that tell something"
        what = f"{asked}, {found.differences:,} differences of them"
        yield Finding(what, found.figures, dict.fromkeys(found.wrong, ("told", "told to nobody")))
    if acts:
        async for finding in judged(await _empty(templates), seed=seed, acts=acts):
            yield finding


async def _empty(templates: Templates) -> Database:
    return (await templates.kept("sqlite", "loans_service")).database


if __name__ == "__main__":
    typer.run(main)
