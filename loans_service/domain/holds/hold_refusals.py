"""Why a hold is not found, or cannot be changed."""

from shared.kernel.errors import Conflict, NotFound


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


class HoldHasNoTarget(Conflict):
    """No copy is to be pulled for this hold."""

    code = "hold-has-no-target"
    detail = "No copy is to be pulled for this hold at present. Read the pull list again."
