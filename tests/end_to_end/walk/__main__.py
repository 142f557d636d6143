"""`make walk`: the long walk, from one seed after the other until so many acts are done."""

import asyncio
import itertools
import time
from collections import Counter
from typing import Annotated

import typer

from shared import logs
from tests.end_to_end.walk.town import Broken
from tests.end_to_end.walk.walking import walk

ACTS_FROM_A_SEED = 1_000
"""After so many the library is a new one: the next seed begins at another place."""


def main(
    acts: Annotated[int, typer.Option(help="How many in all.")] = 50_000,
    seed: Annotated[int, typer.Option(help="The first; the next ones are counted up.")] = 1,
    *,
    closings: Annotated[bool, typer.Option(help="Let branches close for good, too.")] = True,
) -> None:
    """Walk, and end with 1 and what was done last where something does not hold."""
    logs.configure(service="walk", level="ERROR", format="console")
    began, done, kinds = time.monotonic(), 0, Counter[str]()
    for number in itertools.count(seed):
        try:
            walked = asyncio.run(walk(number, min(ACTS_FROM_A_SEED, acts - done), closings=closings))
        except Broken as broken:
            typer.echo(str(broken))
            raise typer.Exit(1) from None
        done += walked.acts
        kinds += walked.done
        typer.echo(
            f"seed {number}: {walked.acts} acts, {walked.requests} requests, looked at {walked.looked} times, "
            f"{walked.planted} copies put wrong, {walked.refused_to_the_owner} times four eyes; "
            f"{done} acts in {time.monotonic() - began:.0f} s"
        )
        if done >= acts:
            break
    typer.echo(", ".join(f"{kind} {number}" for kind, number in kinds.most_common()))


if __name__ == "__main__":
    typer.run(main)
