"""All that is kept of one person."""

from dataclasses import dataclass, replace
from typing import Self

from members_service.application.identity.accounts.account_views import AccountView, ForeignIdentityView
from members_service.application.identity.grants.views import GrantView
from members_service.application.identity.passkeys.views import KeptPasskey
from members_service.application.identity.sessions.session_views import SessionView
from members_service.application.membership.desk_messages.views import DeskMessageView
from members_service.application.membership.standing.views import BlockView
from members_service.application.membership.views import CardView, HistoryEntryView, MemberView, or_staff
from members_service.application.notices.preferences.views import PreferencesView
from members_service.application.notices.views import MessageView, NoticeView
from members_service.application.privacy.audit_views import AuditView
from members_service.domain.photo import Photo


@dataclass(frozen=True, slots=True)
class AccountOnRecord:
    """An account, and how far its roles go."""

    account: AccountView
    grants: tuple[GrantView, ...]


@dataclass(frozen=True, slots=True)
class PersonalRecord:
    """All that this service keeps of one person."""

    member: MemberView
    cards: tuple[CardView, ...]
    blocks: tuple[BlockView, ...]
    desk_messages: tuple[DeskMessageView, ...]
    photo: Photo | None
    history: tuple[HistoryEntryView, ...]
    accounts: tuple[AccountOnRecord, ...]
    identities: tuple[ForeignIdentityView, ...]
    passkeys: tuple[KeptPasskey, ...]
    sessions: tuple[SessionView, ...]
    audit: tuple[AuditView, ...]
    notices: tuple[NoticeView, ...] = ()
    messages: tuple[MessageView, ...] = ()
    notice_preferences: PreferencesView | None = None

    def visible_to_member(self, *, account: str) -> Self:
        """Return it without what staff write for one another, nor who they are; `account` is the member's own."""
        return replace(
            self,
            member=self.member.visible_to_member(),
            desk_messages=(),
            history=tuple(entry.visible_to_member(account=account) for entry in self.history),
            audit=tuple(replace(action, by=or_staff(action.by, account=account)) for action in self.audit),
        )
