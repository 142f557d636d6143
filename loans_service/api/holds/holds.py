"""Routes for holds."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from loans_service.api.dependencies import Acting, Holding, Whose
from loans_service.api.holds.hold_requests import (
    HoldCancellationRequest,
    HoldPatchRequest,
    HoldRequest,
    HoldSuspensionRequest,
    MoveRequest,
)
from loans_service.api.holds.hold_responses import HoldStatusFilter
from loans_service.api.lending.check_out_requests import override_fields
from loans_service.application.holds.change_hold import (
    CancelForWard,
    CancelHold,
    ResumeHold,
    SuspendHold,
    WardCancellation,
)
from loans_service.application.holds.commands import HoldCancellation, HoldSuspension, OfHold
from loans_service.application.holds.hold_views import HoldFilter, HoldView
from loans_service.application.holds.placing.move_hold import Move, MoveHold
from loans_service.application.holds.placing.place_hold import PlaceHold
from loans_service.application.holds.report_not_found import ReportNotFound
from loans_service.application.holds.revise_hold import Revise, ReviseHold
from loans_service.application.holds.show_holds import ListHolds, ShowHold
from loans_service.application.whose_things import WhoseThings
from shared.web.auth import OnlyOf
from shared.web.cursors import Listing, ListPage, Page
from shared.web.documents.described import located
from shared.web.etags import IfMatch, MaybeIfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/holds", route_class=StrictRoute, tags=["holds"])


@router.post(
    "",
    status_code=201,
    operation_id="place_hold",
    summary="Place a hold",
    description=getdoc(PlaceHold),
    responses=located() | refused_by(PlaceHold),
)
async def place(
    body: HoldRequest,
    *,
    actor: Acting,
    holding: Holding,
    once: Once,
    tag: Tag,
    response: Response,
) -> HoldView:
    command = body.command(actor)
    hold = await once(HoldView, holding.place_hold, command)
    response.headers["Location"] = f"/v1/holds/{hold.hold_id}"
    return tag(hold)


async def _filters(
    *,
    member_id: UUID | None = None,
    book_id: UUID | None = None,
    copy_id: UUID | None = None,
    pickup_branch: Annotated[str, line(40)] | None = None,
    status: HoldStatusFilter | None = None,
    placed_before: Annotated[Moment | None, Query(description="Those that were placed earlier.")] = None,
) -> HoldFilter:
    return HoldFilter(member_id, book_id, copy_id, pickup_branch, status, placed_before)


@router.get(
    "",
    operation_id="list_holds",
    summary="List holds, newest first",
    responses=refused_by(ListHolds),
)
async def show_many(
    filters: Annotated[HoldFilter, Depends(_filters)],
    page: Page,
    holding: Holding,
    *,
    card_number: Annotated[str, line(40)] | None = None,
) -> Listing[HoldView]:
    """Filters narrow it down: one person's, those of one title or copy, at one desk, in one status.

    `active` are those that wait, are on their way or are ready. Without the right `see_history` only these are listed.
    """
    before = page.after(tuple[Moment, UUID])
    found = await holding.list_holds(filters, card_number=card_number, limit=page.limit + 1, before=before)
    return _listed(found, page)


@router.get(
    "/mine",
    operation_id="list_my_holds",
    summary="List one's own holds, newest first",
    responses=refused_by(WhoseThings),
)
async def show_mine(
    page: Page, whose: Whose, holding: Holding, *, status: HoldStatusFilter | None = None
) -> Listing[HoldView]:
    """List what the caller waits for, can fetch, or waited for; or a member whose guardian the caller is.

    `active` are those that wait, are on their way or are ready.
    """
    before = page.after(tuple[Moment, UUID])
    found = await holding.list_holds(HoldFilter(member_id=whose, status=status), limit=page.limit + 1, before=before)
    return _listed(found, page)


@router.get(
    "/{hold_id}",
    operation_id="get_hold",
    summary="Show a hold",
    responses=refused_by(ShowHold),
)
async def show_one(hold_id: UUID, only_of: OnlyOf, holding: Holding, tag: Tag) -> HoldView:
    """Show one hold, its place in the queue, and until when it is kept once it is ready."""
    return tag(await holding.show_hold(hold_id, only_of=only_of))


@router.patch(
    "/{hold_id}",
    operation_id="revise_hold",
    summary="Change where and when a hold is to be served",
    description=getdoc(ReviseHold),
    responses=refused_by(ReviseHold),
)
async def revise(
    hold_id: UUID,
    body: HoldPatchRequest,
    *,
    version: IfMatch,
    actor: Acting,
    holding: Holding,
    tag: Tag,
) -> HoldView:
    command = Revise(
        OfHold(hold_id, actor.only_of, actor.name),
        version,
        body.fields(),
        body.pickup_until,
        by_staff=actor.is_staff,
        by_member=actor.person_id,
    )
    return tag(await holding.revise_hold(command))


@router.post(
    "/{hold_id}/cancel",
    operation_id="cancel_hold",
    summary="Cancel a hold",
    description=f"{getdoc(CancelHold)}\n\n{getdoc(CancelForWard)}",
    responses=refused_by(CancelHold, CancelForWard),
)
async def cancel(
    hold_id: UUID,
    *,
    body: HoldCancellationRequest | None = None,
    actor: Acting,
    if_match: MaybeIfMatch,
    holding: Holding,
    once: Once,
    tag: Tag,
) -> HoldView:
    hold = OfHold(hold_id, actor.only_of, actor.name, if_match)
    explanation = None if body is None else body.reason
    command = HoldCancellation(hold, explanation=explanation, by_staff=actor.is_staff)
    if body is None or body.acting_for is None:
        return tag(await once(HoldView, holding.cancel_hold, command))
    of_ward = WardCancellation(command, body.member(actor), body.acting_for)
    return tag(await once(HoldView, holding.cancel_for_ward, of_ward))


@router.post(
    "/{hold_id}/suspend",
    operation_id="suspend_hold",
    summary="Let others pass for a while",
    description=getdoc(SuspendHold),
    responses=refused_by(SuspendHold),
)
async def suspend(
    hold_id: UUID,
    *,
    body: HoldSuspensionRequest | None = None,
    actor: Acting,
    if_match: MaybeIfMatch,
    holding: Holding,
    once: Once,
    tag: Tag,
) -> HoldView:
    command = HoldSuspension(OfHold(hold_id, actor.only_of, actor.name, if_match), None if body is None else body.until)
    return tag(await once(HoldView, holding.suspend_hold, command))


@router.post(
    "/{hold_id}/resume",
    operation_id="resume_hold",
    summary="Wait again",
    description=getdoc(ResumeHold),
    responses=refused_by(ResumeHold),
)
async def resume(
    hold_id: UUID, *, actor: Acting, if_match: MaybeIfMatch, holding: Holding, once: Once, tag: Tag
) -> HoldView:
    return tag(await once(HoldView, holding.resume_hold, OfHold(hold_id, actor.only_of, actor.name, if_match)))


@router.post(
    "/{hold_id}/move",
    operation_id="move_hold",
    summary="Let a hold wait for another copy, volume or edition",
    description=getdoc(MoveHold),
    responses=refused_by(MoveHold),
)
async def move(
    hold_id: UUID,
    body: MoveRequest,
    *,
    actor: Acting,
    if_match: MaybeIfMatch,
    holding: Holding,
    once: Once,
    tag: Tag,
) -> HoldView:
    command = Move(
        hold=OfHold(hold_id, by=actor.name, version=if_match),
        book_id=body.book_id,
        copy_id=body.copy_id,
        volume=body.volume,
        by_member=actor.person_id,
        by_staff=actor.is_staff,
        **override_fields(body.override),
    )
    return tag(await once(HoldView, holding.move_hold, command))


@router.post(
    "/{hold_id}/not-found",
    operation_id="report_copy_not_found",
    summary="Say that the copy on the pull list is not to be found",
    description=getdoc(ReportNotFound),
    responses=refused_by(ReportNotFound),
)
async def report_not_found(
    hold_id: UUID, *, actor: Acting, if_match: MaybeIfMatch, holding: Holding, once: Once, tag: Tag
) -> HoldView:
    return tag(await once(HoldView, holding.report_not_found, OfHold(hold_id, by=actor.name, version=if_match)))


def _listed(found: list[HoldView], page: ListPage) -> Listing[HoldView]:
    return page.listing(found, lambda last: (last.placed_at, last.hold_id))
