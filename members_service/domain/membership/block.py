"""A block: staff have barred one action of a member."""

from datetime import datetime
from uuid import UUID

from members_service.domain.membership.standing import ActionBlock
from shared.kernel.errors import NotFound


class BlockNotFound(NotFound):
    """The member has no such block."""

    code = "block-not-found"
    detail = "This member has no block with this id."


class Block:
    """What is stopped and until when, with the reason that staff gave."""

    def __init__(self, *, id: UUID, effect: ActionBlock, reason: str, placed_at: datetime) -> None:
        self.id = id
        self.effect = effect
        self.reason = reason
        self.placed_at = placed_at
