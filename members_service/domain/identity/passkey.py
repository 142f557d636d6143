"""Passkeys (WebAuthn): a device proves with a key of its own who signs in, without a name and without a password."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID

from members_service.domain.identity.account import Account
from shared.kernel.errors import Conflict, NotAllowed, NotFound, Refused

CEREMONY_LASTS = timedelta(hours=1)
"""How long a page may stay open before a passkey is shown on it; no proof is taken twice within that time."""

MOST_PASSKEYS = 20
LONGEST_PASSKEY_NAME = 60
LONGEST_CREDENTIAL_ID = 1_023
"""Bytes, as WebAuthn has it."""

_MOMENT, _SALT = 8, 16  # bytes


class PasskeyNotFound(NotFound):
    """There is no such passkey, or it is somebody else's."""

    code = "passkey-not-found"
    detail = "You have no passkey with this id. List yours to see which you have."


class TooManyPasskeys(Conflict):
    """Nobody has so many devices."""

    code = "too-many-passkeys"
    detail = f"An account has at most {MOST_PASSKEYS} passkeys. Remove one that you do not use any more."


class PasskeyKnown(Conflict):
    """The device has a passkey for this library already."""

    code = "passkey-known"
    detail = "This passkey is known here already. Use another device, or remove it first."


class PasskeyRejected(Refused):
    """What the device sent does not prove anything; `why` is for the audit trail."""

    code = "passkey-rejected"
    detail = "What the device sent cannot be used. Ask for new options, and try again."

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class PasskeyRefused(NotAllowed):
    """Nobody is signed in by this passkey; `why` is for the audit trail."""

    code = "passkey-refused"
    detail = "Nobody is known here by this passkey. Sign in with your password."

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class OwnerNotVerified(PasskeyRefused):
    """The device did not ask who holds it, by a PIN or a finger, and this account needs that."""

    code = "passkey-without-verification"
    detail = "The device did not ask for your PIN, finger or face, and this account needs that. Set it up there."


class PasskeyCopied(PasskeyRefused):
    """Its counter went back: there may be two devices with the same key."""

    code = "passkey-copied"
    detail = "This passkey may have been copied. Sign in another way, remove it, and tell an administrator."


class PasskeyNeeded(NotAllowed):
    """The password alone was right, and the account has no second factor but its passkeys."""

    code = "passkey-needed"
    detail = "This account needs a second factor, and has a passkey: sign in with it."


@dataclass(frozen=True, slots=True)
class Ceremony:
    """One use of a passkey that a page asks for: to sign in, in one browser, or to add one, in one session.

    Its challenge says by itself when it was made and for what, so that no table has to keep it.
    """

    purpose: str
    owner: str

    @classmethod
    def of_sign_in(cls, browser: str) -> Self:
        """Return the one by which somebody signs in in this browser."""
        return cls("sign in", browser)

    @classmethod
    def of_registration(cls, account_id: UUID, session: str) -> Self:
        """Return the one by which somebody adds a passkey in this session."""
        return cls("register", f"{account_id} {session}")

    def challenge(self, key: bytes, secret: str, *, now: datetime) -> bytes:
        """Return a challenge that nobody can guess: `secret` was drawn at random, and `key` signs it."""
        moment = int(now.timestamp() * 1_000_000).to_bytes(_MOMENT)
        return self._signed(key, moment + hashlib.sha256(secret.encode()).digest()[:_SALT])

    def begun_at(self, challenge: bytes, key: bytes, *, now: datetime) -> datetime | None:
        """Return when it began; None if the challenge is not one of it, or too old."""
        if not hmac.compare_digest(self._signed(key, challenge[: _MOMENT + _SALT]), challenge):
            return None
        begun = datetime.fromtimestamp(int.from_bytes(challenge[:_MOMENT]) / 1_000_000, UTC)
        return begun if begun <= now < begun + CEREMONY_LASTS else None

    def _signed(self, key: bytes, text: bytes) -> bytes:
        mine = f"passkey\n{self.purpose}\n{self.owner}\n".encode("utf-8", "surrogatepass")
        return text + hmac.digest(key, mine + text, "sha256")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a device has proved. `verified`: it has asked who holds it. `counter`: how often its key was used, or 0."""

    counter: int
    verified: bool
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Passkey:
    """The public half of a key that a device keeps, and what is known of its use.

    `verified`: the device has once asked who holds it, so that it is a second factor by itself. `from_desk`: it was
    added by somebody who had signed in with a password that somebody at the desk may know.
    """

    id: UUID
    account_id: UUID
    credential_id: bytes
    public_key: bytes
    name: str
    counter: int
    verified: bool
    backed_up: bool
    from_desk: bool
    created_at: datetime
    last_used_at: datetime | None = None
    version: int = 1

    def renamed(self, name: str) -> Self:
        """Return it with another name."""
        return replace(self, name=name, version=self.version + 1)

    def went_back(self, shown: Shown) -> bool:
        """Whether the counter is not ahead of what it was: the key may be in two devices."""
        return bool(shown.counter or self.counter) and shown.counter <= self.counter

    def used(self, account: Account, shown: Shown, *, begun: datetime, now: datetime) -> Self:
        """Return it after a sign-in to its account.

        Raises PasskeyRefused for a proof that was shown before, and where the account is disabled, signs in elsewhere
        or got more rights since somebody at the desk could add the passkey; OwnerNotVerified where staff, and whoever
        has a second factor, did not prove that they hold the device; PasskeyCopied for staff.
        """
        if self.last_used_at is not None and begun <= self.last_used_at:
            raise PasskeyRefused("shown before")
        if account.disabled or account.signs_in_elsewhere or (self.from_desk and account.does_more):
            raise PasskeyRefused("not good for this account any more")
        if not shown.verified and (account.does_more or account.second_factor):
            raise OwnerNotVerified("owner not verified")
        if self.went_back(shown) and account.does_more:
            raise PasskeyCopied("counter went back")
        return replace(
            self,
            counter=max(self.counter, shown.counter),
            verified=self.verified or shown.verified,
            backed_up=shown.backed_up,
            last_used_at=now,
            version=self.version + 1,
        )


def expect_room(present: int) -> None:
    """Raise TooManyPasskeys unless an account with so many may have another one."""
    if present >= MOST_PASSKEYS:
        raise TooManyPasskeys
