"""Views of the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


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
    """Which records to list; None: any. From `since` on, and before `until`.

    `about` are ids of members and accounts; records about any of them are listed, if there are some.
    """

    action: str | None = None
    by: str | None = None
    account_id: UUID | None = None
    member_id: UUID | None = None
    about: tuple[UUID, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
