"""Make sure that it is the owner who asks, and not somebody who got hold of a token."""

from datetime import datetime

from members_service.application.identity.work import IdentityWork
from members_service.domain.owner_check import SignInTooOld
from shared.kernel.errors import refuses


@refuses(SignInTooOld)
async def expect_fresh_sign_in(sid: str, *, uow: IdentityWork, now: datetime) -> None:
    """Raise SignInTooOld unless the session that `sid` names has only just begun."""
    session = await uow.sessions.named(sid)
    if session is None or not session.is_fresh(now):
        raise SignInTooOld
