"""Routes for imports: a file is taken in at once and worked on in the background."""

import json
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from books_service.api.dependencies import Exchange
from books_service.api.shapes import Format
from books_service.application.exchange.reading_options import BOOKS, DEFAULT_SPLIT, reading_options
from shared.kernel.file_records import InvalidMapping
from shared.kernel.imports import ImportView, Start, StartImport
from shared.web import uploads
from shared.web.documents.described import located
from shared.web.imports import import_routes
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/imports", route_class=StrictRoute, tags=["imports"])
more = import_routes("exchange")


_EXAMPLES = {
    "csv": "title,authors,isbns,published_year\nThe Iliad,Homer,978-0-14-044592-3,-720\n",
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
    summary="Import books, copies or authorities from a file",
    responses=located(202, "Retry-After") | refused_by(reading_options, StartImport, uploads.Chosen),
    openapi_extra=uploads.file_of(**_EXAMPLES),
)
async def start(
    exchange: Exchange,
    intake: uploads.TakenIn,
    chosen: uploads.ChosenRules,
    *,
    format: Annotated[Format | None, Query(description="As in the profile, if it names one.")] = None,
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
        Literal["books", "copies", "authorities"] | None,
        Query(
            description="`books` with their copies, `copies` alone or `authorities`; else the profile's, else `books`."
        ),
    ] = None,
    split_authors: Annotated[
        str, Field(min_length=1, max_length=10), Query(description="What stands between two authors.")
    ] = DEFAULT_SPLIT,
) -> ImportView:
    """Queue a file for import; its address says how far it has come.

    - Records match by any ISBN, else by control number, else by title, authors and year. The same file again changes
      nothing, whatever was done here since: of a record that came before only the fields count in which it says
      something else than last time. Where one was changed here, too, the file's word is taken (`changed-here-too`).
    - What was removed here stays so (`removed-here`); what was merged stays as it is (`merged-here`).
    - What spreadsheets break is repaired where it can be proved: an ISBN that lost its leading zeros, a year like
      2008.0.
    - Copies come inside of their books, or alone with `what=copies`; they match by external id, else by barcode.
    - Authorities match by a URI, else by kind and heading. Of MARC, 1XX is the heading, 4XX are other forms; 010, 024
      and 035 become URIs. Names are read without dates, as in books; with them they are another form.
    - `match` names the keys by which books (`isbn`, `control_number`, `external_id`, `title`: with authors and year),
      copies (`external_id`, `barcode`) or authorities (`uri`, `heading`) are found, best first. A field in `protect`
      keeps the value that it has here.
    - A price without a currency is one in the library's; a price in another one is left out and reported.
    - A bad record never stops the others. A value that cannot be right is left out, and reported with its record.
    - `left_out` counts the fields, columns and tags of the file that nothing was made of; what came as MARC is kept as
      it came, and goes out with the next export.
    - The file is kept until the import is done, so that a crash only delays it.
    """
    explicit = Start(what or "", format or "", _mapping(mapping), dry_run, intake.by)
    how = await chosen.over(exchange.profiles, explicit)
    options = reading_options(how.format, how.mapping, what=how.what or BOOKS, split_authors=split_authors)
    return await intake.start(exchange.start_import, replace(how, what=options.what, mapping=asdict(options)))


def _mapping(text: str) -> dict[str, Any]:
    try:
        mapping = json.loads(text)
    except (ValueError, RecursionError):
        mapping = None
    if not isinstance(mapping, dict):
        raise InvalidMapping('The mapping is a JSON object of texts, such as {"published_year": "year"}.')
    return mapping
