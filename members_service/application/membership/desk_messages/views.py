"""Views of desk messages."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from uuid import UUID

from members_service.domain.membership.desk_message import DeskMessage


@dataclass(frozen=True, slots=True)
class DeskMessageView:
    """A message for the desk. Without a branch all desks show it; without `until` they do until it is done."""

    message_id: UUID
    member_id: UUID
    text: str
    branch: str | None
    until: date | None
    written_at: datetime
    written_by: str | None
    read_at: datetime | None
    read_by: str | None
    done_at: datetime | None
    done_by: str | None

    @classmethod
    def of(cls, message: DeskMessage) -> Self:
        """Show `message` as it stands."""
        return cls(
            message.id,
            message.member_id,
            message.text,
            message.branch,
            message.until,
            message.written_at,
            message.written_by,
            message.read_at,
            message.read_by,
            message.done_at,
            message.done_by,
        )
