"""What the owner of an account is told for its safety, at an address of the account: the former one if it moved."""

from datetime import datetime
from uuid import UUID

from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence


def account_changed(owner: UUID, *, to: str, at: datetime) -> Occurrence:
    """Tell that address or password have changed; `owner` is the member, or the account of somebody who is none."""
    kind = NoticeKind.ADDRESS_CHANGED
    return Occurrence(owner, kind, owner, at, occasion=at.isoformat(), secret={"to": to})


def signed_in(owner: UUID, *, to: str, at: datetime) -> Occurrence:
    """Tell that an account of staff was used from where it was not used before."""
    return Occurrence(owner, NoticeKind.SIGNED_IN, owner, at, occasion=at.isoformat(), secret={"to": to})


def code_made(owner: UUID, kind: NoticeKind, code: str, *, to: str, at: datetime, until: datetime) -> Occurrence:
    """Send the code of an activation or a recovery, while it is good."""
    secret = {"code": code, "to": to}
    return Occurrence(owner, kind, owner, at, occasion=at.isoformat(), valid_until=until, secret=secret)
