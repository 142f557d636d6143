"""What happens to accounts that other services may want to know. Nothing in it names a person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AccountGranted:
    """An account has got a role, or has it now in other branches or for another time. None: all branches, for good."""

    account_id: UUID
    at: datetime
    role: str
    branches: tuple[str, ...] | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class AccountRevoked:
    """An account has no longer a role."""

    account_id: UUID
    at: datetime
    role: str


AccountEvent = AccountGranted | AccountRevoked
