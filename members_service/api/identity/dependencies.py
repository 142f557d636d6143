"""What the routes of identity are given."""

from typing import Annotated

from members_service.application.identity.use_cases import IdentityUseCases
from shared.web.given import given

Identity = Annotated[IdentityUseCases, given("identity")]
"""What can be asked of identity."""
