"""The categories, item types and branches that a policy may name, and suggestions for words that it may not."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar

from shared.kernel.errors import InvalidValue

_MOST_SUGGESTED = 3
_ALIKE = 0.6
_ITEM_TYPE = re.compile("[a-z0-9][a-z0-9_-]{0,39}")
"""The form of item types in books."""


def alike(word: str, known: Iterable[str]) -> list[str]:
    """Return the known words that are most similar to `word`, ignoring case; the most similar first."""
    by_key = {each.casefold(): each for each in known}
    return [by_key[key] for key in get_close_matches(word.casefold(), by_key, n=_MOST_SUGGESTED, cutoff=_ALIKE)]


class UnknownWord(InvalidValue):
    """A rule, terms or a test case name something that there is not, so that it could never match."""

    code = "unknown-word"
    example: ClassVar = {"field": "rules.2.category", "word": "adults", "did_you_mean": ["adult"]}

    def __init__(self, field: str, word: str, *, did_you_mean: Iterable[str]) -> None:
        meant = list(did_you_mean)
        hint = f"Did you mean {', '.join(repr(each) for each in meant)}?" if meant else "Correct the word, or add it."
        super().__init__(f"The library knows no {word!r} here. {hint}", field=field, word=word, did_you_mean=meant)


@dataclass(frozen=True, slots=True)
class KnownWords:
    """The words that members and books know: categories of members, and codes of branches and locations in them."""

    categories: Collection[str]
    branches: Collection[str]
    locations: Collection[str] = ()

    def and_those_of(self, document: Mapping[str, Any]) -> "KnownWords":
        """Return these words and those that the policy in force names, which existed once."""
        places = [place for _, place in _places(document)]
        categories = [place["category"] for place in places if place.get("category")]
        branches = [place["branch"] for place in places if place.get("branch")]
        branches += [code for place in places for code in place.get("floats_among") or ()]
        shared = [limit for place in places for limit in place.get("most_loans_of") or ()]
        branches += [code for limit in shared for code in limit.get("branches") or ()]
        branches += [place["home_branch"] for place in places if place.get("home_branch")]
        branches += [code for _, codes in _ways(document) for code in codes]
        locations = [place["location"] for place in places if place.get("location")]
        return KnownWords([*self.categories, *categories], [*self.branches, *branches], [*self.locations, *locations])

    def faults_of(self, document: Mapping[str, Any]) -> Iterator[UnknownWord]:
        """Yield each place of a policy's document that names something unknown.

        Staff choose item types freely when they add copies, and a policy may name one before its first copy. So an item
        type is refused only if no copy can have it, because books writes them in small letters.
        """
        for where, place in _places(document):
            yield from _unless_in(self.categories, place.get("category"), f"{where}.category")
            yield from _unless_in(self.branches, place.get("branch"), f"{where}.branch", any_case=True)
            yield from _unless_in(self.branches, place.get("home_branch"), f"{where}.home_branch", any_case=True)
            yield from _unless_in(self.locations, place.get("location"), f"{where}.location", any_case=True)
            for code in place.get("floats_among") or ():
                yield from _unless_in(self.branches, code, f"{where}.floats_among", any_case=True)
            yield from _unless_written_so(place.get("item_type"), f"{where}.item_type")
            for number, limit in enumerate(place.get("most_loans_of") or ()):
                for code in limit.get("branches") or ():
                    within = f"{where}.most_loans_of.{number}.branches"
                    yield from _unless_in(self.branches, code, within, any_case=True)
                for item_type in limit.get("item_types") or ():
                    yield from _unless_written_so(item_type, f"{where}.most_loans_of.{number}.item_types")
            for limits in ("most_loans_per_item_type", "most_holds_per_item_type"):
                for item_type in place.get(limits) or ():
                    yield from _unless_written_so(item_type, f"{where}.{limits}")
        for where, codes in _ways(document):
            for code in codes:
                yield from _unless_in(self.branches, code, where, any_case=True)


def _ways(document: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    transport = document.get("holds", {}).get("transport") or {}
    for part in ("never", "sources"):
        for number, way in enumerate(transport.get(part) or ()):
            for end in ("from", "to"):
                found = way.get(end) or []
                yield f"holds.transport.{part}.{number}.{end}", found if isinstance(found, list) else [found]


def _unless_in(
    known: Collection[str], word: str | None, field: str, *, any_case: bool = False
) -> Iterator[UnknownWord]:
    found = word is None or word in known or (any_case and word.upper() in {each.upper() for each in known})
    if word is not None and not found:
        yield UnknownWord(field, word, did_you_mean=alike(word, known))


def _unless_written_so(item_type: str | None, field: str) -> Iterator[UnknownWord]:
    if item_type is None or _ITEM_TYPE.fullmatch(item_type):
        return
    meant = re.sub("[^a-z0-9_-]+", "-", item_type.lower()).strip("-_")
    yield UnknownWord(field, item_type, did_you_mean=[meant] if _ITEM_TYPE.fullmatch(meant) else [])


def _places(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    parts = {part: document.get(part) or () for part in ("rules", "terms", "cases")}
    holds = document.get("holds", {})
    parts["holds.shelf_days"] = holds.get("shelf_days", ())
    parts["holds.transport.never"] = (holds.get("transport") or {}).get("never", ())
    for part, places in parts.items():
        for number, place in enumerate(places):
            yield f"{part}.{number}", place
