"""Routes that take a file of records in, to be imported in the background."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import Field

from shared.kernel.imports import ERRORS_PER_PAGE, ImportView, InvalidMapping, ShowImport, Start, StartImport
from shared.web.cursors import Cursors, PageWanted, listing
from shared.web.documents.schemas import FILE
from shared.web.idempotency import OnceStreamed
from shared.web.problems import Problem

MOST_BYTES = 64 * 2**20
_PIECE = 256 * 1024
_LOOK_AGAIN_AFTER = "1"  # second

DryRun = Annotated[bool, Query(description="Report what would happen, and change nothing.")]
ColumnNames = Annotated[
    str,
    Field(max_length=4_000),
    Query(description="A JSON object: for a field of ours, the name of the file's column."),
]


def file_of(**examples: str) -> dict[str, Any]:
    """Return how the document shows a body that is a file, with an example of each format."""
    shown = {format: {"value": example} for format, example in examples.items()}
    return {
        "requestBody": {
            "required": True,
            "description": "The file itself, as bytes. `format` says what it is, whatever the media type.",
            "content": {"application/octet-stream": {"schema": FILE, "examples": shown}},
        }
    }


def columns_of(mapping: str) -> dict[str, str]:
    """Read the mapping of a file's columns. Raises InvalidMapping."""
    try:
        columns = json.loads(mapping)
    except (ValueError, RecursionError):
        columns = None
    if not isinstance(columns, dict) or not all(isinstance(name, str) and name.strip() for name in columns.values()):
        raise InvalidMapping
    return columns


async def started(
    start_import: StartImport, command: Start, *, request: Request, response: Response, once: OnceStreamed
) -> ImportView:
    """Take the body of a request in as a file, and say where to look how far it has come."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise Problem(415, "unsupported-media-type", "Send the file itself as the body, not a form that holds it.")
    start_import.check(command)
    content = [piece async for piece in request.stream()]
    digest = hashlib.sha256()
    for piece in content:
        digest.update(piece)
    view = await once.over(digest.digest())(ImportView, partial(start_import, content=_in_pieces(content)), command)
    response.headers["Location"] = f"/v1/imports/{view.import_id}"
    response.headers["Retry-After"] = _LOOK_AGAIN_AFTER
    return view


async def shown(
    show_import: ShowImport,
    import_id: UUID,
    *,
    cursor: str | None,
    cursors: Cursors,
    request: Request,
    response: Response,
) -> ImportView:
    """Show an import with one page of its errors. Raises ImportNotFound."""
    place = PageWanted(ERRORS_PER_PAGE, cursor, cursors).after(tuple[Annotated[int, Field(ge=0, le=10**9)]])
    behind = place[0] if place else 0
    view, more = await show_import(import_id, after_error=behind)
    if view.state in ("queued", "running"):
        response.headers["Retry-After"] = _LOOK_AGAIN_AFTER
    following = (behind + ERRORS_PER_PAGE,) if more else None
    page = listing(request, view.errors, following, response)
    return replace(view, next_cursor=page.next_cursor)


async def _in_pieces(content: list[bytes]) -> AsyncIterator[bytes]:
    held = bytearray()
    for piece in content:
        held += piece
        while len(held) >= _PIECE:
            yield bytes(held[:_PIECE])
            del held[:_PIECE]
    if held:
        yield bytes(held)
