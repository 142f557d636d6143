"""Routes for many copies: each line is an act of its own, done or refused independently of the others."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from pydantic import Field

from loans_service.api.dependencies import Acting, Lending
from loans_service.api.lending.check_out_requests import CheckOutQuestion
from loans_service.api.lending.returns import ReturnScan
from loans_service.application.lending.cached_members import CachedMembers
from loans_service.application.lending.views import LoanView, ReturnView
from shared.kernel.errors import LibraryError
from shared.kernel.receipts import Receipt
from shared.web.idempotency import IdempotentAct, Once
from shared.web.json.strict_json import ResponseModel, StrictJsonBody, StrictRoute
from shared.web.problems import problem_of

router = APIRouter(prefix="/v1", route_class=StrictRoute)

MOST_LINES = 100
_ABOUT_LINES = (
    "Lines are worked on in their order, each as by a request of its own: `status` is the status that such a request "
    "would have been answered with. With an Idempotency-Key each line is done once: repeat the request after an "
    "interruption, and what was done is told again, what was refused is tried again."
)

Answer = TypeVar("Answer")
Command = TypeVar("Command")


class ManyCheckOutsRequest(StrictJsonBody):
    """Up to 100 check-outs."""

    lines: list[CheckOutQuestion] = Field(min_length=1, max_length=MOST_LINES)


class ManyReturnsRequest(StrictJsonBody):
    """Up to 100 scans."""

    lines: list[ReturnScan] = Field(min_length=1, max_length=MOST_LINES)


class CheckOutLine(ResponseModel):
    """What became of a line, counted from 0: the loan, or the problem."""

    line: int
    status: int
    loan: LoanView | None
    problem: dict[str, Any] | None


class ReturnLine(ResponseModel):
    """What became of a line, counted from 0: what the scan did, or the problem."""

    line: int
    status: int
    scan: ReturnView | None
    problem: dict[str, Any] | None


class ManyCheckOutsResponse(ResponseModel):
    """A result for each line, in their order."""

    results: list[CheckOutLine]


class ManyReturnsResponse(ResponseModel):
    """A result for each line, in their order."""

    results: list[ReturnLine]


@router.post(
    "/loans/bulk",
    operation_id="check_out_copies",
    summary="Check many copies out",
    description=_ABOUT_LINES,
    tags=["loans"],
)
async def check_out_many(
    body: ManyCheckOutsRequest, *, actor: Acting, lending: Lending, once: Once, request: Request
) -> ManyCheckOutsResponse:
    check_out = replace(lending.check_out_copy, members=CachedMembers(lending.check_out_copy.members))
    commands = [line.command(by_staff=actor.is_staff, by=actor.name, by_member=actor.person_id) for line in body.lines]
    done = await _each(body.lines, check_out, commands, LoanView, once=once, request=request)
    return ManyCheckOutsResponse(
        results=[
            CheckOutLine(
                line=number,
                status=201 if problem is None else problem["status"],
                loan=loan,
                problem=problem,
            )
            for number, (loan, problem) in enumerate(done)
        ]
    )


@router.post(
    "/returns/bulk",
    operation_id="return_copies",
    summary="Return many copies",
    description=_ABOUT_LINES,
    tags=["returns"],
)
async def return_many(
    body: ManyReturnsRequest, *, actor: Acting, lending: Lending, once: Once, request: Request
) -> ManyReturnsResponse:
    scans = [line.scan(actor) for line in body.lines]
    done = await _each(body.lines, lending.return_copy, scans, ReturnView, once=once, request=request)
    return ManyReturnsResponse(
        results=[
            ReturnLine(
                line=number,
                status=200 if problem is None else problem["status"],
                scan=scan,
                problem=problem,
            )
            for number, (scan, problem) in enumerate(done)
        ]
    )


async def _each(
    lines: Sequence[StrictJsonBody],
    use_case: Callable[[Command, Receipt | None], Awaitable[Answer]],
    commands: Sequence[Command],
    shape: type[Answer],
    *,
    once: IdempotentAct,
    request: Request,
) -> list[tuple[Answer | None, dict[str, Any] | None]]:
    """Run each line, and return its answer or its problem. An unexpected error ends it, but keeps what was done."""
    results: list[tuple[Answer | None, dict[str, Any] | None]] = []
    for number, (line, command) in enumerate(zip(lines, commands, strict=True)):
        only_once = once.of_line(number, line.model_dump_json().encode())
        try:
            results.append((await only_once(shape, use_case, command), None))
        except LibraryError as refused:
            results.append((None, problem_of(refused, instance=request.scope["path"])))
    return results
