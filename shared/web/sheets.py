"""Sheets of labels as requests name or describe them, and the PDF that answers."""

from typing import Annotated, Any

from fastapi.responses import Response
from pydantic import Field

from shared.kernel.sheets import SHEETS, Sheet, sheet_named
from shared.web.documents.schemas import FILE
from shared.web.json.strict_json import StrictJsonBody, line

PDF = "application/pdf"
_ON_PAGE = 200

_Length = Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]
_Margin = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]
_Number = Annotated[int, Field(ge=1, le=_ON_PAGE)]


class SheetRequest(StrictJsonBody):
    """A sheet of one's own; all lengths are millimetres."""

    page_width: _Length
    page_height: _Length
    columns: _Number = 1
    rows: _Number = 1
    label_width: _Length
    label_height: _Length
    margin_left: _Margin = 0
    margin_top: _Margin = 0
    pitch_across: _Length | None = Field(None, description="From one left edge to the next; else the label's width.")
    pitch_down: _Length | None = Field(None, description="From one upper edge to the next; else the label's height.")

    def sheet(self) -> Sheet:
        """Raise SheetOffPage."""
        return Sheet(
            (self.page_width, self.page_height),
            self.columns,
            self.rows,
            (self.label_width, self.label_height),
            (self.margin_left, self.margin_top),
            (self.pitch_across or self.label_width, self.pitch_down or self.label_height),
        )


class OnSheet(StrictJsonBody):
    """On which sheet something is printed, and where it begins."""

    sheet: Annotated[
        Annotated[str, line(40)] | SheetRequest,
        Field(description=f"One of {', '.join(f'`{name}`' for name in SHEETS)}, or one's own."),
    ]
    skip: Annotated[
        int, Field(ge=0, lt=_ON_PAGE, description="How many labels of the first page are used up already.")
    ] = 0

    def chosen_sheet(self) -> Sheet:
        """Raise UnknownSheet or SheetOffPage."""
        return sheet_named(self.sheet) if isinstance(self.sheet, str) else self.sheet.sheet()


ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The pages.",
        "content": {PDF: {"schema": FILE}},
        "headers": {"Content-Disposition": {"schema": {"type": "string"}, "description": "A name for the file."}},
    }
}


def pdf_answer(pages: bytes, name: str) -> Response:
    """Return the answer that hands out pages under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(pages, media_type=PDF, headers=headers)
