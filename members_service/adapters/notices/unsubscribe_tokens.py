"""Signed tokens with which somebody ends notices of some kinds, without signing in. They do nothing else, and last."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable
from uuid import UUID

from members_service.application.notices.preferences.unsubscribe import InvalidUnsubscribeToken, Unsubscription
from members_service.domain.notices.kinds import NoticeKind

_SIGNATURE = 16  # bytes: a guesser has one try in 2**128, and gains nothing


class UnsubscribeTokens:
    """Makes and reads them. `secret` is asked for when it is first needed."""

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = secret

    def token_for(self, member_id: UUID, kinds: Iterable[NoticeKind]) -> str:
        """Return the token of a member for the kinds of a message."""
        content = member_id.bytes + " ".join(kinds).encode()
        return base64.urlsafe_b64encode(self._signature(content) + content).rstrip(b"=").decode()

    def read(self, token: str) -> Unsubscription:
        """Return what a token ends. Raises InvalidUnsubscribeToken."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            signature, content = raw[:_SIGNATURE], raw[_SIGNATURE:]
            if not hmac.compare_digest(signature, self._signature(content)):
                raise InvalidUnsubscribeToken
            return Unsubscription(UUID(bytes=content[:16]), tuple(map(NoticeKind, content[16:].decode().split())))
        except (binascii.Error, ValueError, UnicodeError) as error:
            raise InvalidUnsubscribeToken from error

    def _signature(self, content: bytes) -> bytes:
        return hmac.digest(self._secret(), content, hashlib.sha256)[:_SIGNATURE]
