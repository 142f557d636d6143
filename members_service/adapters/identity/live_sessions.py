"""Checks for each request that the session of its token still goes on."""

from members_service.application.identity.sessions.queries import RevocationQueries
from shared.tokens import Principal, TokenRejected, Verifier


class LiveSessions:
    """A verifier that also checks the session of a token: in this service, a revocation takes effect at once.

    Tokens of services have no session, and cost no statement.
    """

    def __init__(self, verifier: Verifier, revocations: RevocationQueries) -> None:
        self._verifier = verifier
        self._revocations = revocations

    async def verify(self, token: str) -> Principal:
        """Return the principal of the token, without a look at its session. Raises TokenRejected."""
        return await self._verifier.verify(token)

    async def confirm(self, principal: Principal) -> None:
        """Raise TokenRejected when the session of the token has ended."""
        if principal.session is not None and not await self._revocations.goes_on(principal.session):
            raise TokenRejected("revoked")
