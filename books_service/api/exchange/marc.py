"""Routes for the MARC record of a book, read and replaced in three forms."""

import re
from inspect import getdoc
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from books_service.api.dependencies import Actor, Exchange, Looking
from books_service.application.exchange.marc_records import (
    MEDIA_TYPES,
    MarcReplacement,
    MarcView,
    ReplaceMarc,
    ShowMarc,
)
from shared.web.documents.schemas import FILE
from shared.web.etags import IfMatch, Tag
from shared.web.json.strict_json import StrictRoute, not_acceptable
from shared.web.negotiation import best_of
from shared.web.problems import Problem, refused_by

router = APIRouter(prefix="/v1/books", route_class=StrictRoute, tags=["books"])

_MARK = re.compile(r'"\d{1,18}-(m[0-9a-f]{18})"')
_CONTENT: dict[str, Any] = {
    # Makers of clients know none of MARC's own media types.
    "application/octet-stream": {
        "schema": FILE,
        "example": "00049nam a2200037 c 4500245001100000\x1e10\x1faRomola\x1e\x1d",
    },
}
_FORMS = ", ".join(MEDIA_TYPES)
_RECORD: dict[int | str, Any] = {
    200: {"description": f"The record, in the form that `Accept` asks for: {_FORMS}.", "content": _CONTENT}
}
_WHOLE = f"The whole record; `Content-Type` says in which form it is: {_FORMS}."
_BODY = {"requestBody": {"required": True, "description": _WHOLE, "content": _CONTENT}}


@router.get(
    "/{book_id}/marc",
    operation_id="get_marc_of_book",
    summary="Show the MARC record of a book",
    description=getdoc(ShowMarc),
    response_class=Response,
    responses={**_RECORD, **refused_by(ShowMarc)},
)
async def show(book_id: UUID, exchange: Exchange, looking: Looking, *, request: Request, tag: Tag) -> Response:
    media_type = _accepted(request, MEDIA_TYPES[0])
    return _answer(await exchange.show_marc(book_id, media_type, looking), media_type, tag)


@router.put(
    "/{book_id}/marc",
    operation_id="replace_marc_of_book",
    summary="Replace the MARC record of a book",
    description=getdoc(ReplaceMarc),
    response_class=Response,
    responses={**_RECORD, **refused_by(ReplaceMarc)},
    openapi_extra=_BODY,
)
async def replace(
    book_id: UUID, version: IfMatch, *, request: Request, exchange: Exchange, who: Actor, tag: Tag
) -> Response:
    sent_as = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent_as not in MEDIA_TYPES:
        raise Problem(415, "unsupported-media-type", f"Send the record as {_FORMS}.")
    answer_in = _accepted(request, sent_as)
    marks = _MARK.findall(",".join(request.headers.getlist("if-match")))
    command = MarcReplacement(book_id, version, marks, sent_as, await request.body(), who)
    return _answer(await exchange.replace_marc(command, answer_in), answer_in, tag)


def _accepted(request: Request, otherwise: str) -> str:
    """Return the form to answer in: what `Accept` likes best, among equals `otherwise`."""
    accepted = ",".join(request.headers.getlist("accept"))
    found = best_of(accepted, (otherwise, *MEDIA_TYPES))
    if found is None:
        raise not_acceptable(*MEDIA_TYPES)
    return found


def _answer(view: MarcView, media_type: str, tag: Tag) -> Response:
    tag(view)
    return Response(view.content, media_type=media_type, headers={"ETag": tag.of(view), "Vary": "Accept"})
