"""The dependencies of the routes of notices."""

from typing import Annotated

from members_service.application.notices.letters.use_cases import LetterUseCases
from members_service.application.notices.words import NoticePreferencesUseCases, NoticeWordsUseCases
from shared.web.app_state import from_app_state

NoticeWords = Annotated[NoticeWordsUseCases, from_app_state("notice_words")]
"""The use cases of what notices say."""

Preferences = Annotated[NoticePreferencesUseCases, from_app_state("notice_preferences")]
"""The use cases of what members want to be told."""

Letters = Annotated[LetterUseCases, from_app_state("letters")]
"""The use cases of letters."""
