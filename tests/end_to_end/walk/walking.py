"""The walk: acts at random, looked at from all sides after every few."""

import tempfile
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from tests.end_to_end.walk.acts import Acts
from tests.end_to_end.walk.audit import Audit
from tests.end_to_end.walk.owner import Owner
from tests.end_to_end.walk.stage import Stage
from tests.end_to_end.walk.stocktaking import Stocktaking
from tests.end_to_end.walk.town import Broken, Town

LOOKS_EVERY = 20
TAKES_STOCK_EVERY = 100
NEWS_ARRIVES = 0.6
"""How often all news has arrived before the next act; else that meets what is not known everywhere yet."""


@dataclass
class Walked:
    """What a walk came to."""

    seed: int
    acts: int = 0
    requests: int = 0
    looked: int = 0
    planted: int = 0
    refused_to_the_owner: int = 0
    done: Counter[str] = field(default_factory=Counter)


async def walk(
    seed: int,
    acts: int,
    *,
    folder: Path | None = None,
    plant: Callable[[Stage], None] | None = None,
    closings: bool = True,
) -> Walked:
    """Walk so far from this seed. Raises Broken with the last acts and what does not hold.

    `plant` may put something wrong into the library before, to see that it is found. With `closings`
    branches close for good.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="library-walk-") as made:
            return await walk(seed, acts, folder=Path(made), plant=plant, closings=closings)
    rng, walked, last = Random(seed), Walked(seed), deque[str](maxlen=30)
    async with Town(folder, rng) as town:
        stage = Stage(town)
        await stage.open()
        if plant is not None:
            plant(stage)
        playing = Acts(stage, closings=closings)
        owner, audit, take_stock = Owner(playing), Audit(stage), Stocktaking(stage, playing)
        try:
            for number in range(acts):
                town.pass_by(timedelta(minutes=1))
                name = await playing.one()
                last.append(name)
                walked.done[name] += 1
                walked.acts += 1
                if rng.random() < NEWS_ARRIVES:
                    await town.settle()
                if number % 3 == 0:
                    await owner.try_something()
                if number % LOOKS_EVERY == LOOKS_EVERY - 1:
                    await audit()
                if number % TAKES_STOCK_EVERY == TAKES_STOCK_EVERY - 1:
                    await take_stock()
            await audit()
            await take_stock()
        except Broken as broken:
            told = f"seed {seed}, act {walked.acts} ({', '.join(last)}):\n{broken}"
            raise Broken(told) from broken
        walked.requests, walked.looked = town.requests, audit.looked
        walked.refused_to_the_owner, walked.planted = owner.refused, take_stock.planted
    return walked
