"""Samples of what the routes of holds take and answer."""

from datetime import UTC, datetime
from uuid import UUID

from loans_service.api.holds.hold_decisions import HoldDecisionResponse, PickupBranchesResponse, PickupBranchResponse
from loans_service.api.holds.hold_queues import (
    CopyAwayResponse,
    OrderRequest,
    QueueLengthResponse,
    QueueLengths,
    TransitRequest,
)
from loans_service.api.holds.hold_requests import (
    HoldCancellationRequest,
    HoldPatchRequest,
    HoldRequest,
    HoldSuspensionRequest,
    HoldSuspensionsRequest,
    MoveRequest,
)
from loans_service.api.holds.hold_responses import QueueResponse
from loans_service.api.holds.hold_suspensions import HoldSuspensionsResponse, SuspendedHold
from loans_service.api.lending.decisions import RefusalResponse
from loans_service.api.sample_facts import ADA, BACK, BARCODE, BOOK, CARD, COPY, LENT, TITLE
from loans_service.application.holds.hold_views import BranchContents, HoldView, PullListItem, TargetView, TransitView
from loans_service.application.refusal_views import RefusalView
from loans_service.domain.holds.hold import HoldKind, HoldStatus
from loans_service.domain.holds.placing import HoldLimitReached

A_HOLD = HoldView(
    hold_id=UUID("01a20e28-2b5c-7a10-9c3e-5d1f0a7b4c21"),
    book_id=BOOK,
    title=TITLE,
    copy_id=None,
    volume=None,
    volume_key=None,
    any_edition=False,
    bound_book_id=None,
    barcode=None,
    member_id=ADA,
    member_branch=None,
    pickup_branch="MAIN",
    placed_at=LENT,
    expires_on=None,
    not_before=None,
    comment=None,
    kind=HoldKind.HOLD,
    status=HoldStatus.WAITING,
    target=TargetView(COPY, BARCODE, "MAIN", LENT),
    suspended=False,
    suspended_until=None,
    position=1,
    pickup_until=None,
    ended_at=None,
    reason=None,
    reason_given=None,
    placed_by=None,
    cancelled_by=None,
    version=1,
)
OF_HOLDS = (
    HoldRequest(book_id=BOOK, card_number=CARD, pickup_branch="MAIN"),
    HoldPatchRequest(pickup_branch="MAIN", expires_on=None),
    MoveRequest(copy_id=COPY),
    HoldCancellationRequest(reason="Our only copy is worn out. We have ordered another one."),
    HoldSuspensionRequest(until=datetime(2030, 3, 1, tzinfo=UTC)),
    HoldSuspensionsRequest(card_number=CARD, until=datetime(2030, 3, 1, tzinfo=UTC)),
    HoldSuspensionsResponse(
        results=[SuspendedHold(line=0, status=200, hold_id=A_HOLD.hold_id, hold=A_HOLD, problem=None)], more=False
    ),
    A_HOLD,
    HoldDecisionResponse(
        allowed=False,
        refusals=[RefusalResponse.of(RefusalView.of(HoldLimitReached(limit=5, holds=5)))],
    ),
    PickupBranchesResponse(items=[PickupBranchResponse(code="MAIN", name="Main library")]),
    QueueLengths(items=[QueueLengthResponse(book_id=BOOK, waiting=1)]),
    QueueResponse(book_id=BOOK, waiting=1, items=[A_HOLD], next_cursor=None),
    OrderRequest(hold_ids=[A_HOLD.hold_id]),
    CopyAwayResponse(
        copy_id=COPY,
        book_id=BOOK,
        title=TITLE,
        barcode=BARCODE,
        home_branch="MAIN",
        status="in_transit",
        branch="EAST",
        hold_id=None,
        since=BACK,
    ),
    BranchContents("EAST", loans=40, holds_waiting=12, holds_in_transit=1, holds_ready=3, transits=2, others=5),
    TransitView(
        copy_id=COPY,
        book_id=BOOK,
        title=TITLE,
        barcode=BARCODE,
        home_branch="MAIN",
        from_branch="MAIN",
        to_branch="EAST",
        hold_id=None,
        since=BACK,
    ),
    PullListItem(
        copy_id=COPY,
        book_id=BOOK,
        title=TITLE,
        barcode=BARCODE,
        branch="MAIN",
        location="FICTION",
        shelf_mark="AUS 823.7",
        volume=None,
        hold_id=A_HOLD.hold_id,
        pickup_branch=None,
        since=LENT,
    ),
    TransitRequest(copy_barcode=BARCODE, to_branch="EAST"),
)
