"""What the routes of privacy are given."""

from typing import Annotated

from members_service.application.privacy.use_cases import PrivacyUseCases
from shared.web.app_state import from_app_state

Privacy = Annotated[PrivacyUseCases, from_app_state("privacy")]
"""What can be asked of privacy."""
