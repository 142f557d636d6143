"""The forms of fines and payments that several routes share."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from loans_service.api.shapes import BranchCode, CardNumber, MoneyRequest
from loans_service.application.fines.charge_member import Charge
from loans_service.application.lending.find_branch import FindBranch
from loans_service.application.neighbours import MemberKey
from shared.web.json.strict_json import StrictJsonBody, line, paragraph


class ChargeRequest(StrictJsonBody):
    """What a member is to pay for; named in one of two ways."""

    member_id: UUID | None = None
    card_number: CardNumber | None = None
    kind: Annotated[str, line(20), Field(description="One of the policy's `charge_kinds`.")]
    amount: MoneyRequest
    note: Annotated[str, paragraph(500), Field(description="Read by staff only.")] | None = None
    branch: BranchCode | None = Field(
        None, description="Where it is charged. If absent, the right is needed in all branches."
    )

    @model_validator(mode="after")
    def names_one_member(self) -> Self:
        """Refuse a member named twice or not at all."""
        if (self.card_number is None) == (self.member_id is None):
            raise ValueError("name the member by either card_number or member_id")
        return self

    async def command(self, find_branch: FindBranch, *, by: str) -> Charge:
        """Return the charge as the use case takes it. Raises UnknownBranch and NeighbourUnavailable."""
        branch = None if self.branch is None else await find_branch.surely(self.branch)
        member = MemberKey(member_id=self.member_id, card_number=self.card_number)
        return Charge(member, self.kind, self.amount.money(), self.note or "", branch, by=by)
