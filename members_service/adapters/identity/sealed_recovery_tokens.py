"""Recovery tokens: what they allow is sealed inside of them, so that no table has to keep them."""

import base64
import binascii
from datetime import UTC, datetime
from uuid import UUID

from members_service.domain.identity.recovery import Recovery
from members_service.persistence.data_keys import CannotBeOpened, DataKeys

_NO_OWNER, _FIELD = UUID(int=0), "recovery"
_LONGEST = 400


class SealedRecoveryTokens:
    """Implements `ports.RecoveryTokens`. All are equally long, and no two alike: each has a nonce of its own."""

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys

    def text_of(self, recovery: Recovery) -> str:
        until = int(recovery.expires_at.timestamp())
        sealed = self._keys.seal(
            f"{recovery.member_id.hex} {until:012} {recovery.state.hex()}", owner=_NO_OWNER, field=_FIELD
        )
        return base64.urlsafe_b64encode(sealed.encode()).rstrip(b"=").decode()

    def read(self, text: str) -> Recovery | None:
        if len(text) > _LONGEST or not text.isascii():
            return None
        try:
            sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            member_id, until, state = self._keys.open(sealed, owner=_NO_OWNER, field=_FIELD).split()
        except (binascii.Error, ValueError, CannotBeOpened):
            return None
        return Recovery(UUID(hex=member_id), datetime.fromtimestamp(int(until), UTC), bytes.fromhex(state))
