"""A recovery: whoever reads the mail of a member chooses a new PIN, a new password or both, once and within a day."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.kernel.errors import Refused

RECOVERY_LASTS = timedelta(days=1)


class RecoveryTokenInvalid(Refused):
    """Used before, too old, made up, or for a record that is another one now: which of these is nobody's business."""

    code = "recovery-token-invalid"
    detail = "This recovery token is unknown, used or expired. Ask for another one, or ask at the desk."


class NoPasswordToRecover(Refused):
    """The member proves by card and PIN alone who it is: the address is somebody else's to sign in with."""

    code = "no-password-to-recover"
    detail = "No account with a password belongs to this card. Choose a PIN alone; card and PIN sign in."


@dataclass(frozen=True, slots=True)
class Recovery:
    """A permission to choose new secrets for a time; void once the present ones, known by a digest, have changed."""

    member_id: UUID
    expires_at: datetime
    state: bytes

    @classmethod
    def begin(cls, member_id: UUID, state: bytes, *, now: datetime) -> "Recovery":
        """Allow it for a day from now."""
        return cls(member_id, now + RECOVERY_LASTS, state)

    def is_good(self, state: bytes, *, now: datetime) -> bool:
        """Whether it may still be used: it is in time, and the secrets have not changed."""
        return now < self.expires_at and state == self.state


def state_of(*secrets: str | None) -> bytes:
    """Return a digest of what a member signs in with now: another address, PIN or password makes another one."""
    return hashlib.sha256("\n".join(one or "" for one in secrets).encode("utf-8", "surrogatepass")).digest()[:16]
