"""When everything is healed, all has to be well again before long, by itself."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import httpx

from tests.lab.faults.nemesis.actors import Scene
from tests.lab.faults.nemesis.besieged.library import BesiegedLibrary

LONGEST = 60.0  # seconds; what has not settled by then never will
_SHOWS_OTHERWISE = "books shows otherwise"
_STILL_MEMBERS = "still members"
_SHOWN = "SELECT copy_id, availability FROM circulation WHERE availability <> 'available'"
_IS_SO = """
SELECT copy_id, 'on_loan' AS availability FROM loans WHERE returned_at IS NULL
UNION ALL
SELECT copy_id, CASE status WHEN 'hold_shelf' THEN 'on_hold_shelf' ELSE status END
FROM circulation_records WHERE status NOT IN ('home', 'to_clear')
"""


async def settle(
    library: BesiegedLibrary, actors: Sequence[asyncio.Task[None]], scene: Scene, *, repair: bool
) -> str | None:
    """Wait until nothing is lacking any more; return what still is after a long time.

    With `repair`, as after the loss of a queue, an operator lets lending tell again what books shows otherwise, and
    asks once more for those to be erased who have left.
    """
    ends = time.monotonic() + LONGEST
    lacking: str | None = "nothing was looked at"
    while time.monotonic() < ends:
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            lacking = await _lacking(library, actors, scene)
            if lacking is None:
                return None
            if repair and lacking.startswith((_SHOWS_OTHERWISE, _STILL_MEMBERS)):
                lacking += await _repair(library, scene, lacking)
                await asyncio.sleep(1)
        await asyncio.sleep(0.1)
    return lacking


async def _lacking(library: BesiegedLibrary, actors: Sequence[asyncio.Task[None]], scene: Scene) -> str | None:
    """Return the first thing that is not well, or None."""
    for name, process in library.processes.items():
        if not process.runs:
            return f"{name} does not run"
    if waiting := [actor for actor in actors if not actor.done()]:
        return f"{len(waiting)} still have no answer"
    rows: dict[str, list[Any]] = {}
    for service, query in (("books", _SHOWN), ("members", "SELECT member_id FROM members"), ("loans", _IS_SO)):
        database = await asyncio.wait_for(library.database(service), 5)
        try:
            if waits := await database.fetchval("SELECT count(*) FROM outbox"):
                return f"{waits} events wait in the outbox of {service}"
            rows[service] = [tuple(row) for row in await database.fetch(query)]
        finally:
            await database.close()
    if set(rows["books"]) != set(rows["loans"]):
        return f"{_SHOWS_OTHERWISE}: {set(rows['books']) ^ set(rows['loans'])}"
    left = {member.member_id for member in scene.left}
    if still := left & {str(row[0]) for row in rows["members"]}:
        return f"{_STILL_MEMBERS}, though they left: {sorted(still)[:3]}"
    return None


async def _repair(library: BesiegedLibrary, scene: Scene, lacking: str) -> str:
    """Do what an operator does about that, and return what came of it."""
    headers = {"Authorization": f"Bearer {scene.tokens['admin']}"}
    addresses = [f"{library.loans}/v1/consistency/repair"]
    if lacking.startswith(_STILL_MEMBERS):
        addresses = [f"{library.members}/v1/members/{member.member_id}/erasure" for member in scene.left]
    told = ""
    for address in addresses:
        with contextlib.suppress(httpx.TransportError):
            answer = await library.http.post(address, headers=headers)
            told = f"; the operator was told {answer.status_code} {answer.text[:300]}"
    return told
