"""The places at which a process may be told to die: between two steps of which the first has had its effect.

They lie under the service, not in it: `launched.py` lays them when a process starts, and a normal run knows none.
"""

import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

SWITCH = "FAULTS_CRASH"
"""Read once, when a process starts: the name of a point, how often it is passed before, and where its death is told."""


@dataclass(frozen=True, slots=True)
class CrashPoint:
    """Before or after one call of `where` ("module:Class.method" or "module:function") in processes of these kinds."""

    name: str
    where: str
    after: bool
    kinds: tuple[str, ...]  # how the names of such processes begin


_ALL = ("books", "members", "loans")
_RELAYS = ("books relay", "members relay", "loans relay")
_TRANSACTION = "shared.persistence.transaction:Transaction"
POINTS = {
    point.name: point
    for point in (
        CrashPoint("before anything is written", f"{_TRANSACTION}.write", after=False, kinds=_ALL),
        CrashPoint("after all is written, before COMMIT", f"{_TRANSACTION}.commit", after=False, kinds=_ALL),
        CrashPoint("after COMMIT, before the answer", f"{_TRANSACTION}.commit", after=True, kinds=_ALL),
        CrashPoint(
            "after a neighbour has answered",
            "shared.outgoing_http.client:NeighbourClient._send",
            after=True,
            kinds=("loans",),
        ),
        CrashPoint(
            "before events are published", "shared.messaging.relay:OutboxRelay._send", after=False, kinds=_RELAYS
        ),
        CrashPoint(
            "after the broker's confirm, before the outbox forgets",
            "shared.messaging.relay:OutboxRelay._send",
            after=True,
            kinds=_RELAYS,
        ),
        CrashPoint("before an event is worked on", "shared.messaging.rabbit:_work_on_all", after=False, kinds=_RELAYS),
        CrashPoint(
            "after an event was worked on, before it is acknowledged",
            "shared.messaging.rabbit:deliver",
            after=True,
            kinds=_RELAYS,
        ),
        CrashPoint(
            "between two books whose holds get targets",
            "loans_service.application.holds.choose_targets:ChooseTargets.__call__",
            after=True,
            kinds=("loans relay",),
        ),
    )
}


def points_of(process: str) -> list[str]:
    """Return the points that a process of this name can pass."""
    kind = process.rstrip("0123456789 ")
    return [
        point.name
        for point in POINTS.values()
        if kind in point.kinds or (kind.removesuffix(" relay") in point.kinds and kind.endswith("relay"))
    ]


def armed(name: str, passes: int, file: Path) -> dict[str, str]:
    """Return the environment that lets a process die there; it then writes the point's name into `file`."""
    return {SWITCH: f"{name}|{passes}|{file}"}


def lay(told: str) -> None:
    """Lay the crash point that the switch names."""
    name, passes, file = told.split("|")
    point = POINTS[name]
    module_name, _, path = point.where.partition(":")
    owner: Any = import_module(module_name)
    *outer, last = path.split(".")
    for step in outer:
        owner = getattr(owner, step)
    setattr(owner, last, _deadly(getattr(owner, last), point, int(passes), file))


def _deadly(
    original: Callable[..., Awaitable[Any]], point: CrashPoint, passes: int, file: str
) -> Callable[..., Awaitable[Any]]:
    left = passes

    def pass_by() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            Path(file).write_text(point.name)
            os.kill(os.getpid(), signal.SIGKILL)

    async def call(*arguments: Any, **named: Any) -> Any:
        if not point.after:
            pass_by()
        answer = await original(*arguments, **named)
        if point.after:
            pass_by()
        return answer

    return call
