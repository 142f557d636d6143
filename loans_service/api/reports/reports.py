"""Routes for annual reports: the forms, what is written into them, what people enter, and the end of it."""

from collections.abc import AsyncIterator
from inspect import getdoc
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from loans_service.api.dependencies import Acting, Reports
from loans_service.api.reports.printed_reports import as_page
from loans_service.api.tills.printed_receipts import POLICY
from loans_service.application.reports.keep_report import EnterValue, EntryChange, FreezeReport, Freezing
from loans_service.application.reports.report_views import EntryView, FormView, ReportView
from loans_service.application.reports.show_report import ListForms, ShowReport
from loans_service.domain.reports.form import LONGEST_NOTE, MOST_OF_AN_ENTRY
from shared.web.csv_lists import CSV, JSON, as_csv, guarded, preferred
from shared.web.etags import IfMatchUnlessNew, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import PlainDigits, ResponseModel, StrictJsonBody, StrictRoute, paragraph
from shared.web.problems import refused_by

TAG = {"name": "reports", "description": "Annual forms, filled in from what was counted and what people enter."}
router = APIRouter(prefix="/v1/reports", route_class=StrictRoute, tags=["reports"])

_PAGE = "text/html"
_COLUMNS = ("code", "number", "title", "value", "source", "formula", "note")
_TEXT = {"schema": {"type": "string"}}

FormName = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9-]{0,39}$", examples=["pls"])]
LineCode = Annotated[str, Path(pattern="^[A-Za-z0-9][A-Za-z0-9.-]{0,39}$", examples=["501"])]
NamedYear = Annotated[int, Path(ge=1900, le=2999, examples=[2025]), PlainDigits]


class FormsResponse(ResponseModel):
    """The forms that there are."""

    items: list[FormView]


class EntryRequest(StrictJsonBody):
    """What is entered in a line, and why or from where it is."""

    value: Annotated[int, Field(ge=0, le=MOST_OF_AN_ENTRY)] | None = Field(description="null: it is unknown again.")
    note: Annotated[str, paragraph(LONGEST_NOTE)] | None = Field(None, description="Read by staff only.")


@router.get("", operation_id="list_reports", summary="List the annual forms", description=getdoc(ListForms))
async def show_forms(reports: Reports) -> FormsResponse:
    return FormsResponse(items=reports.list_forms())


@router.get(
    "/{form}",
    operation_id="get_report",
    summary="Fill an annual form in for a year",
    description=f"{getdoc(ShowReport)}\n\nAs `text/csv` a file of its lines, as `text/html` a page to be printed.",
    response_model=ReportView,
    responses={**refused_by(ShowReport), 200: {"content": {CSV: _TEXT, _PAGE: _TEXT}}},
)
async def show_one(
    form: FormName,
    reports: Reports,
    request: Request,
    *,
    year: Annotated[
        int, Query(ge=1900, le=2999, description="The year, by the calendar year in which it ends."), PlainDigits
    ],
) -> Any:
    wanted = preferred(request, JSON, CSV, _PAGE)
    report = await reports.show_report(form, year)
    if wanted == CSV:
        return as_csv(f"{form}-{year}", _COLUMNS, _rows(report))
    if wanted == _PAGE:
        headers = {"Content-Security-Policy": POLICY, "Vary": "Accept", "Cache-Control": "no-store"}
        return Response(as_page(report), media_type=_PAGE, headers=headers)
    return report


async def _rows(report: ReportView) -> AsyncIterator[list[str]]:
    for line in report.lines:
        cells = {
            "value": "" if line.value is None else str(line.value),
            "note": guarded(line.entry.note) if line.entry is not None and line.entry.note else "",
        }
        yield [cells.get(name, str(getattr(line, name, None) or "")) for name in _COLUMNS]


@router.put(
    "/{form}/{year}/entries/{code}",
    operation_id="put_report_entry",
    summary="Enter a value in a line of a report",
    description=getdoc(EnterValue),
    responses={201: {"description": "It was entered for the first time."}, **refused_by(EnterValue)},
)
async def enter(
    form: FormName,
    year: NamedYear,
    code: LineCode,
    body: EntryRequest,
    if_match: IfMatchUnlessNew,
    *,
    actor: Acting,
    reports: Reports,
    tag: Tag,
    response: Response,
) -> EntryView:
    command = EntryChange(form, year, code, body.value, body.note, if_match.version, by=actor.name)
    with if_match.needed_for_what_is_there():
        entry = await reports.enter_value(command)
    response.status_code = 201 if entry.version == 1 else 200
    return tag(entry)


@router.post(
    "/{form}/{year}/freeze",
    operation_id="freeze_report",
    summary="Freeze a report that is handed in",
    description=getdoc(FreezeReport),
    responses=refused_by(FreezeReport),
)
async def freeze(form: FormName, year: NamedYear, *, actor: Acting, reports: Reports, once: Once) -> ReportView:
    return await once(ReportView, reports.freeze_report, Freezing(form, year, by=actor.name))
