"""What passkeys need from outside."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from members_service.domain.identity.passkey import Shown


@dataclass(frozen=True, slots=True)
class Site:
    """For which host devices keep passkeys of ours, and the origins of the pages on which they may be shown."""

    host: str
    origins: tuple[str, ...]

    @property
    def has_name(self) -> bool:
        """Whether browsers keep passkeys for it: for names, not for bare addresses."""
        return ":" not in self.host and not self.host.replace(".", "").isdecimal()


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a device is told a passkey is for; it shows the e-mail address to whoever holds it."""

    account_id: UUID
    email: str


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A key that a device has just made for us."""

    credential_id: bytes
    public_key: bytes
    shown: Shown


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a device says before anything of it is verified: which key it is, whose, and for which challenge."""

    credential_id: bytes
    owner: bytes | None
    challenge: bytes


class Authenticators(Protocol):
    """Speaks WebAuthn with the devices of people, through their browsers."""

    def creation_options(
        self, site: Site, owner: Owner, challenge: bytes, *, known: Collection[bytes], verified: bool
    ) -> Mapping[str, Any]:
        """Return what a browser needs to have a passkey made; `verified`: only where the device asks who holds it."""
        ...

    def request_options(self, site: Site, challenge: bytes) -> Mapping[str, Any]:
        """Return what a browser needs to have a passkey shown, whoever's it is."""
        ...

    def challenge_of(self, credential: Mapping[str, Any]) -> bytes:
        """Return the challenge that a new passkey says it was made for. Raises PasskeyRejected."""
        ...

    def made(self, credential: Mapping[str, Any], site: Site, challenge: bytes, *, verified: bool) -> NewCredential:
        """Verify a new passkey. Raises PasskeyRejected."""
        ...

    def read(self, credential: str) -> Assertion:
        """Read what a browser sends where somebody signs in. Raises PasskeyRefused."""
        ...

    def shown(self, credential: str, site: Site, challenge: bytes, *, public_key: bytes) -> Shown:
        """Verify it with the key of the passkey. Raises PasskeyRefused."""
        ...


@dataclass(frozen=True, slots=True)
class PasskeyPorts:
    """What use cases of passkeys need; `key` signs challenges."""

    authenticators: Authenticators
    key: Callable[[], bytes]
