"""How much memory large uploads take, measured in a process of its own: `python -m tests.contracts.upload_memory NAME`.

Four files come in at once. Prints the answers, and by how many MiB the process grew beyond what small files take.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
from fastapi import FastAPI

from shared.tokens import SigningKey
from tests.end_to_end.in_process import SERVICES, mighty_token
from tests.templates import Templates

_PIECE = b'{"nothing": "that anybody knows"}\n' * 2_000
_TARGETS = {
    "books": "/v1/imports?format=json",
    "members": "/v1/imports?format=json",
    "loans": "/v1/imports?format=json&what=loans",
}
_AT_ONCE = 4


def _peak() -> int:
    """Return the most memory that this process ever held, in KiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


async def _send(app: FastAPI, key: SigningKey, target: str, mebibytes: int) -> list[int]:
    async def content() -> AsyncIterator[bytes]:
        for _ in range(max(1, mebibytes * 2**20 // len(_PIECE))):
            yield bytes(bytearray(_PIECE))  # a new one each time, as from a socket

    headers = {"Authorization": f"Bearer {mighty_token(key)}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://library.test") as http:
        answers = await asyncio.gather(
            *(http.post(target, content=content(), headers=headers, timeout=300) for _ in range(_AT_ONCE))
        )
    return [answer.status_code for answer in answers]


async def _measured(name: str, mebibytes: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        async with SERVICES[name](Templates(where), where, SigningKey.generate()) as (app, key):
            await _send(app, key, _TARGETS[name], 1)
            before = _peak()
            answers = await _send(app, key, _TARGETS[name], mebibytes)
            return {"answers": answers, "grown": (_peak() - before) // 1024}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_measured(sys.argv[1], int(sys.argv[2])))))
