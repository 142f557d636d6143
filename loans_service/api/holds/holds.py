"""Routes for holds."""

from inspect import getdoc
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ConfigDict, Field, model_validator

from loans_service.api.dependencies import Actor, ByStaff, Holding
from loans_service.api.holds.hold_responses import HoldKindName, HoldResponse, HoldStatusName, tag_of
from loans_service.api.lending.check_out_requests import OverrideRequest, asked
from loans_service.api.shapes import BranchCode, CardNumber, Day
from loans_service.application.holds.change_hold import CancelHold, ResumeHold, Revise, ReviseHold, SuspendHold
from loans_service.application.holds.commands import OfHold, Suspend
from loans_service.application.holds.hold_views import HoldFilter, HoldView
from loans_service.application.holds.place_hold import Place, PlaceHold
from loans_service.application.holds.report_not_found import ReportNotFound
from loans_service.application.neighbours import MemberKey
from loans_service.application.refusals import (
    OF_CANCELLING,
    OF_LOOKING_UP_HOLDS,
    OF_MISSING_A_COPY,
    OF_PLACING,
    OF_REVISING_A_HOLD,
    OF_SUSPENDING,
)
from shared.kernel.errors import NotAllowed
from shared.web.auth import Caller, OnlyOf
from shared.web.cursors import Listing, Page, PageWanted, listing
from shared.web.documents.described import located
from shared.web.etags import IfMatch, MaybeIfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, Moment, StrictRoute, line, paragraph
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/holds", route_class=StrictRoute, tags=["holds"])

_BOOK = "01a20e28-0ed8-759a-b944-fc4ab3285b0d"


Comment = Annotated[str, paragraph(500), Field(description="Shown to the member.")]


class HoldRequest(Body):
    """A book, or one copy of it, for a member; nobody named means: for oneself."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"book_id": _BOOK, "card_number": "20000000000018", "pickup_branch": "MAIN"}]}
    )

    book_id: UUID | None = Field(None, description="Any copy of this book will do.")
    copy_id: UUID | None = Field(None, description="Only this copy will do.")
    card_number: CardNumber | None = None
    member_id: UUID | None = None
    pickup_branch: BranchCode | None = Field(
        None, description="Where the copy is fetched; where it is at home if absent."
    )
    expires_on: Day | None = Field(None, description="The last day on which the member still waits.")
    not_before: Day | None = Field(None, description="The first day on which the member wants the copy.")
    comment: Comment | None = None
    kind: HoldKindName = Field("hold", description="recall: a copy is asked back where none can be pulled.")
    override: OverrideRequest | None = None

    @model_validator(mode="after")
    def names_one_thing_and_at_most_one_member(self) -> Self:
        """Refuse a thing named twice or not at all, and a member named twice."""
        if (self.book_id is None) == (self.copy_id is None):
            raise ValueError("name what to hold by either book_id or copy_id")
        if self.card_number is not None and self.member_id is not None:
            raise ValueError("name the member by either card_number or member_id")
        return self

    def command(self, member: MemberKey | None, *, by_staff: bool, by: str) -> Place:
        """Return the command as the use case takes it."""
        return Place(
            member,
            self.book_id,
            self.copy_id,
            self.pickup_branch,
            self.expires_on,
            self.not_before,
            self.comment,
            self.kind,
            by,
            by_staff=by_staff,
            **asked(self.override),
        )


class HoldPatchRequest(Body):
    """What changes, as a merge patch; null takes it away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"pickup_branch": "MAIN", "expires_on": None}]})

    pickup_branch: BranchCode | None = None
    expires_on: Day | None = None
    not_before: Day | None = None
    comment: Comment | None = None


class SuspensionRequest(Body):
    """Until when copies pass the hold by."""

    until: Moment | None = Field(None, description="From then on it waits again; until it is resumed if absent.")


def _member_of(body: HoldRequest, own_id: UUID | None, only_of: UUID | None) -> MemberKey | None:
    """Return whom the hold is for. Members place holds for themselves: nothing is told of anybody else."""
    named = body.card_number is not None or body.member_id not in (None, only_of)
    if only_of is not None and named:
        raise NotAllowed("You may place holds for yourself. Leave card_number and member_id out.")
    if body.card_number is not None or body.member_id is not None:
        return MemberKey(member_id=body.member_id, card_number=body.card_number)
    return None if own_id is None else MemberKey(member_id=own_id)


@router.post(
    "",
    status_code=201,
    operation_id="place_hold",
    summary="Place a hold",
    description=getdoc(PlaceHold),
    responses=located() | refusals(*OF_PLACING),
)
async def place(
    body: HoldRequest,
    *,
    caller: Caller,
    only_of: OnlyOf,
    by: Actor,
    by_staff: ByStaff,
    holding: Holding,
    once: Once,
    tag: Tag,
    response: Response,
) -> HoldResponse:
    command = body.command(_member_of(body, caller.person_id, only_of), by_staff=by_staff, by=by)
    hold = await once(HoldView, holding.place_hold, command)
    response.headers["Location"] = f"/v1/holds/{hold.hold_id}"
    return _tagged(hold, tag)


async def _wanted(
    *,
    member_id: UUID | None = None,
    book_id: UUID | None = None,
    copy_id: UUID | None = None,
    pickup_branch: Annotated[str, line(40)] | None = None,
    status: HoldStatusName | None = None,
) -> HoldFilter:
    return HoldFilter(member_id, book_id, copy_id, pickup_branch, status)


@router.get("", operation_id="list_holds", summary="List holds, newest first", responses=refusals(*OF_LOOKING_UP_HOLDS))
async def show_many(
    wanted: Annotated[HoldFilter, Depends(_wanted)],
    page: Page,
    holding: Holding,
    request: Request,
    response: Response,
    *,
    card_number: Annotated[str, line(40)] | None = None,
) -> Listing[HoldResponse]:
    """Filters narrow it down: one person's, those of one title or copy, at one desk, in one status."""
    before = page.after(tuple[Moment, UUID])
    found = await holding.list_holds(wanted, card_number=card_number, limit=page.limit + 1, before=before)
    return _listed(found, page, request, response)


@router.get(
    "/mine",
    operation_id="list_my_holds",
    summary="List one's own holds, newest first",
    responses=refusals(*OF_LOOKING_UP_HOLDS),
)
async def show_mine(
    page: Page, only_of: OnlyOf, holding: Holding, request: Request, response: Response
) -> Listing[HoldResponse]:
    """List what the caller waits for, can fetch, or waited for."""
    before = page.after(tuple[Moment, UUID])
    found = await holding.list_holds(HoldFilter(member_id=only_of), limit=page.limit + 1, before=before)
    return _listed(found, page, request, response)


@router.get("/{hold_id}", operation_id="get_hold", summary="Show a hold", responses=refusals(*OF_LOOKING_UP_HOLDS))
async def show_one(hold_id: UUID, only_of: OnlyOf, holding: Holding, tag: Tag) -> HoldResponse:
    """Show one hold, its place in the queue, and until when it is kept once it is ready."""
    return _tagged(await holding.show_hold(hold_id, only_of=only_of), tag)


@router.patch(
    "/{hold_id}",
    operation_id="revise_hold",
    summary="Change where and when a hold is to be served",
    description=getdoc(ReviseHold),
    responses=refusals(*OF_REVISING_A_HOLD),
)
async def revise(
    hold_id: UUID,
    body: HoldPatchRequest,
    *,
    version: IfMatch,
    only_of: OnlyOf,
    by: Actor,
    holding: Holding,
    tag: Tag,
) -> HoldResponse:
    fields = {name: getattr(body, name) for name in body.model_fields_set}
    return _tagged(await holding.revise_hold(Revise(OfHold(hold_id, only_of, by), version, fields)), tag)


@router.post(
    "/{hold_id}/cancel",
    operation_id="cancel_hold",
    summary="Cancel a hold",
    description=getdoc(CancelHold),
    responses=refusals(*OF_CANCELLING),
)
async def cancel(
    hold_id: UUID, *, only_of: OnlyOf, by: Actor, if_match: MaybeIfMatch, holding: Holding, once: Once, tag: Tag
) -> HoldResponse:
    return _tagged(await once(HoldView, holding.cancel_hold, OfHold(hold_id, only_of, by, if_match)), tag)


@router.post(
    "/{hold_id}/suspend",
    operation_id="suspend_hold",
    summary="Let others pass for a while",
    description=getdoc(SuspendHold),
    responses=refusals(*OF_SUSPENDING),
)
async def suspend(
    hold_id: UUID,
    *,
    body: SuspensionRequest | None = None,
    only_of: OnlyOf,
    by: Actor,
    if_match: MaybeIfMatch,
    holding: Holding,
    once: Once,
    tag: Tag,
) -> HoldResponse:
    command = Suspend(OfHold(hold_id, only_of, by, if_match), None if body is None else body.until)
    return _tagged(await once(HoldView, holding.suspend_hold, command), tag)


@router.post(
    "/{hold_id}/resume",
    operation_id="resume_hold",
    summary="Wait again",
    description=getdoc(ResumeHold),
    responses=refusals(*OF_SUSPENDING),
)
async def resume(
    hold_id: UUID, *, only_of: OnlyOf, by: Actor, if_match: MaybeIfMatch, holding: Holding, once: Once, tag: Tag
) -> HoldResponse:
    return _tagged(await once(HoldView, holding.resume_hold, OfHold(hold_id, only_of, by, if_match)), tag)


@router.post(
    "/{hold_id}/not-found",
    operation_id="report_copy_not_found",
    summary="Say that the copy on the pull list is not to be found",
    description=getdoc(ReportNotFound),
    responses=refusals(*OF_MISSING_A_COPY),
)
async def report_not_found(
    hold_id: UUID, *, by: Actor, if_match: MaybeIfMatch, holding: Holding, once: Once, tag: Tag
) -> HoldResponse:
    return _tagged(await once(HoldView, holding.report_not_found, OfHold(hold_id, by=by, version=if_match)), tag)


def _tagged(hold: HoldView, tag: Tag) -> HoldResponse:
    tag(hold.version, tag_of(hold))
    return HoldResponse.of(hold)


def _listed(found: list[HoldView], page: PageWanted, request: Request, response: Response) -> Listing[HoldResponse]:
    """Show one page of what was found; one hold more than the page holds says that there is another."""
    shown = found[: page.limit]
    more = len(found) > page.limit
    last = (shown[-1].placed_at, shown[-1].hold_id) if more else None
    return listing(request, [HoldResponse.of(hold) for hold in shown], last, response)
