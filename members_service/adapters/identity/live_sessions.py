"""Looks for each request whether the session of its token still goes on."""

from members_service.application.identity.sessions.queries import RevocationQueries
from shared.tokens import Principal, TokenRejected, Verifier


class LiveSessions:
    """A verifier that also looks whether the session of a token still goes on: here, what is revoked is void at once.

    The tokens of services have no session, and cost no statement.
    """

    def __init__(self, verifier: Verifier, revocations: RevocationQueries) -> None:
        self._verifier = verifier
        self._revocations = revocations

    async def verify(self, token: str) -> Principal:
        """Return who the token speaks for by itself. Raises TokenRejected."""
        return await self._verifier.verify(token)

    async def confirm(self, principal: Principal) -> None:
        """Raise TokenRejected when the session of the token has ended."""
        if principal.session is not None and not await self._revocations.goes_on(principal.session):
            raise TokenRejected("revoked")
