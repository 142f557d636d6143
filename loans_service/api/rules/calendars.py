"""Routes for the calendars of branches."""

from inspect import getdoc
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from loans_service.api.dependencies import Rules
from loans_service.api.shapes import Day, NamedBranch
from loans_service.application.rules.change_calendar import NONE_YET, CalendarChange, ChangeCalendar
from loans_service.application.rules.show_rules import ShowCalendar
from loans_service.domain.rules.calendar_document import BranchCalendar
from shared.web.etags import IfMatchUnlessNew, Tag
from shared.web.json.strict_json import Moment, ResponseModel, StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/calendars/{branch}", route_class=StrictRoute, tags=["calendars"])

WallClock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Hours = Annotated[list[tuple[WallClock, WallClock]], Field(max_length=10, description="from and until, in order")]
_CLOSED: Any = Field(default_factory=list)


class WeekRequest(StrictJsonBody):
    """The hours of each weekday; a day without hours is closed."""

    mon: Hours = _CLOSED
    tue: Hours = _CLOSED
    wed: Hours = _CLOSED
    thu: Hours = _CLOSED
    fri: Hours = _CLOSED
    sat: Hours = _CLOSED
    sun: Hours = _CLOSED


class ClosureRequest(StrictJsonBody):
    """Days on which the branch stays closed, the first and the last included."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    name: Annotated[str, line(200), Field(description="Why it is closed; everybody reads it.")]


class OpeningRequest(StrictJsonBody):
    """Days on which the branch opens although it otherwise would not, or at other hours; a closure counts before it."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    hours: Annotated[list[tuple[WallClock, WallClock]], Field(min_length=1, max_length=10)]


class SpecialWeekRequest(StrictJsonBody):
    """A part of the year with other hours than the rest."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    weekly: WeekRequest


class CalendarRequest(StrictJsonBody):
    """When a branch is open, by the clock on its wall."""

    timezone: Annotated[str, line(100), Field(description="IANA name")]
    weekly: WeekRequest | None = Field(None, description="null: open every day")
    closed: list[ClosureRequest] = Field(default_factory=list, max_length=1000)
    open: list[OpeningRequest] = Field(
        default_factory=list, max_length=1000, description="exceptional openings, also on public holidays"
    )
    weeks: list[SpecialWeekRequest] = Field(
        default_factory=list,
        max_length=100,
        description="other hours in a part of the year; the first fitting one counts",
    )
    country: Annotated[str, line(40), Field(description="ISO 3166: its public holidays are closed days")] | None = None
    subdivision: Annotated[str, line(40), Field(description="ISO 3166-2, such as BY in DE")] | None = None


class CalendarResponse(ResponseModel):
    """The calendar of a branch."""

    branch: str
    timezone: str
    weekly: WeekRequest | None
    closed: list[ClosureRequest]
    open: list[OpeningRequest]
    weeks: list[SpecialWeekRequest]
    country: str | None
    subdivision: str | None
    changed_at: Moment


_MADE: dict[int | str, dict[str, Any]] = {
    201: {"model": CalendarResponse, "description": "The branch had none before."}
}


@router.get(
    "",
    operation_id="get_calendar",
    summary="Show the calendar of a branch",
    description=getdoc(ShowCalendar),
    responses=refused_by(ShowCalendar),
)
async def show(branch: NamedBranch, rules: Rules, tag: Tag) -> CalendarResponse:
    return _calendar_response(await rules.show_calendar(branch), tag)


@router.put(
    "",
    operation_id="put_calendar",
    summary="Give a branch its calendar",
    description=getdoc(ChangeCalendar),
    responses={**_MADE, **refused_by(ChangeCalendar)},
)
async def put(
    branch: NamedBranch,
    body: CalendarRequest,
    rules: Rules,
    if_match: IfMatchUnlessNew,
    *,
    tag: Tag,
    response: Response,
) -> CalendarResponse:
    command = CalendarChange(branch, body.model_dump(mode="json", by_alias=True), in_place_of=if_match.version)
    with if_match.needed_for_what_is_there():
        calendar = await rules.change_calendar(command)
    response.status_code = 201 if calendar.version == NONE_YET + 1 else 200
    return _calendar_response(calendar, tag)


def _calendar_response(calendar: BranchCalendar, tag: Tag) -> CalendarResponse:
    tag(calendar)
    return CalendarResponse.model_validate(
        {"open": [], "weeks": [], **calendar.document, "branch": calendar.branch, "changed_at": calendar.changed_at}
    )
