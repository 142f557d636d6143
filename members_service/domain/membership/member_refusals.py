"""What is refused about a whole membership."""

from datetime import date

from shared.kernel.errors import Conflict, InvalidValue, NotAllowed


class EmailNeedsAdmin(NotAllowed):
    """The desk may not take the user name from somebody with more rights than its own."""

    code = "email-needs-admin"
    detail = "This account may do more than a member's. Ask an admin to change its e-mail address."


class MergeNeedsAdmin(NotAllowed):
    """Whose record a staff account belongs to could erase that account, and is told what is known of its owner."""

    code = "merge-needs-admin"
    detail = "An account of one of these members may do more than a member's. Ask an admin to merge the records."


class SameMember(InvalidValue):
    """A record cannot be merged into itself."""

    code = "same-member"
    detail = "This is the record itself. Name in `into` the other one, which stays."
    field = "into"


class MemberNotSuspended(Conflict):
    """Nothing is there to be lifted."""

    code = "member-not-suspended"
    detail = "This member is neither suspended nor leaving, so there is nothing to lift."


class MemberIsLeaving(Conflict):
    """The member asked to be erased."""

    code = "member-leaving"
    detail = "This member is leaving the library. Reinstate the member first, if that was not meant."


class MembershipSuspended(Conflict):
    """Staff have stopped the whole membership."""

    code = "membership-suspended"
    detail = "This membership is suspended. Ask at the desk, which can lift that."


class EndsInThePast(InvalidValue):
    """A suspension or block that would be over before it began."""

    code = "ends-in-the-past"
    detail = "It must end today or later; leave `until` out when the end is open."
    field = "until"


class RenewalNotLater(InvalidValue):
    """A renewal that would not make the membership last longer."""

    code = "renewal-not-later"

    def __init__(self, expires_on: date) -> None:
        super().__init__(
            "A renewed membership lasts longer than before, and through today at least. Choose a later day.",
            field="expires_on",
            present_expires_on=expires_on.isoformat(),
        )
