"""The dependency of the routes of what is sent."""

from typing import Annotated

from members_service.application.notices.sending import NoticeSendingUseCases
from shared.web.app_state import from_app_state

NoticeSending = Annotated[NoticeSendingUseCases, from_app_state("notice_sending")]
"""The use cases of what is sent, and what became of it."""
