"""The route that prints members' cards."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from members_service.api.membership.dependencies import Membership
from members_service.application.membership.cards.print_cards import MOST_CARDS, CardOrder, PrintCards
from shared.kernel.sheets import Symbology
from shared.web.auth import Caller
from shared.web.json.strict_json import StrictRoute, line
from shared.web.problems import refused_by
from shared.web.sheets import ANSWERS, OnSheet, pdf_answer

router = APIRouter(prefix="/v1/member-cards", route_class=StrictRoute, tags=["members"])


class CardsRequest(OnSheet):
    """Whose cards are printed, and on which sheet."""

    member_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_CARDS)]
    heading: Annotated[str, line(80)] | None = Field(None, description="Such as the name of the library.")
    code: Symbology = Symbology.CODE128


@router.post(
    "",
    operation_id="print_member_cards",
    summary="Print members' cards",
    description=getdoc(PrintCards),
    response_class=Response,
    responses={**ANSWERS, **refused_by(PrintCards)},
)
async def print_cards(body: CardsRequest, caller: Caller, membership: Membership) -> Response:
    heading, sheet = body.heading or "", body.chosen_sheet()
    order = CardOrder(body.member_ids, heading, sheet, body.code, body.skip, caller.subject)
    return pdf_answer(await membership.print_cards(order), "cards")
