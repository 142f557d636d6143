"""Notations: how classes, shelf marks and volumes are written, whatever their scheme: QA 76.73 .P98, 823.7, Vol. 2."""

import re
import unicodedata

_PART = re.compile(r"(?P<number>[0-9]+)(?:\.(?P<fraction>[0-9]+))?|(?P<point>\.?)(?P<word>[^\W0-9_]+)")
MOST_LEVELS = 8
_PART_OF_VOLUME = re.compile(r"[0-9]+|[^\W0-9_]+")
_VOLUME = frozenset({"v", "vol", "vols", "volume", "bd", "band", "t", "tome", "tomo"})


def plain_notation(text: str) -> str:
    """Return a notation in capitals, without accents; the prime mark in front of a point does not count."""
    capitals = unicodedata.normalize("NFKD", text).upper()
    return "".join(sign for sign in capitals if not unicodedata.combining(sign)).replace("/.", ".")


def notation_parts(text: str) -> list[str]:
    """Return the parts by which a notation is filed, each compared by code points.

    Neither case, accents and blanks count, nor other signs but the point. A number is a number, B 2 before B 10, with
    what is behind its point as a fraction, 823.12 before 823.8. In Dewey and LC a letter with digits is a fraction,
    too, P976 before P98: so it is where a point was met already, as in QA 76.73 .P98. Without a point nothing says so.
    """
    parts: list[str] = []
    end_of_word, with_point, numbers = -1, False, 0
    for part in _PART.finditer(plain_notation(text)):
        number, fraction, word = part["number"], part["fraction"], part["word"]
        if word:
            parts.append(word)
            end_of_word, with_point = part.end(), with_point or bool(part["point"] and numbers)
            continue
        numbers += 1
        if with_point and part.start() == end_of_word:
            parts[-1] += f".{number}"
        else:
            parts.append(_padded(number))
        if fraction and (rest := fraction.rstrip("0")):
            parts[-1] += f".{rest}"
        with_point = with_point or fraction is not None
    return parts


def notation_levels(text: str) -> tuple[str, ...]:
    """Return the notation and what stands above it, broadest first: QA, QA 76, QA 76.73, QA 76.73 .P98."""
    levels: list[str] = []
    above: list[str] = []
    for part in notation_parts(text):
        whole, point, _ = part.partition(".")
        levels += [" ".join((*above, whole))] if point else []
        above.append(part)
        levels.append(" ".join(above))
    return tuple(levels[:MOST_LEVELS])


def volume_key(text: str) -> str:
    """Return the key that all spellings of one volume share.

    Case, blanks, signs, leading zeros and a word for volume before a number do not count: 2, `Vol. 2` and `Bd. 02` are
    one, and so are 2026/1 and 2026-01. Other words do: Part 2 is not volume 2, and II is not 2.
    """
    found = _PART_OF_VOLUME.findall(unicodedata.normalize("NFKC", text).casefold())
    parts = [part.lstrip("0") or part[-1] for part in found]
    if len(parts) > 1 and parts[0] in _VOLUME and parts[1].isdecimal():
        del parts[0]
    return " ".join(parts) or text.strip()


def _padded(number: str) -> str:
    """Return a number as a text that sorts like numbers: with the count of its digits in front."""
    digits = number.lstrip("0") or "0"
    return f"{len(digits):03}{digits}"
