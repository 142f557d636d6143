"""Volumes: which part of its book a copy is, however that is written."""

from collections.abc import Iterable
from dataclasses import dataclass

from books_service.domain.notation import volume_key
from books_service.domain.stock.shelf_mark import shelf_mark_key


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume as the library writes it, and the `key` that all its spellings share."""

    volume: str
    key: str


def volumes_of(texts: Iterable[str | None]) -> tuple[Volume, ...]:
    """Return each volume once, in the order of the shelf; of several spellings the first one by the alphabet."""
    found: dict[str, Volume] = {}
    for text in sorted({text for text in texts if text is not None}):
        found.setdefault(volume_key(text), Volume(text, volume_key(text)))
    return tuple(sorted(found.values(), key=lambda each: (shelf_mark_key(each.volume), each.key)))
