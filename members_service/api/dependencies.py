"""What routes of every concept read from a request."""

from uuid import UUID

from fastapi import Request

from shared.web.auth import NOBODY


def address_of(request: Request) -> str | None:
    """Return the address that the request comes from, as the proxy in front reports it."""
    return request.client.host if request.client else None


def account_of(subject: str) -> UUID:
    """Return the id of the account that is the subject of a token; for a service, one that no account has."""
    try:
        return UUID(subject)
    except ValueError:
        return NOBODY
