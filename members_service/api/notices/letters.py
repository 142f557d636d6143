"""Routes for letters that a branch prints together."""

from inspect import getdoc
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from members_service.api.membership.member_requests import BranchCode
from members_service.api.notices.dependencies import Letters
from members_service.application.notices.letters.print_letters import (
    LetterBatchView,
    LetterOrder,
    OrderLetters,
    PrintLetters,
)
from members_service.domain.notices.letters import Window
from shared.web.auth import Caller
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.documents.schemas import FILE
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, not_acceptable
from shared.web.negotiation import best_of
from shared.web.problems import refused_by
from shared.web.sheets import PDF, pdf_answer

router = APIRouter(prefix="/v1/letter-batches", route_class=StrictRoute, tags=["notices"])

JSON_LINES = "application/jsonl"
_A_LINE = {"a letter": {"value": '{"address": ["Ada Lovelace", "12345 Town"], "text": "Dear …", "copy": false}\n'}}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The letters.",
        "content": {PDF: {"schema": FILE}, JSON_LINES: {"schema": FILE, "examples": _A_LINE}},
        "headers": {"Content-Disposition": {"schema": {"type": "string"}, "description": "A name for the file."}},
    }
}


class LettersRequest(StrictJsonBody):
    """Which letters."""

    branch: BranchCode | None = Field(description="Of holds the pickup branch, of loans where they were lent; or null.")


@router.post(
    "",
    status_code=202,
    operation_id="order_letters",
    summary="Have the letters written that wait at a branch",
    description=getdoc(OrderLetters),
    responses=located(202) | refused_by(OrderLetters),
)
async def order(
    body: LettersRequest, *, caller: Caller, letters: Letters, once: Once, response: Response
) -> LetterBatchView:
    ordered = await once(LetterBatchView, letters.order, LetterOrder(body.branch, caller.subject))
    response.headers["Location"] = f"/v1/letter-batches/{ordered.batch_id}"
    return ordered


@router.get("", operation_id="list_letter_batches", summary="List the letters that were printed together")
async def show_many(
    page: Page,
    letters: Letters,
    branch: Annotated[BranchCode | None, Query(description="Only those of this branch.")] = None,
) -> Listing[LetterBatchView]:
    """The newest first."""
    found = await letters.queries.batches(branch, limit=page.limit + 1, before=page.after_id())
    return page.listing([LetterBatchView.of(one) for one in found], lambda last: (last.batch_id,))


@router.get(
    "/{batch_id}",
    operation_id="print_letters",
    summary="Print letters",
    description=getdoc(PrintLetters),
    response_class=Response,
    responses={**_FILES, **refused_by(PrintLetters)},
)
async def fetch(
    batch_id: UUID,
    request: Request,
    letters: Letters,
    window: Annotated[
        Window | None, Query(description="Where the address stands; as the settings of notices say if absent.")
    ] = None,
) -> Response:
    form = best_of(",".join(request.headers.getlist("accept")), (PDF, JSON_LINES))
    if form is None:
        raise not_acceptable(PDF, JSON_LINES)
    if form == PDF:
        return pdf_answer(await letters.print.as_pdf(batch_id, window=window), f"letters-{batch_id}")
    headers = {
        "Content-Disposition": f'attachment; filename="letters-{batch_id}.jsonl"',
        "Cache-Control": "no-store",
    }
    return Response(await letters.print.as_lines(batch_id), media_type=JSON_LINES, headers=headers)
