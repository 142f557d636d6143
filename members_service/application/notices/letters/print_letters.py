"""Who sends a letter."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a letter: the one line above the address, and what else stands at the side."""

    line: str
    details: tuple[str, ...] = ()
