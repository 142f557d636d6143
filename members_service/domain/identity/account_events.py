"""What happens to accounts that other services may want to know. Nothing in it names a person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.domain.identity.grants import Bounds


@dataclass(frozen=True, slots=True)
class AccountGranted:
    """An account has got a role, or has it now in other branches or for another time. `before`: as it had it, if so."""

    account_id: UUID
    at: datetime
    role: str
    bounds: Bounds
    before: Bounds | None


@dataclass(frozen=True, slots=True)
class AccountRevoked:
    """An account has no longer a role. `before`: as it had it."""

    account_id: UUID
    at: datetime
    role: str
    before: Bounds


AccountEvent = AccountGranted | AccountRevoked
