"""What the routes of identity are given."""

from typing import Annotated

from members_service.application.identity.use_cases import IdentityUseCases
from shared.web.app_state import from_app_state

Identity = Annotated[IdentityUseCases, from_app_state("identity")]
"""What can be asked of identity."""
