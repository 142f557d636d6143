"""The route that hands the whole catalogue out as a file."""

from inspect import getdoc

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from books_service.api.dependencies import UseCases
from books_service.api.shapes import Format
from books_service.application.exchange import export_books as exporting
from books_service.application.exchange.export_books import export_books, writer_of
from shared.web.documents.schemas import FILE
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import refusals

_BYTES = "application/octet-stream"
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
    description=getdoc(export_books),
    response_class=StreamingResponse,
    responses={200: _FILE, **refusals(*exporting.REFUSALS)},
)
async def export(
    ports: UseCases,
    *,
    request: Request,
    format: Format,
) -> StreamingResponse:
    writer = writer_of(format, writers=ports.writers)
    name = f"books-{ports.clock.now():%Y-%m-%d}.{writer.suffix}"
    return StreamingResponse(
        export_books(writer, records=ports.records),
        media_type=_media_for(request, writer.media_type),
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "Vary": "Accept",
        },
    )


def _media_for(request: Request, own: str) -> str:
    """Return bytes, which every client that is made from the document takes for a file, unless more is understood."""
    accepted = {each.partition(";")[0].strip() for each in request.headers.get("accept", "").split(",")}
    return own if own.partition(";")[0] in accepted else _BYTES
