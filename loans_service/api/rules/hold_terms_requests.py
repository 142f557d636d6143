"""The forms of what a policy says of holds."""

from typing import Annotated

from pydantic import Field

from loans_service.api.rules.policy_values import ANY, Word
from loans_service.domain.rules.category_terms import Arrears
from loans_service.domain.rules.hold_terms import HoldTerms
from shared.web.json.strict_json import StrictJsonBody

_HOLDS = HoldTerms()


class ShelfDaysRequest(StrictJsonBody):
    """How long copies wait on the hold shelf. Of the lines that match, an item type outweighs a branch."""

    branch: Word | None = Field(None, description="the pickup branch; null means any")
    item_type: Word | None = Field(None, description=ANY)
    days: Annotated[int, Field(ge=1, le=366, description="in open days of the pickup branch")]


class WayRequest(StrictJsonBody):
    """Ways from one branch to another; at least one of the two is named."""

    origin: Word | None = Field(None, alias="from", description="where a copy stands; " + ANY)
    to: Word | None = Field(None, description="the pickup branch; " + ANY)
    item_type: Word | None = Field(None, description=ANY)


class SourcesRequest(StrictJsonBody):
    """From where copies are sent to a pickup branch before all others, the best first."""

    to: Word
    origins: Annotated[list[Word], Field(alias="from", min_length=1, max_length=200)]


class TransportRequest(StrictJsonBody):
    """How copies travel for holds; a copy that goes home takes any way."""

    never: list[WayRequest] = Field(
        default_factory=list, max_length=1000, description="ways on which no copy is sent for a hold"
    )
    sources: list[SourcesRequest] = Field(
        default_factory=list,
        max_length=200,
        description="instead of the branches that have most free copies; a copy in the pickup branch is taken first",
    )


class HoldTermsRequest(StrictJsonBody):
    """How the library treats holds."""

    shelf_days: list[ShelfDaysRequest] = Field(
        default_factory=list, max_length=1000, description="instead of `hold_shelf_days`"
    )
    stopped_by: list[Arrears] = Field(
        default_factory=list,
        max_length=len(Arrears),
        description="what stops a member from placing holds, at the limits that stop borrowing",
    )
    local_first: bool = Field(
        default=_HOLDS.local_first, description="a copy serves those whose home branch is its own before all others"
    )
    keep_when_lost: bool = Field(
        default=_HOLDS.keep_when_lost,
        description="holds wait on when the last copy is lost, until it turns up or is withdrawn; false: they end",
    )
    say_if_barred: bool = Field(
        default=_HOLDS.say_if_barred,
        description="a scan that sets a copy aside asks members, and says what keeps its member from borrowing",
    )
    transport: TransportRequest = Field(default_factory=TransportRequest)
