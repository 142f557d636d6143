"""The refusal of an unknown member; membership and identity share it."""

from shared.kernel.errors import NotFound


class MemberNotFound(NotFound):
    """There is no such member, or not for this caller."""

    code = "member-not-found"
    detail = "No member has this id or card number."
