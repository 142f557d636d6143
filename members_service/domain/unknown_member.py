"""The refusal of whoever names a member that is not there; membership gives it, and who has accounts of members."""

from shared.kernel.errors import NotFound


class MemberNotFound(NotFound):
    """There is no such member, or not for this caller."""

    code = "member-not-found"
    detail = "No member has this id or card number."
