"""Where secrets and drawn numbers come from."""

from typing import Protocol


class SecretGenerator(Protocol):
    """What nobody can foresee."""

    def secret(self) -> str:
        """Return 256 random bits as text that needs no quoting anywhere."""
        ...

    def digits(self, count: int) -> str:
        """Return so many random decimal digits."""
        ...
