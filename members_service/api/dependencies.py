"""What routes of every concept read from a request."""

from uuid import UUID

from fastapi import Request

from shared.web.auth import NOBODY


def address_of(request: Request) -> str | None:
    """Return the address that the request comes from, as the server in front of us tells it."""
    return request.client.host if request.client else None


def account_of(subject: str) -> UUID:
    """Return the account that a token speaks for; a service's token speaks for one that nobody has."""
    try:
        return UUID(subject)
    except ValueError:
        return NOBODY
