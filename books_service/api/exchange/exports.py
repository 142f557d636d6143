"""The route that hands the whole catalogue out as a file."""

from inspect import getdoc
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from books_service.api.dependencies import Exchange
from books_service.api.shapes import Format
from books_service.application.exchange.export_books import ExportBooks
from books_service.application.exchange.use_cases import ExchangeUseCases
from shared.web.documents.schemas import FILE
from shared.web.json.strict_json import StrictRoute, line, not_acceptable
from shared.web.negotiation import accepts
from shared.web.problems import refused_by

_BYTES = "application/octet-stream"
_PROBLEM = "application/problem+json"
_FILE = {
    "description": "The file. Who accepts the media type of its format gets it under that name.",
    "content": {_BYTES: {"schema": FILE}},
    "headers": {"Content-Disposition": {"schema": {"type": "string"}, "description": "A name for the file."}},
}

router = APIRouter(prefix="/v1/exports", route_class=StrictRoute, tags=["exports"])


@router.get(
    "/books",
    operation_id="export_books",
    summary="Export the catalogue as a file",
    description=getdoc(ExportBooks),
    response_class=StreamingResponse,
    responses={200: _FILE, **refused_by(ExportBooks)},
)
async def export(
    exchange: Exchange,
    *,
    request: Request,
    format: Format,
) -> StreamingResponse:
    return _file("books", format, exchange, request)


@router.get(
    "/copies",
    operation_id="export_copies",
    summary="Export the copies alone as a file",
    description=getdoc(ExportBooks),
    response_class=StreamingResponse,
    responses={200: _FILE, **refused_by(ExportBooks)},
)
async def export_copies(
    exchange: Exchange,
    *,
    request: Request,
    format: Annotated[
        str,
        line(20),
        Query(description="`csv`, or `json` with one copy a line.", json_schema_extra={"enum": ["csv", "json"]}),
    ],
) -> StreamingResponse:
    return _file("copies", format, exchange, request)


@router.get(
    "/authorities",
    operation_id="export_authorities",
    summary="Export the authorities as a file",
    description=getdoc(ExportBooks),
    response_class=StreamingResponse,
    responses={200: _FILE, **refused_by(ExportBooks)},
)
async def export_authorities(
    exchange: Exchange,
    *,
    request: Request,
    format: Annotated[
        str,
        line(20),
        Query(
            description="`csv`, `json`, or authority records of MARC 21 as `marc` or `marcxml`.",
            json_schema_extra={"enum": ["csv", "json", "marc", "marcxml"]},
        ),
    ],
) -> StreamingResponse:
    return _file("authorities", format, exchange, request)


def _file(what: str, format: str, exchange: ExchangeUseCases, request: Request) -> StreamingResponse:
    writer = exchange.export_books.writer_of(format, what)
    name = f"{what}-{exchange.clock.now():%Y-%m-%d}.{writer.suffix}"
    return StreamingResponse(
        exchange.export_books(writer, what),
        media_type=_media_for(request, writer.media_type),
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "Vary": "Accept",
        },
    )


def _media_for(request: Request, own: str) -> str:
    """Return the type of bytes, which generated clients take for a file, unless the client names the file's own."""
    accepted, kind = ",".join(request.headers.getlist("accept")), own.partition(";")[0]
    if accepts(accepted, kind) and kind in {each.partition(";")[0].strip() for each in accepted.split(",")}:
        return own
    if accepts(accepted, _BYTES) or accepts(accepted, _PROBLEM):  # generated clients name the latter alone
        return _BYTES
    if not accepts(accepted, kind):
        raise not_acceptable(_BYTES, kind)
    return own
