"""Why a hold is not found, or cannot be changed."""

from shared.kernel.errors import Conflict, InvalidValue, NotFound


class HoldNotFound(NotFound):
    """There is no such hold, or not for this caller."""

    code = "hold-not-found"
    detail = "There is no hold with this id, or it is not yours to see."


class HoldNotActive(Conflict):
    """The hold was fulfilled, cancelled, or has expired."""

    code = "hold-not-active"
    detail = "This hold has ended. Place a new one."


class HoldNotWaiting(Conflict):
    """A copy is on its way to this hold, or waits for it already."""

    code = "hold-not-waiting"
    detail = "A copy is set aside for this hold already. Fetch it, or cancel the hold."


class HoldNotReady(Conflict):
    """No copy waits on the hold shelf for this hold."""

    code = "hold-not-ready"
    detail = "No copy waits on the hold shelf for this hold. Leave `pickup_until` out."


class InvalidPickupDeadline(InvalidValue):
    """The copy would wait until a moment that has passed, or for more than a year."""

    code = "invalid-pickup-deadline"
    detail = "A copy waits on the hold shelf until a moment within a year. Choose a later or an earlier one."
    field = "pickup_until"


class HoldHasNoTarget(Conflict):
    """No copy is to be pulled for this hold."""

    code = "hold-has-no-target"
    detail = "No copy is to be pulled for this hold at present. Read the pull list again."
