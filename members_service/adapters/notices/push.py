"""Short messages for a gateway of the library's choice, signed as Standard Webhooks has it."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.kernel.errors import InvalidValue

_PREFIX = "whsec_"
_LEAST, _MOST = 24, 64  # bytes, as the standard asks


class InvalidPushSecret(InvalidValue):
    """Nothing can be signed with that."""

    code = "invalid-push-secret"
    detail = "The secret is whsec_ and 24 to 64 bytes in Base64."
    field = "secret"


@dataclass(frozen=True, slots=True)
class PushRequest:
    """A signed request to the gateway."""

    headers: dict[str, str]
    body: bytes


def read_secret(text: str) -> bytes:
    """Return the bytes of a secret as it is handed around. Raises InvalidPushSecret."""
    try:
        secret = base64.b64decode(text.strip().removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidPushSecret from error
    if not _LEAST <= len(secret) <= _MOST:
        raise InvalidPushSecret
    return secret


def push_request(message_id: UUID, *, to: str, text: str, language: str, secret: bytes, at: datetime) -> PushRequest:
    """Return the request. A message that is tried again keeps its id, by which the gateway knows it."""
    seconds = int(at.timestamp())
    data = {"message_id": str(message_id), "to": to, "text": text, "language": language}
    document = {"type": "notice.push", "timestamp": at.isoformat(), "data": data}
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    signed = b".".join((str(message_id).encode(), str(seconds).encode(), body))
    signature = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    headers = {
        "content-type": "application/json",
        "webhook-id": str(message_id),
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{signature}",
    }
    return PushRequest(headers, body)
