"""Runs a service as `python -m` does, after laying what it is told under it: a crash point, a mutant, a wrong clock.

The environment is read once, here. A service that is started in any other way has none of it.
"""

import mmap
import os
import runpy
import struct
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.kernel.clock import SystemClock
from tests.lab.faults.nemesis.besieged import crash_points, mutants

CLOCK = "FAULTS_CLOCK"
"""Names a file of eight bytes: by how many seconds the clock of this process is wrong."""


def follow(file: Path) -> None:
    """Let the clocks of this process be wrong by what the file says at the moment."""
    with file.open("rb") as opened:
        wrong = mmap.mmap(opened.fileno(), 8, access=mmap.ACCESS_READ)
    right = time.time

    def seconds_wrong() -> float:
        (seconds,) = struct.unpack("d", wrong[:8])
        return float(seconds)

    time.time = lambda: right() + seconds_wrong()
    time.time_ns = lambda: int((right() + seconds_wrong()) * 1_000_000_000)

    def now(_: SystemClock) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=seconds_wrong())

    SystemClock.now = now  # type: ignore[method-assign,assignment]  # on purpose


def main() -> None:
    """Lay what is told, and become the service that the first word names."""
    if file := os.environ.pop(CLOCK, None):
        follow(Path(file))
    if mutant := os.environ.pop(mutants.SWITCH, None):
        mutants.take_out(mutant)
    if told := os.environ.pop(crash_points.SWITCH, None):
        crash_points.lay(told)
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
