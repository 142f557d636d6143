"""What each service says of itself, kept as files so that every change of the wire is a visible difference.

`python -m tests.contracts.documents` writes the files anew after a change that is meant.
"""

import asyncio
import json
from pathlib import Path

import httpx

import books_service.main
import loans_service.main
import members_service.main
from books_service.settings import Settings as BooksSettings
from loans_service.settings import Settings as LoansSettings
from members_service.settings import Settings as MembersSettings
from shared.settings_reference import settings_to_look_at

FOLDER = Path(__file__).parent / "documents"
_APPS = {
    "books": lambda: books_service.main.create_app(settings_to_look_at(BooksSettings)),
    "members": lambda: members_service.main.create_app(settings_to_look_at(MembersSettings)),
    "loans": lambda: loans_service.main.create_app(settings_to_look_at(LoansSettings)),
}
NAMES = [(service, kind) for service in _APPS for kind in ("openapi", "asyncapi")]


def kept(service: str, kind: str) -> str:
    """Return the document as it is kept."""
    return _file(service, kind).read_text(encoding="utf-8")


async def served(service: str, kind: str) -> str:
    """Return the document as the service answers it now, in the form in which it is kept."""
    async with open_service(service) as http:
        answer = await http.get(f"/{kind}.json")
    return json.dumps(answer.json(), indent=1, ensure_ascii=False) + "\n"


def open_service(service: str) -> httpx.AsyncClient:
    """Return a client of a service that has no database, and can tell of itself all the same."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(_APPS[service]()), base_url=f"http://{service}.test")


def _file(service: str, kind: str) -> Path:
    return FOLDER / f"{service}.{kind}.json"


async def _write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for service, kind in NAMES:
        _file(service, kind).write_text(await served(service, kind), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
