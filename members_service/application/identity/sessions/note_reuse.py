"""Record that a one-time secret of a session was used twice: it was stolen, before or after its owner used it."""

from datetime import datetime

from members_service.application.identity.work import IdentityWork
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import Account
from members_service.domain.identity.session import Session


def note_reuse(
    action: AuditAction,
    session: Session,
    account: Account,
    *,
    client_id: str,
    address: str | None,
    uow: IdentityWork,
    now: datetime,
) -> None:
    """Record the client and the address of the second use, in this transaction."""
    uow.audit.add(account.record(action, now, client_id=client_id, address=address, facts={"session_id": session.sid}))
