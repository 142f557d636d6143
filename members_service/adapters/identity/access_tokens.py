"""Access tokens, signed with one of the service's own keys and checked offline with all of them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from members_service.adapters.identity.signing_keys import SigningKeys
from members_service.application.identity.sessions.ports import Bearer
from members_service.domain.identity.roles import OWN, Role
from members_service.domain.identity.session import ACCESS_TOKEN_LASTS
from shared.kernel.ids import new_id
from shared.tokens import TokenRejected, TokenVerifier, sign, write_rights

AUDIENCE = "library"


class SignedAccessTokens:
    """Implements `ports.AccessTokens`, and membership's `ports.MemberTokens`."""

    def __init__(self, keys: SigningKeys, *, issuer: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._verifier = TokenVerifier(keys, issuer=issuer)

    def issue_briefly(self, member_id: UUID, *, client_id: str, lasts: timedelta, now: datetime) -> str:
        """Return a token with which this client may do for itself what the member may, as membership asks for it."""
        bearer = Bearer(str(member_id), client_id, OWN, (str(Role.MEMBER),), member_id, methods=("pin",))
        return self.issue(bearer, now=now, lasts=lasts)

    def issue(self, bearer: Bearer, *, now: datetime, lasts: timedelta = ACCESS_TOKEN_LASTS) -> str:
        begins = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": bearer.subject,
            "aud": AUDIENCE,
            "exp": begins + int(lasts.total_seconds()),
            "iat": begins,
            "nbf": begins,
            "jti": str(new_id()),
            "client_id": bearer.client_id,
            "scope": " ".join(sorted(bearer.scopes)),
            "roles": list(bearer.roles),
        }
        if bearer.member_id is not None:
            claims["member_id"] = str(bearer.member_id)
        if bearer.sid is not None:
            claims["sid"] = bearer.sid
        if bearer.methods:
            claims["amr"] = list(bearer.methods)
        if bearer.rights is not None:
            claims["rights"] = write_rights(bearer.rights)
        return sign(self._keys.signer(now), claims)

    async def sid_of(self, token: str) -> str | None:
        try:
            return (await self._verifier.verify(token)).session
        except TokenRejected:
            return None
