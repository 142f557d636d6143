"""Lists as CSV, for spreadsheets: all of a list at once, where `Accept` likes that best."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse

from shared.web.json.strict_json import not_acceptable
from shared.web.negotiation import best_of

JSON, CSV = "application/json", "text/csv"
CSV_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {"schema": {"type": "string"}}}}}
"""What the document says of a list that comes as CSV, too."""

_CALCULATES = frozenset("=+-@'\t\r\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes for the beginning of a formula; some do also with the wide forms."""


def preferred(request: Request, *media: str) -> str:
    """Return which of these forms `Accept` likes best, the first among equals."""
    found = best_of(",".join(request.headers.getlist("accept")), media)
    if found is None:
        raise not_acceptable(*media)
    return found


def as_csv(name: str, columns: Iterable[str], rows: AsyncIterator[Iterable[str]]) -> StreamingResponse:
    """Answer with a file of this name: its columns, then the rows as they come."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Cache-Control": "no-store",
        "Vary": "Accept",
    }
    return StreamingResponse(_lines(columns, rows), media_type=CSV, headers=headers)


async def _lines(columns: Iterable[str], rows: AsyncIterator[Iterable[str]]) -> AsyncIterator[str]:
    yield _line(columns)
    async for row in rows:
        yield _line(row)


def guarded(text: str) -> str:
    """Return a text that people wrote so that no spreadsheet calculates it."""
    return f"'{text}" if text and text[0] in _CALCULATES else text


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
