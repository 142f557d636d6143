"""The route that hands the whole catalogue out as a file."""

from inspect import getdoc
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from books_service.api.dependencies import UseCases
from books_service.api.shapes import FORMATS
from books_service.application.exchange import export_books as exporting
from books_service.application.exchange.export_books import export_books, writer_of
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
    description=getdoc(export_books),
    response_class=StreamingResponse,
    responses={200: _FILE, **refusals(*exporting.REFUSALS)},
)
async def export(
    ports: UseCases,
    *,
    format: Annotated[str, line(20), Field(examples=["json"]), Query(description=FORMATS)],
) -> StreamingResponse:
    writer = writer_of(format, writers=ports.writers)
    name = f"books-{ports.clock.now():%Y-%m-%d}.{writer.suffix}"
    return StreamingResponse(
        export_books(writer, records=ports.records),
        media_type=writer.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
