"""All that is kept of one person, and who fetches it."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from members_service.application.account_views import AccountView, AuditView
from members_service.application.record_views import CardView, HappeningView, SessionView
from members_service.application.views import BlockView, MemberView


@dataclass(frozen=True, slots=True)
class PersonalRecord:
    """All that this service keeps of one person."""

    member: MemberView
    cards: tuple[CardView, ...]
    blocks: tuple[BlockView, ...]
    history: tuple[HappeningView, ...]
    accounts: tuple[AccountView, ...]
    sessions: tuple[SessionView, ...]
    audit: tuple[AuditView, ...]


class PersonalRecords(Protocol):
    """Fetches all that is kept of one person."""

    async def of(self, member_id: UUID, *, today: date) -> PersonalRecord:
        """Raise MemberNotFound when there is none."""
        ...
