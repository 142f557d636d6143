"""Views of applications."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from members_service.domain.application import Applicant, Application


@dataclass(frozen=True, slots=True)
class NewApplicationView:
    """The application, and the token by which its address is confirmed: mail it there. It is shown this once."""

    application_id: UUID
    confirmation_token: str
    confirmation_expires_at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmedView:
    """Which application was confirmed, and when."""

    application_id: UUID
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """Who wants to join, since when, and when the address was confirmed; null: not yet."""

    application_id: UUID
    applicant: Applicant
    applied_at: datetime
    confirmed_at: datetime | None

    @classmethod
    def of(cls, application: Application) -> Self:
        """Show an application."""
        return cls(application.id, application.applicant, application.applied_at, application.confirmed_at)
