"""The route that takes one payment over several fines."""

from inspect import getdoc
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, model_validator

from loans_service.api.dependencies import Acting, Fines, Lending
from loans_service.api.shapes import MemberNamed, MoneyRequest
from loans_service.api.tills.till_requests import WhereRequest
from loans_service.application.fines.fine_views import PaymentView
from loans_service.application.fines.pay_borrower import BorrowerPayment, PayBorrower
from loans_service.application.lending.find_branch import FindBranch
from loans_service.application.neighbours import MemberKey
from loans_service.domain.fines.payment import Excess
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/borrowers", route_class=StrictRoute, tags=["borrowers"])


class PayerRequest(MemberNamed):
    """A guardian or proxy, named by the own card or by id."""

    @model_validator(mode="after")
    def names_somebody(self) -> Self:
        """Refuse a payer who is nobody."""
        if self.card_number is None and self.member_id is None:
            raise ValueError("name who pays by card_number or member_id, or leave the payer out")
        return self

    def key(self) -> MemberKey:
        """Return it as the use cases take it."""
        return MemberKey(self.member_id, self.card_number)


class BorrowerPaymentRequest(WhereRequest):
    """How much is paid, how and where, and for what if not for whatever is owed, oldest first."""

    amount: MoneyRequest
    fine_ids: Annotated[list[UUID], Field(min_length=1, max_length=100)] | None = None
    reference: (
        Annotated[
            str,
            line(100),
            Field(description="Of a till or payment provider; it counts once."),
        ]
        | None
    ) = None
    payer: PayerRequest | None = Field(None, description="The guardian or proxy who pays; the member if absent.")
    excess: Annotated[
        Excess,
        Field(description="What becomes of what is paid beyond what is owed: `credit` of the member, or refused."),
    ] = Excess.REFUSE


@router.post(
    "/{member_id}/payments",
    operation_id="pay_borrower",
    summary="Take one payment over several fines",
    description=getdoc(PayBorrower),
    responses=refused_by(PayBorrower, FindBranch),
)
async def pay(
    member_id: UUID, body: BorrowerPaymentRequest, *, actor: Acting, fines: Fines, lending: Lending, once: Once
) -> PaymentView:
    fine_ids = None if body.fine_ids is None else tuple(body.fine_ids)
    command = BorrowerPayment(
        member_id,
        body.amount.money(),
        fine_ids,
        body.reference,
        body.excess,
        await body.at(actor, lending.find_branch),
        by=actor.name,
        by_member=actor.person_id,
        payer=None if body.payer is None else body.payer.key(),
    )
    return await once(PaymentView, fines.pay_borrower, command)
