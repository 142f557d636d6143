"""Refusals of acts that only the owner may do; membership and identity share them."""

from datetime import timedelta

from shared.kernel.errors import ProvedTooLongAgo, TooManyRequests

FRESH_FOR = timedelta(minutes=5)
"""How long after typing the password somebody may do what a stolen token must not be enough for."""


class SignInTooOld(ProvedTooLongAgo):
    """Whoever holds only a token, perhaps a stolen one, does not get any further: this needs a password just typed."""

    code = "sign-in-too-old"
    detail = "This needs a sign-in of the last five minutes. Sign in again with your password, and repeat it."
    within = FRESH_FOR


class PinLocked(TooManyRequests):
    """So many wrong PINs were typed for this card that a right one has to wait, too, be it anybody's or not."""

    code = "pin-locked"
    detail = "Too many wrong PINs were typed for this card. Wait a few minutes, or ask the desk for a new PIN."


class TooManyAttempts(TooManyRequests):
    """Too many tries, for this account or client or from this address. Whether there is such a one plays no part."""

    code = "too-many-attempts"
    detail = "Too many attempts. Wait a little before the next one."
