"""The route that hands the whole catalogue out as a file."""

from inspect import getdoc
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from books_service.api.dependencies import Exchange
from books_service.api.shapes import FORMATS
from books_service.application.exchange.export_books import REFUSALS, ExportBooks
from books_service.application.exchange.use_cases import ExchangeUseCases
from shared.web.json.strict_json import StrictRoute, line
from shared.web.problems import refusals

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_MEDIA = ("text/csv", "application/json", "application/yaml", "application/marcxml+xml", "application/marc")
_FILE = {"description": "The file, in the format that was asked for.", "content": dict.fromkeys(_MEDIA, _BINARY)}

router = APIRouter(prefix="/v1/exports", route_class=StrictRoute, tags=["exports"])


@router.get(
    "/books",
    operation_id="export_books",
    summary="Export the catalogue as a file",
    description=getdoc(ExportBooks),
    response_class=StreamingResponse,
    responses={200: _FILE, **refusals(*REFUSALS)},
)
async def export(
    exchange: Exchange,
    *,
    format: Annotated[str, line(20), Field(examples=["json"]), Query(description=FORMATS)],
) -> StreamingResponse:
    return _file("books", format, exchange)


@router.get(
    "/copies",
    operation_id="export_copies",
    summary="Export the copies alone as a file",
    description=getdoc(ExportBooks),
    response_class=StreamingResponse,
    responses={200: _FILE, **refusals(*REFUSALS)},
)
async def export_copies(
    exchange: Exchange,
    *,
    format: Annotated[
        str, line(20), Field(examples=["csv"]), Query(description="`csv`, or `json` with one copy a line.")
    ],
) -> StreamingResponse:
    return _file("copies", format, exchange)


def _file(what: str, format: str, exchange: ExchangeUseCases) -> StreamingResponse:
    writer = exchange.export_books.writer_of(format, what)
    name = f"{what}-{exchange.clock.now():%Y-%m-%d}.{writer.suffix}"
    return StreamingResponse(
        exchange.export_books(writer),
        media_type=writer.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
