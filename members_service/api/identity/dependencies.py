"""The dependency of the routes of identity."""

from typing import Annotated

from members_service.application.identity.use_cases import IdentityUseCases
from shared.web.app_state import from_app_state

Identity = Annotated[IdentityUseCases, from_app_state("identity")]
"""The use cases of identity."""
