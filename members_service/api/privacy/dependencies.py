"""The dependency of the routes of privacy."""

from typing import Annotated

from members_service.application.privacy.use_cases import PrivacyUseCases
from shared.web.app_state import from_app_state

Privacy = Annotated[PrivacyUseCases, from_app_state("privacy")]
"""The use cases of privacy."""
