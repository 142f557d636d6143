"""What the routes of privacy are given."""

from typing import Annotated

from fastapi import Depends, Request

from members_service.application.privacy.use_cases import PrivacyUseCases


async def _privacy(request: Request) -> PrivacyUseCases:  # a plain function would run in a thread
    use_cases: PrivacyUseCases = request.app.state.privacy
    return use_cases


Privacy = Annotated[PrivacyUseCases, Depends(_privacy)]
"""What can be asked of privacy."""
