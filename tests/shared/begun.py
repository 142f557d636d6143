"""Processes that are forked as all others, for tests that speak to them while they run as asyncio's own."""

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from tests.fork_server import Forked, fork_server

ROOT = Path(__file__).parents[2]


class Begun:
    """As much of `asyncio.subprocess.Process` as the tests use."""

    def __init__(self, forked: Forked, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader) -> None:
        self._forked = forked
        self.pid, self.stdout, self.stderr = forked.pid, stdout, stderr

    @property
    def returncode(self) -> int | None:
        return self._forked.poll()

    def send_signal(self, number: signal.Signals) -> None:
        self._forked.send_signal(number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        return await asyncio.to_thread(self._forked.wait)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Return all that is yet to be read of its output and of its errors, once it has ended."""
        out, err = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return out, err


async def begin(*words: str, environment: Mapping[str, str]) -> Begun:
    """Begin `python -m` with `words`."""
    whole = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), **environment}
    (stdout, out), (stderr, err) = await _pipe(), await _pipe()
    with Path(os.devnull).open("rb") as nothing:
        try:
            files = nothing.fileno(), out, err
            forked = fork_server().start(words, environment=whole, folder=ROOT, files=files)
        finally:
            os.close(out)
            os.close(err)
    return Begun(forked, stdout, stderr)


async def _pipe() -> tuple[asyncio.StreamReader, int]:
    """Return what reads until the other end, whose number comes with it, is closed everywhere."""
    read, write = os.pipe()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read, "rb")
    )
    return reader, write
