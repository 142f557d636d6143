"""What a browser carries through a sign-in elsewhere, sealed under the data keys."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from members_service.domain.identity.journey import Journey, Stranger
from members_service.persistence.data_keys import CannotBeOpened, DataKeys

_NO_OWNER = UUID(int=0)
_JOURNEY, _STRANGER = "journey", "stranger"


class SealedBrowserNotes:
    """Implements `ports.SealedNotes`."""

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys

    def seal_journey(self, journey: Journey) -> str:
        return self._sealed(
            _JOURNEY,
            {
                "provider": journey.provider_id.hex,
                "state": journey.state,
                "nonce": journey.nonce,
                "verifier": journey.verifier,
                "until": journey.until.timestamp(),
                "fields": dict(journey.fields),
                "asks_anew": journey.asks_anew,
                "trial": journey.trial,
            },
        )

    def open_journey(self, text: str) -> Journey | None:
        opened = self._opened(_JOURNEY, text)
        if opened is None:
            return None
        return Journey(
            UUID(hex=opened["provider"]),
            opened["state"],
            opened["nonce"],
            opened["verifier"],
            datetime.fromtimestamp(opened["until"], UTC),
            opened["fields"],
            opened["asks_anew"],
            opened["trial"],
        )

    def seal_stranger(self, stranger: Stranger) -> str:
        return self._sealed(
            _STRANGER,
            {
                "provider": stranger.provider_id.hex,
                "subject": stranger.subject,
                "browser": stranger.browser,
                "until": stranger.until.timestamp(),
                "groups": sorted(stranger.groups),
                "second_factor": stranger.second_factor,
            },
        )

    def open_stranger(self, text: str) -> Stranger | None:
        opened = self._opened(_STRANGER, text)
        if opened is None or "groups" not in opened:  # of an earlier release: whether it may link is not known
            return None
        return Stranger(
            UUID(hex=opened["provider"]),
            opened["subject"],
            opened["browser"],
            datetime.fromtimestamp(opened["until"], UTC),
            frozenset(opened["groups"]),
            opened["second_factor"],
        )

    def _sealed(self, field: str, values: Mapping[str, Any]) -> str:
        sealed = self._keys.seal(json.dumps(values, separators=(",", ":")), owner=_NO_OWNER, field=field)
        return base64.urlsafe_b64encode(sealed.encode()).rstrip(b"=").decode()

    def _opened(self, field: str, text: str) -> dict[str, Any] | None:
        if not text or not text.isascii():
            return None
        try:
            sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            opened: dict[str, Any] = json.loads(self._keys.open(sealed, owner=_NO_OWNER, field=field))
        except (binascii.Error, ValueError, CannotBeOpened):
            return None
        return opened
