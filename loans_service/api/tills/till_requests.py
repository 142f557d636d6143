"""The bodies of requests about tills, and how a payment says where it is taken."""

from typing import Annotated, Literal

from pydantic import Field

from loans_service.api.dependencies import Actor
from loans_service.api.shapes import BranchCode, CountedRequest, MoneyRequest, capitals
from loans_service.application.lending.find_branch import FindBranch
from loans_service.application.tills.book_receipt import AtTill
from loans_service.application.tills.till_views import Amount
from loans_service.domain.tills.till import Method
from shared.web.json.strict_json import StrictJsonBody, line, paragraph

_CODE = "^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"
TillCode = Annotated[
    str, Field(pattern=_CODE, description="In capitals or small letters, which do not differ.", examples=["DESK-1"])
]
"""The code of a till in a body or a query; `capitals` says it as it is kept."""


class CountsRequest(StrictJsonBody):
    """What was counted by method: the cash, and slips or statements of the others if they were compared."""

    cash: CountedRequest
    card: CountedRequest | None = None
    transfer: CountedRequest | None = None
    online: CountedRequest | None = None

    def others(self) -> dict[Method, Amount]:
        """Return what was counted besides cash."""
        found = {Method.CARD: self.card, Method.TRANSFER: self.transfer, Method.ONLINE: self.online}
        return {method: counted.money() for method, counted in found.items() if counted is not None}


def cash_of(counted: CountedRequest | CountsRequest) -> Amount:
    """Return the cash that was counted."""
    return (counted.cash if isinstance(counted, CountsRequest) else counted).money()


class TillRequest(StrictJsonBody):
    """A new till: the code with which the numbers of its receipts begin, where it stands, and its name."""

    till: TillCode
    branch: BranchCode
    name: Annotated[str, line(100), Field(examples=["Main desk, left"])]


class SessionRequest(StrictJsonBody):
    """The cash that was counted at the beginning."""

    counted: CountedRequest | CountsRequest


class CashUpRequest(StrictJsonBody):
    """What was counted at the end: the cash alone, or by method; and what is known of a difference."""

    counted: CountedRequest | CountsRequest
    note: Annotated[str, paragraph(500), Field(description="Read by staff only.")] | None = None


class MovementRequest(StrictJsonBody):
    """Cash that is put into the drawer (`in`) or taken out (`out`), and what for."""

    kind: Literal["in", "out"]
    amount: MoneyRequest
    note: Annotated[str, paragraph(500), Field(description="Read by staff only.", examples=["To the bank."])]


class WhereRequest(StrictJsonBody):
    """How money changes hands, and at which till."""

    method: Annotated[
        Method | None, Field(description="`cash` if absent; `online` for a client that may only take payments.")
    ] = None
    till: Annotated[
        TillCode | None,
        Field(description="That of the `branch` if absent, else the own one of the machine or account."),
    ] = None
    branch: BranchCode | None = None

    async def at(self, actor: Actor, find_branch: FindBranch) -> AtTill:
        """Return where it is, as the use cases take it. Raises UnknownBranch."""
        branch = None if self.branch is None else await find_branch(self.branch)
        return AtTill(self.method or actor.method, capitals(self.till), capitals(branch), own=actor.own_till)
