"""What the routes of membership are given."""

from typing import Annotated

from members_service.application.membership.use_cases import MembershipUseCases
from shared.web.given import given

Membership = Annotated[MembershipUseCases, given("membership")]
"""What can be asked of membership."""
