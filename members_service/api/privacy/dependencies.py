"""What the routes of privacy are given."""

from typing import Annotated

from members_service.application.privacy.use_cases import PrivacyUseCases
from shared.web.given import given

Privacy = Annotated[PrivacyUseCases, given("privacy")]
"""What can be asked of privacy."""
