"""Files of members while they wait: sealed, for they hold personal data."""

import base64
from uuid import UUID

from members_service.persistence.data_keys import DataKeys

_PIECE = "piece"


class SealedFiles:
    """Implements `shared.persistence.imports.Cipher`."""

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys

    def seal(self, piece: bytes, *, owner: UUID) -> bytes:
        return self._keys.seal(base64.b64encode(piece).decode(), owner=owner, field=_PIECE).encode()

    def open(self, piece: bytes, *, owner: UUID) -> bytes:
        return base64.b64decode(self._keys.open(piece.decode(), owner=owner, field=_PIECE))
