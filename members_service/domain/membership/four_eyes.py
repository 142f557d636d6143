"""What staff do not do for themselves: somebody else looks at it, too."""

from collections.abc import Collection
from uuid import UUID

from shared.kernel.errors import NotAllowed

OF_ONESELF = frozenset(
    {"email", "phone", "mobile", "other_phone", "address", "second_address", "preferred_name"}
    | {"language", "home_branch", "reading_history"}
)
"""What of a record its member may change: how to be reached, and what is kept of one's loans."""


class FourEyes(NotAllowed):
    """Somebody of the staff decides on their own membership."""

    code = "four-eyes"
    detail = "This concerns your own membership. Ask a colleague to do it."


def expect_four_eyes(*member_ids: UUID, by_member: UUID | None) -> None:
    """Raise FourEyes when the one who acts, `by_member`, is a member whose membership it is about."""
    if by_member in member_ids:
        raise FourEyes


def expect_four_eyes_for(changes: Collection[str], *, member_id: UUID, by_member: UUID | None) -> None:
    """Raise FourEyes when somebody changes of their own record what only the desk may."""
    if not OF_ONESELF.issuperset(changes):
        expect_four_eyes(member_id, by_member=by_member)
