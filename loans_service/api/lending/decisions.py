"""The route that explains a check-out."""

from inspect import getdoc
from typing import Any

from fastapi import APIRouter
from pydantic import ConfigDict, model_validator

from loans_service.api.dependencies import Acting, Lending
from loans_service.api.lending.check_out_requests import CheckOutQuestion
from loans_service.application.lending.explain_check_out import ExplainCheckOut
from loans_service.application.lending.views import ChargeView, DecisionView, DueStepView, PolicyMatched
from loans_service.application.refusal_views import RefusalView
from loans_service.domain.lending.desk_note import DeskNote
from shared.context import sentence
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, ResponseModel, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/loans/decision", route_class=StrictRoute, tags=["loans"])


class RefusalResponse(ResponseModel):
    """A refusal as the check-out would tell it, with its figures beside it."""

    model_config = ConfigDict(extra="allow")

    code: str
    detail: str

    @model_validator(mode="before")
    @classmethod
    def puts_figures_beside(cls, refusal: Any) -> Any:
        """Put the figures of a view beside its code and sentence."""
        if not isinstance(refusal, RefusalView):
            return refusal
        return {**refusal.figures, "code": refusal.code, "detail": sentence(refusal.code, refusal.detail)}


class DecisionResponse(ResponseModel):
    """What a check-out would come to."""

    allowed: bool
    refusals: list[RefusalResponse]
    policy: PolicyMatched | None
    due_at: Moment | None
    steps: list[DueStepView]
    charges: list[ChargeView]
    notes: list[DeskNote]


@router.post(
    "",
    operation_id="explain_check_out",
    summary="Explain what a check-out would come to",
    description=getdoc(ExplainCheckOut),
    responses=refused_by(ExplainCheckOut),
)
async def explain(body: CheckOutQuestion, *, actor: Acting, lending: Lending, once: Once) -> DecisionResponse:
    command = body.command(by_staff=actor.is_staff, by=actor.name, by_member=actor.person_id)
    return DecisionResponse.of(await once(DecisionView, lending.explain_check_out, command))
