"""Routes for many copies: each line is an act of its own, done or refused independently of the others."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self, TypeVar

from fastapi import APIRouter, Request
from pydantic import Field, model_validator

from loans_service.api.dependencies import Acting, Lending
from loans_service.api.lending.check_out_requests import CheckOutQuestion
from loans_service.api.lending.returns import ReturnScan
from loans_service.api.lines import MOST_LINES, Line, each
from loans_service.application.lending.cached_members import CachedMembers
from loans_service.application.lending.return_copy import Scan
from loans_service.application.lending.views import CheckOutView, ReturnView
from loans_service.domain.lending.staff_only import StaffOnly
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, ResponseModel, StrictJsonBody, StrictRoute

router = APIRouter(prefix="/v1", route_class=StrictRoute)

_ABOUT_LINES = (
    "Lines are worked on in their order, each as by a request of its own: `status` is the status that such a request "
    "would have been answered with. With an Idempotency-Key each line is done once: repeat the request after an "
    "interruption, and what was done is told again, what was refused is tried again."
)

Command = TypeVar("Command")


class ManyCheckOutsRequest(StrictJsonBody):
    """Up to 100 check-outs."""

    lines: list[CheckOutQuestion] = Field(min_length=1, max_length=MOST_LINES)


class ManyReturnsRequest(StrictJsonBody):
    """Up to 100 scans."""

    lines: list[ReturnScan] = Field(min_length=1, max_length=MOST_LINES)
    returned_at: Moment | None = Field(
        None, description="When all of them came back whose line says nothing else; for staff only."
    )
    book_drop: bool = Field(
        default=False,
        description="They were in the book drop, and came back when the branch last closed; for staff only.",
    )

    @model_validator(mode="after")
    def says_one_moment(self) -> Self:
        """Refuse two moments for all."""
        if self.book_drop and self.returned_at is not None:
            raise ValueError("say either book_drop or returned_at")
        return self

    def of_all(self, scan: Scan) -> Scan:
        """Return the scan of a line with what is said for all."""
        if scan.returned_at is not None:
            return scan
        return replace(scan, returned_at=self.returned_at, from_book_drop=self.book_drop)


class CheckOutLine(ResponseModel):
    """What became of a line, counted from 0: the loan, or the problem."""

    line: int
    status: int
    loan: CheckOutView | None
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
    done = await each(_lines(body.lines, commands), check_out, CheckOutView, once=once, request=request)
    return ManyCheckOutsResponse(
        results=[
            CheckOutLine(line=number, status=outcome.status(201), loan=outcome.answer, problem=outcome.problem)
            for number, outcome in enumerate(done)
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
    if body.book_drop and not actor.is_staff:
        raise StaffOnly("book_drop")
    scans = [body.of_all(line.scan(actor)) for line in body.lines]
    done = await each(_lines(body.lines, scans), lending.return_copy, ReturnView, once=once, request=request)
    return ManyReturnsResponse(
        results=[
            ReturnLine(line=number, status=outcome.status(), scan=outcome.answer, problem=outcome.problem)
            for number, outcome in enumerate(done)
        ]
    )


def _lines(lines: Sequence[StrictJsonBody], commands: Sequence[Command]) -> list[Line[Command]]:
    pairs = enumerate(zip(lines, commands, strict=True))
    return [Line(number, command, line.model_dump_json().encode()) for number, (line, command) in pairs]
