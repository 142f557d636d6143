"""A second factor: codes of an authenticator app (RFC 6238) beside the password, and codes for who loses the device."""

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from members_service.domain.rights import ACCOUNTS
from shared.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from shared.kernel.rights import Right

OFFER_LASTS = timedelta(hours=1)
RECOVERY_CODES = 10
MOST_WRONG_CODES = 100
"""In a row. From then on only recovery codes are taken: whoever knows the password must not try for months."""

_GROUPS, _GROUP = 6, 4  # 24 characters of Base32 are 120 bits: enough for a plain digest, and to type in an emergency
_OTP = re.compile(r"[0-9]{6}")


class CodeNeeded(NotAllowed):
    """The password was right, and a code is asked for, too. Nobody learns this without the right password."""

    code = "invalid_grant"
    detail = (
        "This account has a second factor: send the present code of the authenticator app, or a recovery code, as otp."
    )


class CodeNotAccepted(NotAllowed):
    """The password was right, the code was not."""

    code = "invalid_grant"
    detail = "The code is not right, or was used before. Wait for the next one, or use a recovery code."


class EnrolmentNeeded(NotAllowed):
    """The password was right, and this library asks for a second factor which the account has not got."""

    code = "invalid_grant"
    detail = "This account needs a second factor. Sign in on the library's own page, which shows how to set it up."


class WrongCode(Refused):
    """The code is wrong, too old, or was used before."""

    code = "wrong-code"
    detail = "The code is not right, or was used before. Wait for the next one, or use a recovery code."


class SecondFactorOn(Conflict):
    """There is one already; another device takes its place only after it was turned off."""

    code = "second-factor-on"
    detail = "This account has a second factor already. Turn it off first, with one of its codes."


class SecondFactorOff(Conflict):
    """There is none that could be asked for a code."""

    code = "second-factor-off"
    detail = "This account has no second factor."


class SecondFactorNotFound(NotFound):
    """There is none that could be removed."""

    code = "second-factor-not-found"
    detail = "This account has no second factor."


class SecondFactorNotOffered(Conflict):
    """There is nothing to confirm."""

    code = "second-factor-not-offered"
    detail = "There is no second factor to confirm, or it was offered too long ago. Begin again."


class OwnSecondFactor(NotAllowed):
    """An admin turns the own one off like everybody else: with a code. A stolen token is not enough."""

    code = "own-second-factor"
    detail = "This is your own second factor. Turn it off with a code, or ask another admin."


class Requirement(StrEnum):
    """Whose accounts need a second factor in this library."""

    NONE = "none"
    ADMIN = "admin"
    STAFF = "staff"

    def asks(self, rights: Collection[Right]) -> bool:
        """Return whether an account that gives these rights needs one; with that to accounts one is an admin."""
        return bool(rights) if self is Requirement.STAFF else self is Requirement.ADMIN and ACCOUNTS in rights


class SecondFactor:
    """The secret that an account shares with an authenticator app. The attributes are for reading.

    Whether it has been confirmed, so that each sign-in asks for a code, is an attribute of the account. Recovery codes
    are stored as digests alone, in hexadecimal.
    """

    def __init__(self, *, account_id: UUID, secret: str, now: datetime) -> None:
        self.account_id = account_id
        self.secret = secret
        self.offered_at = now
        self.last_step = -1
        self.wrong_codes = 0
        self.recovery_digests: frozenset[str] = frozenset()
        self.version = 1

    def offer(self, secret: str, *, now: datetime) -> None:
        """Begin again with another secret."""
        self.secret, self.offered_at = secret, now
        self.last_step, self.wrong_codes, self.recovery_digests = -1, 0, frozenset()
        self.version += 1

    def is_offered(self, now: datetime) -> bool:
        """Whether it may still be confirmed."""
        return now < self.offered_at + OFFER_LASTS

    def takes_step(self, step: int | None) -> bool:
        """Use up the code of a time step; None: a wrong code. A step counts once, and no earlier one counts after it.

        After too many wrong codes in a row no code of the app is taken; a recovery code lets the owner in again.
        """
        is_right = step is not None and step > self.last_step and self.wrong_codes < MOST_WRONG_CODES
        if is_right and step is not None:
            self.last_step = step
        return self._counted(is_right=is_right)

    def takes_recovery_code(self, code: str) -> bool:
        """Use a recovery code up."""
        typed = recovery_digest(code)
        found = [one for one in sorted(self.recovery_digests) if hmac.compare_digest(one, typed)]
        self.recovery_digests = self.recovery_digests.difference(found)
        return self._counted(is_right=bool(found))

    def keep_recovery_codes(self, codes: Iterable[str]) -> None:
        """Take these from now on, and none of those before."""
        self.recovery_digests = frozenset(map(recovery_digest, codes))
        self.version += 1

    @property
    def state(self) -> str:
        """A word for all that has happened to it: another one after each code, and whatever else it was used for."""
        return str(self.version)

    def goes_on_from(self, state: str) -> bool:
        """Let whoever has just set it up go on without a code: once, and while nothing else has happened to it."""
        return self.state == state and self._counted(is_right=True)

    def _counted(self, *, is_right: bool) -> bool:
        self.wrong_codes = 0 if is_right else self.wrong_codes + 1
        self.version += 1
        return is_right


class Code(str):
    """A code as somebody types it, whatever blanks and hyphens stand in it; of the app or a recovery code."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Leave out what only helps to read it."""
        return cls(re.sub(r"[\s-]", "", text[:100]).lower())

    @property
    def is_of_app(self) -> bool:
        """Whether it looks like a code of an authenticator app."""
        return _OTP.fullmatch(self) is not None


def recovery_code(secret: str) -> str:
    """Return a recovery code made of a secret drawn at random, in groups that can be copied by hand."""
    text = base64.b32encode(hashlib.sha256(secret.encode()).digest()).decode().lower()
    return "-".join(text[start : start + _GROUP] for start in range(0, _GROUPS * _GROUP, _GROUP))


def recovery_digest(code: str) -> str:
    """Return what is kept of a recovery code."""
    return hashlib.sha256(Code.parse(code).encode("utf-8", "surrogatepass")).hexdigest()
