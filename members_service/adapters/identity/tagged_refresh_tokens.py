"""Refresh tokens carry a tag that only this service can make, so that a forged one is distinguished from a used one."""

import base64
import hashlib
import hmac
from uuid import UUID

from members_service.domain.identity.refresh_token import RefreshToken
from members_service.persistence.data_keys import DataKeys

_LONGEST = 200


class TaggedRefreshTokens:
    """Implements `ports.RefreshTokens`: session id, secret and tag, with dots between.

    The tag is an HMAC under a secret drawn from the line `lookup`, which a rotation of the data keys leaves alone. By
    itself it opens nothing: the session knows its present token by a digest of the secret.
    """

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys

    def text_of(self, token: RefreshToken) -> str:
        return f"{token.session_id.hex}.{token.secret}.{self._tag(token)}"

    def read(self, text: str) -> RefreshToken | None:
        parts = text.split(".")
        if len(text) > _LONGEST or len(parts) != 3:
            return None
        session_id, secret, tag = parts
        try:
            token = RefreshToken(UUID(hex=session_id), secret)
        except ValueError:
            return None
        presented = tag.encode("utf-8", "surrogatepass")
        return token if hmac.compare_digest(presented, self._tag(token).encode()) else None

    def _tag(self, token: RefreshToken) -> str:
        named = token.session_id.bytes + token.secret.encode("utf-8", "surrogatepass")
        made = hmac.digest(self._keys.secret("refresh tokens"), named, hashlib.sha256)
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
