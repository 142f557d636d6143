"""What can be shown of the audit trail, and who fetches it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

AuditActionName = Literal[
    "signed-in", "sign-in-failed", "signed-out", "refresh-token-reused", "code-reused", "key-rotated", "account-opened",
    "account-activated", "account-disabled", "account-enabled", "roles-changed", "password-changed",
    "password-change-failed", "password-reset-offered", "email-changed", "second-factor-enrolled",
    "second-factor-removed", "second-factor-failed", "recovery-codes-drawn", "recovery-code-used", "session-ended",
    "exported", "erasure-asked", "erasure-withdrawn", "erased", "read", "listed", "merged", "pin-failed", "pin-changed",
    "unlocked",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditView:
    """One record of the audit trail. `network` is the same word for the same network, and tells nothing else."""

    record_id: UUID
    action: str
    at: datetime
    by: str | None
    account_id: UUID | None
    member_id: UUID | None
    client_id: str | None
    network: str | None
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which records to list; None asks for no restriction. From `since` on, and before `until`.

    `about` are ids of members and accounts; records about any of them are listed, if there are some.
    """

    action: str | None = None
    by: str | None = None
    account_id: UUID | None = None
    member_id: UUID | None = None
    about: tuple[UUID, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


class AuditViews(Protocol):
    """Fetches the audit trail, newest first."""

    async def records(
        self, wanted: AuditFilter, *, limit: int | None, before: tuple[datetime, UUID] | None
    ) -> list[AuditView]:
        """Return up to `limit` records older than the one with that moment and id; a limit of None means all."""
        ...
