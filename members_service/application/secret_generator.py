"""The source of random secrets and numbers."""

from typing import Protocol


class SecretGenerator(Protocol):
    """Draws secrets and digits that are unpredictable."""

    def secret(self) -> str:
        """Return 256 random bits as text that needs no quoting anywhere."""
        ...

    def digits(self, count: int) -> str:
        """Return so many random decimal digits."""
        ...
