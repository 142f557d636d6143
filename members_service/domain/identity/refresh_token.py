"""The secret that keeps a session alive."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from members_service.domain.one_time_token import digest


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """It names its session, so that a used one is recognised for ever although only the present digest is stored.

    What a client gets carries a tag beside it, by which we know that it was us who made it (`ports.RefreshTokens`).
    """

    session_id: UUID
    secret: str

    @property
    def digest(self) -> bytes:
        """What is kept of it."""
        return digest(self.secret)

    def successor(self, salt: str) -> Self:
        """Return the next token of the session: the same for the same salt, and derivable only from this one."""
        secret = hmac.digest(self.secret.encode("utf-8", "surrogatepass"), salt.encode(), hashlib.sha256)
        return type(self)(self.session_id, base64.urlsafe_b64encode(secret).rstrip(b"=").decode())
