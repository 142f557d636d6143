"""How somebody has proved who they are, as their sessions remember it and access tokens tell it (`amr`)."""

from dataclasses import dataclass
from typing import Self

LONGEST_METHODS = 40


@dataclass(frozen=True, slots=True)
class Authentication:
    """The methods, by the names of RFC 8176, and whether they hold a second factor.

    `session_there` is the digest of the session at the provider by which somebody signed in; None: it names none.
    """

    methods: tuple[str, ...]
    second_factor: bool = False
    session_there: bytes | None = None

    @property
    def kept(self) -> str:
        """The methods as they are kept, in one text."""
        return " ".join(self.methods)

    @classmethod
    def of_kept(
        cls, methods: str | None, *, second_factor: bool, session_there: bytes | None = None
    ) -> "Authentication":
        """Return it as it was kept; what is of before methods were kept was a password, with a code or without."""
        if methods is None:
            return PASSWORD_AND_CODE if second_factor else PASSWORD
        return cls(tuple(methods.split()), second_factor, session_there)

    @classmethod
    def of_passkey(cls, *, verified: bool, backed_up: bool) -> Self:
        """Return what a passkey proves: a key, that somebody is there, and if the device has asked for it, who.

        A key that its owner's other devices have, too, is no key of hardware.
        """
        key = ("swk" if backed_up else "hwk", "user")
        return cls((*key, "mfa") if verified else key, verified)

    @classmethod
    def of_provider(cls, *, second_factor: bool, session_there: bytes | None = None) -> Self:
        """Return what a provider vouches for: how somebody signed in there is known only in so far."""
        return cls(("mfa",) if second_factor else (), second_factor, session_there)


PASSWORD = Authentication(("pwd",))
PASSWORD_AND_CODE = Authentication(("pwd", "otp"), second_factor=True)
BY_OPERATOR = Authentication(())
"""Whoever has the signing keys: nobody has proved anything."""
