"""Views of passkeys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from members_service.domain.identity.passkey import Passkey


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """A passkey as its owner sees it. `backed_up`: the device keeps it in several places, such as a cloud."""

    passkey_id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    backed_up: bool
    version: int

    @classmethod
    def of(cls, passkey: Passkey) -> Self:
        """Show a passkey."""
        return cls(
            passkey.id, passkey.name, passkey.created_at, passkey.last_used_at, passkey.backed_up, passkey.version
        )


@dataclass(frozen=True, slots=True)
class KeptPasskey:
    """A passkey as a person's export shows it."""

    account_id: UUID
    passkey: PasskeyView
