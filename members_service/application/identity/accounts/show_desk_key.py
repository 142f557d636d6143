"""Hand out the key with which a desk page opens what it kept while the library could not be reached."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DeskKey:
    """A private EC key as a JSON Web Key: `x`, `y` and `d` are Base64url without padding."""

    kty: str
    crv: str
    x: str
    y: str
    d: str


DeskKeys = Callable[[UUID], DeskKey]
"""Returns the key of an account; always the same."""


@dataclass(frozen=True, slots=True)
class ShowDeskKey:
    """Show the key for what one's own desk keeps without a line.

    A desk page keeps what it does offline on its disk, sealed to the public half of this key (curve P-256). The private
    half is handed out to whoever is signed in to the account, so that what was kept can be opened after the next
    sign-in, there alone. It is always the same for an account; nothing is stored of it.
    """

    keys: DeskKeys

    def __call__(self, account_id: UUID) -> DeskKey:
        """Return the key of the account."""
        return self.keys(account_id)
