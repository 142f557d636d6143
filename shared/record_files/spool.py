"""Spools an upload to disk, with one piece of it in memory however long it is."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Self

PIECE = 256 * 1024


class FileSpool:
    """An anonymous file in `folder`, or in the system's folder for temporary files. It is gone when the block ends."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0

    async def __aenter__(self) -> Self:
        self._file = await asyncio.to_thread(self._open)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._file.close)

    async def write(self, piece: bytes) -> None:
        self._waiting.append(piece)
        self._waiting_bytes += len(piece)
        if self._waiting_bytes >= PIECE:
            await self._put_down()

    async def read(self) -> AsyncIterator[bytes]:
        await self._put_down()
        await asyncio.to_thread(self._file.seek, 0)
        while piece := await asyncio.to_thread(self._file.read, PIECE):
            yield piece

    def _open(self) -> IO[bytes]:
        return tempfile.TemporaryFile(dir=self._folder)

    async def _put_down(self) -> None:
        pieces, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if pieces:
            await asyncio.to_thread(self._file.write, b"".join(pieces))
