"""The dependencies of the routes of membership."""

from typing import Annotated

from members_service.application.membership.use_cases import (
    DeskMessageUseCases,
    GuardianUseCases,
    MembershipUseCases,
    MovingInUseCases,
)
from shared.web.app_state import from_app_state

Membership = Annotated[MembershipUseCases, from_app_state("membership")]
"""The use cases of membership."""

Guardians = Annotated[GuardianUseCases, from_app_state("guardians")]
"""The use cases of who stands in for whom."""

DeskMessages = Annotated[DeskMessageUseCases, from_app_state("desk_messages")]
"""The use cases of messages for the desk."""

MovingIn = Annotated[MovingInUseCases, from_app_state("moving_in")]
"""The use cases of files of members."""
