"""The routes by which members choose whether their reading history is kept."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from loans_service.api.dependencies import Privacy
from loans_service.application.privacy.choose_history import ChooseHistory, HistoryChoice
from loans_service.application.privacy.forget_history import ForgetHistory, HistoryToForget
from shared.web.auth import NOBODY, Caller
from shared.web.idempotency import Once
from shared.web.json.strict_json import ResponseModel, StrictJsonBody, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/borrowers", route_class=StrictRoute, tags=["borrowers"])


class ReadingHistoryChoiceRequest(StrictJsonBody):
    """Whether one's loans stay one's own after the time that the policy sets."""

    keep: bool


class ReadingHistoryChoiceResponse(ResponseModel):
    """What was chosen."""

    keep: bool


@router.delete(
    "/me/history",
    status_code=204,
    operation_id="forget_history",
    summary="Forget what one has borrowed",
    description=getdoc(ForgetHistory),
    responses=refused_by(ForgetHistory),
)
async def forget(
    *,
    caller: Caller,
    privacy: Privacy,
    loan_id: Annotated[UUID | None, Query(description="Only this loan; all that are closed if left out.")] = None,
) -> None:
    await privacy.forget_history(HistoryToForget(caller.person_id or NOBODY, loan_id))


@router.post(
    "/me/history",
    operation_id="choose_history",
    summary="Keep one's history of loans, or let it be forgotten",
    description=getdoc(ChooseHistory),
)
async def choose(
    body: ReadingHistoryChoiceRequest, *, caller: Caller, privacy: Privacy, once: Once
) -> ReadingHistoryChoiceResponse:
    command = HistoryChoice(caller.person_id or NOBODY, keep=body.keep)
    return ReadingHistoryChoiceResponse(keep=await once(bool, privacy.choose_history, command))
