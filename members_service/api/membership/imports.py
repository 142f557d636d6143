"""Routes for imports of members: a file is taken in at once and worked on in the background."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from pydantic.config import JsonDict

from members_service.api.membership.dependencies import Membership
from members_service.application.membership.moving_in.import_jobs import (
    ERRORS_PER_PAGE,
    Formats,
    ImportNotFound,
    ImportView,
    ShowImport,
    Start,
    StartImport,
)
from members_service.application.membership.moving_in.member_file import InvalidMapping
from shared.web.auth import Caller
from shared.web.cursors import AnyCursor, CursorsHere, PageWanted, listing
from shared.web.documents.described import located
from shared.web.documents.examples import shown, together
from shared.web.documents.schemas import FILE
from shared.web.etags import Tag
from shared.web.idempotency import StreamedOnce
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import Problem, refusals

MOST_BYTES = 64 * 2**20
_PIECE = 256 * 1024
_LOOK_AGAIN_AFTER = "1"  # second

router = APIRouter(prefix="/v1/imports", route_class=StrictRoute, tags=["imports"])

_AN_IMPORT: JsonDict = {
    "import_id": "01a20f58-136b-707a-9e57-803ea531a0a4",
    "state": "done",
    "format": "csv",
    "dry_run": False,
    "read": 2000,
    "created": 1970,
    "updated": 0,
    "skipped": 29,
    "failed": 1,
    "errors": [
        {
            "record": 916,
            "identifier": "koha-812",
            "code": "unknown-category",
            "detail": "The library has no category 'PT'. There are: adult, child, senior, staff, student.",
        }
    ],
    "next_cursor": None,
    "created_at": "2026-03-01T09:30:00Z",
    "finished_at": "2026-03-01T09:30:09Z",
    "version": 12,
}
_EXAMPLES = {
    "json": '{"external_id": "17", "card_number": "20000000000018", "name": "Ada", "category": "adult"}\n',
    "csv": "external_id,card_number,name,category\n17,20000000000018,Ada Lovelace,adult\n",
}
_FILE = {
    "requestBody": {
        "required": True,
        "description": "The file itself, as bytes. `format` says what it is, whatever the media type.",
        "content": {
            "application/octet-stream": {
                "schema": FILE,
                "examples": {format: {"value": example} for format, example in _EXAMPLES.items()},
            }
        },
    }
}


@router.post(
    "",
    status_code=202,
    operation_id="start_member_import",
    summary="Import members from a file",
    description=getdoc(StartImport),
    responses=together(located(202, "Retry-After"), refusals(InvalidMapping), shown(_AN_IMPORT, status=202)),
    openapi_extra=_FILE,
)
async def start(
    request: Request,
    *,
    membership: Membership,
    caller: Caller,
    once: StreamedOnce,
    tag: Tag,
    response: Response,
    format: Annotated[Formats, Query(description="json (an array, or an object a line) or csv.")],
    dry_run: Annotated[bool, Query(description="Report what would happen, and change nothing.")] = False,
    mapping: Annotated[
        str,
        Field(max_length=4_000, examples=['{"card_number": "cardnumber", "address.street": "address"}']),
        Query(description="A JSON object: for a field of ours, the name of the file's column."),
    ] = "{}",
) -> ImportView:
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise Problem(415, "unsupported-media-type", "Send the file itself as the body, not a form that holds it.")
    command = Start(format, _columns(mapping), dry_run, caller.subject)
    membership.start_import.check(command)
    content = [piece async for piece in request.stream()]
    digest = hashlib.sha256()
    for piece in content:
        digest.update(piece)
    start_import = partial(membership.start_import, content=_in_pieces(content))
    view = await once.over(digest.digest())(ImportView, start_import, command)
    response.headers["Location"] = f"/v1/imports/{view.import_id}"
    response.headers["Retry-After"] = _LOOK_AGAIN_AFTER
    tag(view.version)
    return view


@router.get(
    "/{import_id}",
    operation_id="get_member_import",
    summary="Show how far an import of members has come",
    description=getdoc(ShowImport),
    responses=refusals(ImportNotFound) | shown(_AN_IMPORT),
)
async def show_one(
    import_id: UUID,
    membership: Membership,
    request: Request,
    response: Response,
    tag: Tag,
    *,
    cursors: CursorsHere,
    cursor: Annotated[str | None, AnyCursor] = None,
) -> ImportView:
    place = PageWanted(ERRORS_PER_PAGE, cursor, cursors).after(tuple[Annotated[int, Field(ge=0, le=10**9)]])
    behind = place[0] if place else 0
    view, more = await membership.show_import(import_id, after_error=behind)
    tag(view.version)
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


def _columns(mapping: str) -> dict[str, str]:
    try:
        columns = json.loads(mapping)
    except (ValueError, RecursionError):
        columns = None
    if not isinstance(columns, dict) or not all(isinstance(name, str) and name.strip() for name in columns.values()):
        raise InvalidMapping
    return columns
