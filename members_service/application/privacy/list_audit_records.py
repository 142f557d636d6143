"""Read the audit trail."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.privacy.audit_views import AuditFilter, AuditView, AuditViews


@dataclass(frozen=True, slots=True)
class ListAuditRecords:
    """Sign-ins and failed ones, keys and roles, exports and erasures. Nothing can be changed or removed."""

    audit: AuditViews

    async def __call__(
        self, wanted: AuditFilter, *, limit: int | None, before: tuple[datetime, UUID] | None
    ) -> list[AuditView]:
        """Return up to `limit` records older than the one with that moment and id, newest first; None means all."""
        return await self.audit.records(wanted, limit=limit, before=before)
