"""What staff do not do for themselves: somebody else looks at it, too."""

from uuid import UUID

from shared.kernel.errors import NotAllowed


class FourEyes(NotAllowed):
    """Somebody of the staff spares themselves something."""

    code = "four-eyes"
    detail = "This concerns your own loans, holds or money. Ask a colleague to do it."


def expect_four_eyes(member_id: UUID, *, by_member: UUID | None) -> None:
    """Raise FourEyes when the one who acts, `by_member`, is the very member whom it spares something."""
    if by_member == member_id:
        raise FourEyes
