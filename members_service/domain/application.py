"""Somebody wants to join, and has said so online: what is to be known until the desk decides."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from members_service.domain.membership.personal_details import Address
from shared.kernel.errors import Conflict, InvalidValue, NotAllowed, NotFound

TO_CONFIRM = timedelta(days=2)
"""How long an address may be confirmed; what is not confirmed is forgotten then."""
TO_DECIDE = timedelta(days=60)
"""How long the desk has; then an application is forgotten."""
MOST_OPEN = 5_000
"""More would be no people any more."""


class ApplicationNotFound(NotFound):
    """There is no such application, or not any more."""

    code = "application-not-found"
    detail = "There is no application with this id. It was decided on, or is too old."


class ApplicationNotConfirmed(Conflict):
    """Nobody has shown yet that the address is theirs."""

    code = "application-not-confirmed"
    detail = "The e-mail address was not confirmed yet. Ask for the letter that was sent there, or enrol the person."


class ApplicationsOff(NotAllowed):
    """Nobody applies online for a membership of this kind."""

    code = "applications-off"
    detail = "A membership of this kind is had at the desk. Bring a document that shows who you are."


class TooManyApplications(NotAllowed):
    """More applications wait than a library could have."""

    code = "too-many-applications"
    detail = "Too many applications wait to be decided on. Join at the desk, or try again next week."


class ConfirmationTokenInvalid(InvalidValue):
    """The token is none that was given out, or is too old."""

    code = "confirmation-token-invalid"
    detail = "This link is not valid any more. Apply again, or join at the desk."
    field = "confirmation_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """What somebody says of themselves who wants to join."""

    category: str
    email: str
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    phone: str | None = None
    mobile: str | None = None
    address: Address | None = None
    date_of_birth: date | None = None
    language: str | None = None
    home_branch: str | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """Who wants to join, since when, and when the address was confirmed; None: not yet."""

    id: UUID
    applicant: Applicant
    applied_at: datetime
    confirmed_at: datetime | None = None
