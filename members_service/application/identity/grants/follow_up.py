"""What follows from a change of roles or of how far they go: tokens are void, it is on record, and it is announced."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from members_service.application.identity.grants.views import GrantView
from members_service.application.identity.work import IdentityWork
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import Account
from members_service.domain.identity.account_events import AccountGranted, AccountRevoked
from members_service.domain.identity.grants import UNBOUNDED, Bounds
from members_service.domain.identity.roles import MEMBER_ALONE


@dataclass(frozen=True, slots=True)
class GrantsBefore:
    """The roles of an account, and how far they went, before it is changed."""

    roles: frozenset[str] = frozenset()
    bounds: Mapping[str, Bounds] = field(default_factory=dict)

    @classmethod
    def of(cls, account: Account) -> Self:
        """Remember them; the account is about to change."""
        return cls(account.roles, account.bounds)

    def differ_from(self, account: Account) -> bool:
        """Whether the account has other roles now, or has them elsewhere or for another time."""
        return (self.roles, self.bounds) != (account.roles, account.bounds)

    def announce(
        self,
        account: Account,
        *,
        uow: IdentityWork,
        now: datetime,
        by: str | None = None,
        on_record: bool = True,
        **facts: str,
    ) -> None:
        """Announce each difference, and put it on record with these facts, unless another record says it.

        The role of members is no grant.
        """
        for role in sorted(self.roles - account.roles - MEMBER_ALONE):
            before = self.bounds.get(role, UNBOUNDED)
            uow.announce(AccountRevoked(account.id, now, role, before))
            if on_record:
                found = {"role": role, **_words(before, "before ")}
                uow.audit.add(account.record(AuditAction.REVOKED, now, by=by, facts=found | facts))
        for role in sorted(account.roles - MEMBER_ALONE):
            after = account.bounds.get(role, UNBOUNDED)
            held = self.bounds.get(role, UNBOUNDED) if role in self.roles else None
            if held != after:
                uow.announce(AccountGranted(account.id, now, role, after, held))
                if on_record:
                    found = {"role": role, **_words(after), **({} if held is None else _words(held, "before "))}
                    uow.audit.add(account.record(AuditAction.GRANTED, now, by=by, facts=found | facts))


async def void_tokens(account: Account, *, gained: frozenset[str], uow: IdentityWork, now: datetime) -> None:
    """Void the access tokens of an account; its sessions end when it has gained something."""
    if gained:
        await uow.sessions.end_all(account.id, now=now)
    else:
        await uow.sessions.rename_all(account.id, now=now)


def _words(bounds: Bounds, prefix: str = "") -> dict[str, str]:
    view = GrantView.of("", bounds)
    until = {} if view.until is None else {f"{prefix}until": view.until.isoformat()}
    return {f"{prefix}branches": " ".join(view.branches or ("all",)), **until}
