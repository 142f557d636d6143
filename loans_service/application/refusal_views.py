"""Refusals in views that explain an act beforehand."""

from dataclasses import dataclass
from typing import Any, Self

from shared.kernel.errors import LibraryError


@dataclass(frozen=True, slots=True)
class RefusalView:
    """A refusal in a view: its code, a sentence, and its figures as JSON values."""

    code: str
    detail: str
    figures: dict[str, Any]

    @classmethod
    def of(cls, refusal: LibraryError) -> Self:
        """Show `refusal`."""
        return cls(refusal.code, refusal.detail, dict(refusal.figures))
