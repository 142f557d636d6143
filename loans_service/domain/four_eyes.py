"""Acts that staff may not do on their own account: a colleague has to."""

from uuid import UUID

from shared.kernel.errors import NotAllowed


class FourEyes(NotAllowed):
    """Somebody of the staff spares themselves something."""

    code = "four-eyes"
    detail = "This concerns your own loans, holds or money. Ask a colleague to do it."


def expect_four_eyes(member_id: UUID, *, by_member: UUID | None) -> None:
    """Raise FourEyes if `by_member`, who acts, is the member who would benefit."""
    if by_member == member_id:
        raise FourEyes
