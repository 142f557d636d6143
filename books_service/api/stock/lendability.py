"""Routes by which lending asks whether copies may be lent, one or many at a time."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field, TypeAdapter

from books_service.api.dependencies import Stock
from books_service.api.shapes import Barcode
from books_service.application.stock.queries.copies import StockQueries
from books_service.application.stock.views import CopyLendability, LendabilityQuestion
from shared.kernel.errors import InvalidValue, LibraryError
from shared.web.json.strict_json import ResponseModel, StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by, worded

MOST_AT_ONCE = 100

router = APIRouter(prefix="/v1/copies/lendability", route_class=StrictRoute, tags=["copies"])

_ANSWER = TypeAdapter(CopyLendability)
Branch = Annotated[str, line(40)]


class CopyQuestion(StrictJsonBody):
    """One copy, by its barcode or by its id, and the branch that asks."""

    barcode: Barcode | None = Field(None, description="Any case; without `copy_id`.")
    copy_id: UUID | None = Field(None, description="Without `barcode`.")
    branch: Branch | None = Field(None, description="Where it is asked, in any case.")

    def to_question(self) -> LendabilityQuestion:
        """Return the question. Raises InvalidValue unless exactly one of the two names the copy."""
        return _question(self.copy_id, self.barcode, self.branch)


class LendabilityRequest(StrictJsonBody):
    """Up to 100 copies."""

    copies: Annotated[list[CopyQuestion], Field(min_length=1, max_length=MOST_AT_ONCE)]


class ProblemResponse(ResponseModel):
    """Why there is no answer about a copy."""

    code: str
    detail: str


class LendabilityAnswer(ResponseModel):
    """What was found of one copy, or why nothing was."""

    found: CopyLendability | None = None
    problem: ProblemResponse | None = None


class LendabilityAnswers(ResponseModel):
    """An answer for each copy, in the order asked."""

    items: list[LendabilityAnswer]


_ANSWERS = TypeAdapter(LendabilityAnswers)


@router.get(
    "",
    operation_id="get_lendability_of_copy",
    summary="Say whether a copy may be lent",
    response_model=CopyLendability,
    responses=refused_by(StockQueries.lendability),
)
async def show_one(
    stock: Stock,
    *,
    barcode: Annotated[Barcode | None, Query(description="Any case; without `copy_id`.")] = None,
    copy_id: Annotated[UUID | None, Query(description="Without `barcode`.")] = None,
    branch: Annotated[Branch | None, Query(description="Where it is asked, in any case.", examples=["main"])] = None,
) -> Response:
    """Name the copy by its barcode or by its id. Whether it is on loan at present is not asked here: lending knows.

    `desk_branch` is the code of `branch` as the library writes it, or null if it has no such branch.
    `timezone` is that of this branch, or of the copy's own.
    """
    (found,) = await stock.queries.lendability([_question(copy_id, barcode, branch)])
    if isinstance(found, LibraryError):
        raise found
    if found.refusals:
        found = replace(found, refusals=worded(found.refusals))
    # Every check-out waits for this answer: it is not validated a second time on its way out.
    return Response(_ANSWER.dump_json(found), media_type="application/json")


@router.post(
    "",
    operation_id="get_lendability_of_copies",
    summary="Say of up to 100 copies whether they may be lent",
    response_model=LendabilityAnswers,
)
async def show_many(body: LendabilityRequest, stock: Stock) -> Response:
    """Answer for each copy, in the order asked, as the single route does; what is refused for one stops no other."""
    answers = await stock.queries.lendability([each.to_question() for each in body.copies])
    items = [
        LendabilityAnswer.model_construct(problem=ProblemResponse(code=each.code, detail=each.detail))
        if isinstance(each, LibraryError)
        else LendabilityAnswer.model_construct(found=each)
        for each in answers
    ]
    response = LendabilityAnswers.model_construct(items=items)
    return Response(_ANSWERS.dump_json(response, exclude_unset=True), media_type="application/json")


def _question(copy_id: UUID | None, barcode: str | None, branch: str | None) -> LendabilityQuestion:
    if (barcode is None) == (copy_id is None):
        raise InvalidValue("Name the copy by either barcode or copy_id.", field="barcode")
    return LendabilityQuestion(copy_id, barcode, branch)
