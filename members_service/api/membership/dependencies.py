"""The dependency of the routes of membership."""

from typing import Annotated

from members_service.application.membership.use_cases import MembershipUseCases
from shared.web.app_state import from_app_state

Membership = Annotated[MembershipUseCases, from_app_state("membership")]
"""The use cases of membership."""
