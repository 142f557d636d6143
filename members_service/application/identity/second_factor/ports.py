"""What asking for a second factor needs from outside."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from members_service.domain.identity.second_factor import Requirement


class Authenticator(Protocol):
    """Makes secrets for authenticator apps, and checks their codes."""

    def new_secret(self) -> str:
        """Return a new secret, as text that can be typed into an app."""
        ...

    def address(self, secret: str, *, account: str) -> str:
        """Return the otpauth:// address by which an app takes the secret over; `account` is what it shows."""
        ...

    def step_of(self, code: str, secret: str, *, now: datetime) -> int | None:
        """Return the time step that the code belongs to, the present one or one beside it; None for a wrong code."""
        ...


@dataclass(frozen=True, slots=True)
class SecondFactorPorts:
    """What a sign-in needs to ask for a second factor; `key` signs the notes between two steps."""

    authenticator: Authenticator
    requirement: Requirement
    key: Callable[[], bytes]
