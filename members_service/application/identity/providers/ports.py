"""What signing in by an identity provider needs from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from members_service.domain.identity.identity_provider import Enrolment, ForeignPerson, IdentityProvider
from members_service.domain.identity.journey import Journey, Stranger


@dataclass(frozen=True, slots=True)
class Returned:
    """What a browser brings back from a provider: the code, and the issuer that the provider says it is (RFC 9207)."""

    code: str
    issuer: str | None


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """Who has signed out at a provider: the subject, its session there (as a digest), or both.

    The token that says so is taken once; `token` is its digest, and nobody takes it later than `until`.
    """

    subject: str | None
    session_there: bytes | None
    token: bytes
    until: datetime


class Providers(Protocol):
    """Speaks OpenID Connect with identity providers."""

    async def address_for(self, provider: IdentityProvider, journey: Journey, *, redirect_uri: str) -> str:
        """Return where a browser begins to sign in. Raises InvalidIssuer, ProviderFailed or ProviderSlow."""
        ...

    async def claims_of(
        self, provider: IdentityProvider, returned: Returned, journey: Journey, *, redirect_uri: str, now: datetime
    ) -> Mapping[str, Any]:
        """Exchange the code and return the verified claims of who signed in.

        Raises ClaimsRejected, and as `address_for`.
        """
        ...

    async def logged_out(self, provider: IdentityProvider, logout_token: str, *, now: datetime) -> LoggedOut:
        """Verify a logout token. Raises ClaimsRejected, and as `address_for`."""
        ...

    async def end_of_session(self, provider: IdentityProvider) -> str | None:
        """Return where somebody signs out of the provider; None where it says nothing of it, or does not answer."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


class SealedNotes(Protocol):
    """Seals what a browser carries through a sign-in elsewhere, so that no table has to keep it."""

    def seal_journey(self, journey: Journey) -> str: ...

    def open_journey(self, text: str) -> Journey | None:
        """Return the journey; None if this service did not seal it."""
        ...

    def seal_stranger(self, stranger: Stranger) -> str: ...

    def open_stranger(self, text: str) -> Stranger | None: ...


class Readers(Protocol):
    """Makes people members who come by a provider for the first time."""

    async def enrol(self, person: ForeignPerson, terms: Enrolment) -> None:
        """Make the person a member with an account of this address. Raises NobodyHere where that cannot be."""
        ...
