"""Routes for imports: a file is taken in at once and worked on in the background."""

import json
from functools import partial
from inspect import getdoc
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict, Field

from books_service.api.dependencies import Actor, Exchange
from books_service.api.shapes import Format, created
from books_service.application.exchange import start_import as starting
from books_service.application.exchange.start_import import OF_ONE_IMPORT, InvalidMapping, StartImport, UploadedFile
from books_service.application.exchange.views import ImportState, ImportView, RecordError
from shared.kernel.imports import ERRORS_PER_PAGE
from shared.web import uploads
from shared.web.cursors import AnyCursor, CursorsHere, PageWanted, listing
from shared.web.etags import Tag
from shared.web.idempotency import StreamedOnce
from shared.web.json.strict_json import Moment, ResponseModel, StrictRoute
from shared.web.problems import refusals, worded

router = APIRouter(prefix="/v1/imports", route_class=StrictRoute, tags=["imports"])


_AN_IMPORT: dict[str, Any] = {
    "import_id": "01a20f58-136b-707a-9e57-803ea531a0a4",
    "what": "books",
    "state": "done",
    "format": "csv",
    "dry_run": False,
    "read": 2000,
    "created": 1970,
    "updated": 0,
    "skipped": 30,
    "failed": 0,
    "copies": {"created": 3990, "updated": 0, "skipped": 0, "failed": 1},
    "left_out": {"colour": 1200},
    "errors": [
        {
            "record": 916,
            "identifier": "812971060",
            "code": "invalid-isbn",
            "detail": "The check digit of the ISBN 0812971060 is wrong: one of its digits is mistyped.",
        }
    ],
    "next_cursor": None,
    "created_at": "2026-03-01T09:30:00Z",
    "finished_at": "2026-03-01T09:30:04Z",
}


class CopyCounts(ResponseModel):
    """What became of the copies that came inside of books."""

    created: int
    updated: int
    skipped: int
    failed: int


class ImportResponse(ResponseModel):
    """An import: how many records were read, what became of them, and up to 100 errors a page.

    `read` is the sum of `created`, `updated`, `skipped` (nothing new) and `failed`. A book that was taken without a
    value that cannot be right counts as taken, and has an error all the same. `left_out` says of fields of the file
    that nothing was made of (columns, members, tags of MARC) how often they stood there; what came as MARC is kept as
    it came, and goes out with the next export.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_AN_IMPORT]})

    import_id: UUID
    what: str
    state: ImportState
    format: str
    dry_run: bool
    read: int
    created: int
    updated: int
    skipped: int
    failed: int
    copies: CopyCounts
    left_out: dict[str, int]
    errors: list[RecordError]
    next_cursor: str | None
    created_at: Moment
    finished_at: Moment | None

    @classmethod
    def page(cls, view: ImportView, errors: list[RecordError], next_cursor: str | None) -> Self:
        """Show one page of errors."""
        return cls(
            import_id=view.import_id,
            what=view.what,
            state=view.state,
            format=view.format,
            dry_run=view.dry_run,
            read=view.counts.read,
            created=view.counts.created,
            updated=view.counts.updated,
            skipped=view.counts.skipped,
            failed=view.counts.failed,
            copies=CopyCounts(
                created=view.counts.copies_created,
                updated=view.counts.copies_updated,
                skipped=view.counts.copies_skipped,
                failed=view.counts.copies_failed,
            ),
            left_out=dict(view.left_out),
            errors=errors,
            next_cursor=next_cursor,
            created_at=view.created_at,
            finished_at=view.finished_at,
        )


_EXAMPLES = {
    "csv": "title,authors,isbn,published_year\nThe Iliad,Homer,978-0-14-044592-3,-720\n",
    "json": '[\n{"title": "The Iliad", "authors": ["Homer"], "published_year": -720}\n]\n',
    "yaml": "- title: The Iliad\n  authors: [Homer]\n  published_year: -720\n",
    "marcxml": """<collection xmlns="http://www.loc.gov/MARC21/slim">
  <record>
    <leader>00000nam a2200000 a 4500</leader>
    <datafield tag="100" ind1="0" ind2=" "><subfield code="a">Homer</subfield></datafield>
    <datafield tag="245" ind1="1" ind2="0"><subfield code="a">The Iliad</subfield></datafield>
  </record>
</collection>
""",
    "marc": "00052nam a2200037 a 4500245001400000\x1e10\x1faThe Iliad\x1e\x1d",
}


@router.post(
    "",
    status_code=202,
    operation_id="start_import",
    summary="Import books and copies from a file",
    description=getdoc(StartImport),
    responses=created(_AN_IMPORT, 202, "Retry-After") | refusals(*starting.REFUSALS),
    openapi_extra=uploads.file_of(**_EXAMPLES),
)
async def start(
    request: Request,
    *,
    exchange: Exchange,
    who: Actor,
    once: StreamedOnce,
    tag: Tag,
    response: Response,
    format: Format,
    dry_run: uploads.DryRun = False,
    mapping: Annotated[
        str,
        Field(max_length=4_000, examples=['{"published_year": "original_publication_year"}']),
        Query(
            description="A JSON object: for a field of ours, the name of the file's column. For MARC: for a tag, the "
            "subfields of a copy's fields."
        ),
    ] = "{}",
    what: Annotated[
        Literal["books", "copies"], Query(description="`books` with their copies, or `copies` alone.")
    ] = "books",
    split_authors: Annotated[
        str, Field(min_length=1, max_length=10), Query(description="What stands between two authors.")
    ] = starting.DEFAULT_SPLIT,
) -> ImportResponse:
    uploads.expect_bytes(request)
    command = UploadedFile(format, _mapping(mapping), split_authors, dry_run, what=what, by=who)
    exchange.start_import.options(command)
    async with uploads.spooled(request) as (content, digest):
        view = await once.over(digest)(ImportView, partial(exchange.start_import, content=content), command)
    response.headers["Location"] = f"/v1/imports/{view.import_id}"
    response.headers["Retry-After"] = uploads.LOOK_AGAIN_AFTER
    return ImportResponse.page(tag(view), [], None)


@router.get(
    "/{import_id}",
    operation_id="get_import",
    summary="Show how far an import has come",
    description="While the import is queued or running, `Retry-After` says in how many seconds to look again.",
    responses=refusals(*OF_ONE_IMPORT),
)
async def show_one(
    import_id: UUID,
    exchange: Exchange,
    request: Request,
    response: Response,
    tag: Tag,
    *,
    cursors: CursorsHere,
    cursor: Annotated[str | None, AnyCursor] = None,
) -> ImportResponse:
    place = PageWanted(ERRORS_PER_PAGE, cursor, cursors).after(tuple[Annotated[int, Field(ge=0, le=10**9)]])
    behind = place[0] if place else 0
    view = tag(await exchange.views.import_(import_id, after_error=behind, most_errors=ERRORS_PER_PAGE))
    if view.state in ("queued", "running"):
        response.headers["Retry-After"] = uploads.LOOK_AGAIN_AFTER
    following = (behind + ERRORS_PER_PAGE,) if view.more_errors else None
    page = listing(request, worded(view.errors), following, response)
    return ImportResponse.page(view, page.items, page.next_cursor)


def _mapping(text: str) -> dict[str, Any]:
    try:
        mapping = json.loads(text)
    except (ValueError, RecursionError):
        mapping = None
    if not isinstance(mapping, dict):
        raise InvalidMapping('The mapping is a JSON object of texts, such as {"published_year": "year"}.')
    return mapping
