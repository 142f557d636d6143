"""Routes that compare the states of copies in books with those in lending."""

from dataclasses import replace
from inspect import getdoc
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends

from loans_service.api.dependencies import Consistency
from loans_service.application.consistency.check_consistency import (
    CheckConsistency,
    CheckPlace,
    ConsistencyView,
    RepairConsistency,
    RepairView,
)
from shared.web.cursors import AnyCursor, Cursors, cursors_at
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, ResponseModel, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/consistency", route_class=StrictRoute, tags=["consistency"])


class StandsResponse(ResponseModel):
    """In which branch a copy is, and why. Of a copy at home and of one on loan the branches are not compared."""

    branch: str | None
    why: str


class StateResponse(ResponseModel):
    """How a copy stands, until when it is out, and to which branch it is on its way."""

    availability: str
    due_at: Moment | None
    transit_to: str | None
    stands: StandsResponse | None


class DisagreementResponse(ResponseModel):
    """A copy, as books shows it and as it stands."""

    copy_id: UUID
    books: StateResponse
    loans: StateResponse


class ConsistencyResponse(ResponseModel):
    """What a check found. `checked` counts copies; go on with `next_cursor` until it is `complete`."""

    checked: int
    disagreements: list[DisagreementResponse]
    in_two_places: list[UUID]
    balances_wrong: list[UUID]
    sums_wrong: list[str]
    tills_wrong: list[str]
    complete: bool
    next_cursor: str | None

    @classmethod
    def of_view(cls, view: ConsistencyView, cursors: Cursors) -> Self:
        """Show `view`."""
        reached = view.reached
        return cls(
            checked=view.checked,
            disagreements=[
                DisagreementResponse(
                    copy_id=one.loans.copy_id, books=StateResponse.of(one.books), loans=StateResponse.of(one.loans)
                )
                for one in view.disagreements
            ],
            in_two_places=view.in_two_places,
            balances_wrong=view.balances_wrong,
            sums_wrong=view.money.sums_wrong,
            tills_wrong=view.money.tills_wrong,
            complete=view.complete,
            next_cursor=None if view.complete else cursors.write((reached.copy_id, reached.fine_id)),
        )


class RepublishedCopyResponse(StateResponse):
    """What books was told of a copy."""

    copy_id: UUID


class RepairResponse(ResponseModel):
    """What the check before found, and what was told again."""

    found: ConsistencyResponse
    told: list[RepublishedCopyResponse]


async def _cursors(cursors: Annotated[Cursors, Depends(cursors_at)]) -> Cursors:
    return replace(cursors, of=router.prefix)  # a repair goes on where a check has ended


Walk = Annotated[Cursors, Depends(_cursors)]


async def _place(
    cursors: Walk,
    cursor: Annotated[str | None, AnyCursor] = None,
) -> CheckPlace:
    return CheckPlace() if cursor is None else CheckPlace(*cursors.read(cursor, tuple[UUID, UUID]))


From = Annotated[CheckPlace, Depends(_place)]


@router.get(
    "",
    operation_id="check_consistency",
    summary="Compare what books shows of copies with what lending knows",
    description=getdoc(CheckConsistency),
    responses=refused_by(CheckConsistency),
)
async def check(place: From, cursors: Walk, consistency: Consistency) -> ConsistencyResponse:
    return ConsistencyResponse.of_view(await consistency.check(place), cursors)


@router.post(
    "/repair",
    operation_id="repair_consistency",
    summary="Tell books again of the copies that it shows otherwise than they stand",
    description=getdoc(RepairConsistency),
    responses=refused_by(RepairConsistency),
)
async def repair(place: From, cursors: Walk, consistency: Consistency, once: Once) -> RepairResponse:
    view = await once.in_parts(RepairView, consistency.repair, place)
    return RepairResponse(
        found=ConsistencyResponse.of_view(view.found, cursors),
        told=[RepublishedCopyResponse.of(state) for state in view.republished],
    )
