"""Volumes: which part of its book a copy is, however that is written."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from books_service.domain.stock.shelf_mark import shelf_mark_key

_PART = re.compile(r"[0-9]+|[^\W0-9_]+")
_WORDS = frozenset({"v", "vol", "vols", "volume", "bd", "band", "t", "tome", "tomo"})


def volume_key(text: str) -> str:
    """Return the key that all spellings of one volume share.

    Case, blanks, signs, leading zeros and a word for volume before a number do not count: 2, `Vol. 2` and `Bd. 02` are
    one, and so are 2026/1 and 2026-01. Other words do: Part 2 is not volume 2, and II is not 2.
    """
    parts = [part.lstrip("0") or part[-1] for part in _PART.findall(unicodedata.normalize("NFKC", text).casefold())]
    if len(parts) > 1 and parts[0] in _WORDS and parts[1].isdecimal():
        del parts[0]
    return " ".join(parts) or text.strip()


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
