"""Put on record that staff looked at somebody."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord


async def record_reading(
    unit_of_work: MembershipWorkFactory,
    member_ids: Iterable[UUID],
    *,
    action: AuditAction = AuditAction.READ,
    by: str | None,
    now: datetime,
) -> None:
    """Add one record to the audit trail for each of these members."""
    records = [AuditRecord(action, now, by=by, member_id=member_id) for member_id in dict.fromkeys(member_ids)]
    if records:
        async with unit_of_work() as uow:
            for record in records:
                uow.audit.add(record)
            await uow.commit()
