"""Formulas of annual forms: what was counted, added and subtracted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

Counter = Literal["books", "members", "loans"]
"""The service that counts something."""

ATOMS: Mapping[str, Counter] = {
    **dict.fromkeys(
        ("loans", "renewals", "returns", "in_house_uses", "holds_placed", "holds_filled", "holds_ended"), "loans"
    ),
    **dict.fromkeys(("days_waited", "charged", "paid", "waived", "active_borrowers"), "loans"),
    **dict.fromkeys(("titles_added", "copies_added", "copies_withdrawn", "copies_lost", "stock"), "books"),
    **dict.fromkeys(("joined", "left", "renewed", "members"), "members"),
}
"""What is counted, and by which service."""

GROUPS: Mapping[str, Sequence[str]] = {
    "print": ("book", "magazine", "reference", "newspaper", "score", "large_print"),
    "audio": ("cd", "audiobook", "audio", "record"),
    "video": ("dvd", "bluray", "video"),
    "electronic": (),
    "children": (),
}
"""The item types that each word of a form stands for, where a library does not say it otherwise."""

_TERM = re.compile(r"\s*(?P<sign>[+-]?)\s*(?P<atom>[a-z_]+)(?:\[(?P<where>[^\]]*)\])?\s*")
_CONDITION = re.compile(r"\s*([a-z_]+)\s*(!?=)\s*([^;]+?)\s*")


class FormulaBroken(ValueError):
    """A formula cannot be read: a mistake in the file of a form."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Which values of a dimension count: these, or with `others` all but these."""

    dimension: str
    values: frozenset[str]
    others: bool

    def holds(self, value: str | None) -> bool:
        """Return whether a value counts; one that nobody is told does not."""
        return value is not None and (value in self.values) is not self.others


@dataclass(frozen=True, slots=True)
class Figure:
    """So many of something with these values of its dimensions. None: merged with others, so that nobody is known."""

    dimensions: Mapping[str, str | None]
    value: int


@dataclass(frozen=True, slots=True)
class Part:
    """A term of a formula: what is counted, which of it, and whether it is subtracted. `text` says it in full."""

    atom: str
    conditions: tuple[Condition, ...]
    sign: int
    text: str

    @property
    def counter(self) -> Counter:
        """Who counts it."""
        return ATOMS[self.atom]

    @property
    def is_known(self) -> bool:
        """Whether the library knows what it asks for: it does not where no item type is in a group."""
        return all(each.values or each.others for each in self.conditions)

    def value(self, figures: Sequence[Figure]) -> int:
        """Return the sum of the figures that meet its conditions."""
        return sum(
            figure.value
            for figure in figures
            if all(each.holds(figure.dimensions.get(each.dimension)) for each in self.conditions)
        )


@dataclass(frozen=True, slots=True)
class Formula:
    """What a line of a form is computed from."""

    text: str
    parts: tuple[Part, ...]

    @classmethod
    def read(cls, text: str, groups: Mapping[str, Sequence[str]]) -> Self:
        """Read `loans + renewals[channel!=itself]`; `$video` stands for the values that `groups` has under that name.

        Raises FormulaBroken.
        """
        parts, position = list[Part](), 0
        while position < len(text):
            term = _TERM.match(text, position)
            if term is None or (bool(parts) and not term["sign"]) or term["atom"] not in ATOMS:
                raise FormulaBroken(f"{text!r} cannot be read from {text[position:]!r} on.")
            parts.append(_part(term, groups))
            position = term.end()
        if not parts:
            raise FormulaBroken("An empty formula computes nothing.")
        return cls(text, tuple(parts))

    @property
    def questions(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield what is to be asked: each atom, and the dimensions by which."""
        for part in self.parts:
            yield part.atom, frozenset(each.dimension for each in part.conditions)


def _part(term: re.Match[str], groups: Mapping[str, Sequence[str]]) -> Part:
    texts = [text.strip() for text in (term["where"] or "").split(";") if text.strip()]
    conditions = tuple(_condition(text, groups) for text in texts)
    full = [_in_full(text, condition) for text, condition in zip(texts, conditions, strict=True)]
    restriction = f"[{';'.join(filter(None, full))}]" if any(full) else ""
    return Part(term["atom"], conditions, -1 if term["sign"] == "-" else 1, f"{term['atom']}{restriction}")


def _in_full(text: str, condition: Condition) -> str:
    """Return a condition with all of its values; nothing if all values meet it, and as it is if none does."""
    if not condition.values:
        return "" if condition.others else text
    return f"{condition.dimension}{'!=' if condition.others else '='}{'|'.join(sorted(condition.values))}"


def _condition(text: str, groups: Mapping[str, Sequence[str]]) -> Condition:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise FormulaBroken(f"{text!r} is no condition.")
    values: set[str] = set()
    for word in found[3].split("|"):
        name = word.strip()
        if name.startswith("$") and name[1:] not in groups:
            raise FormulaBroken(f"Nobody says what {name} stands for.")
        values.update(groups[name[1:]] if name.startswith("$") else [name])
    return Condition(found[1], frozenset(values), others=found[2] == "!=")
