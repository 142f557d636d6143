"""Words that the project no longer uses for names, and where one of them still stands."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache

RETIRED = {
    "catchword", "catchwords", "chance", "crowd", "crowds", "deed", "deeds", "doorbell", "farewell", "farewells",
    "happened", "happening", "happenings", "mended", "patience", "said", "sighting", "sightings", "turnstile",
    "visitor", "whereabouts", "wish", "wished", "wishes",
}  # fmt: skip
"""No name has one of these among its words."""

NOT_IN_THE_PRODUCT = {"tell", "tells", "told"}
"""No name of product code has one of these: publish, parse, report and show say which is meant."""

STILL_TOLD = {
    ("loans_service/api/consistency/consistency.py", "told"): "a field of the repair's answer, which clients know",
    ("loans_service/api/samples.py", "told"): "the same field in its sample",
    ("books_service/migrations/versions/0005_know_where_copies_stand.py", "told"): "a migration stays as it was run",
}
"""Where one of them still stands in the product, and why."""

PHRASES = {
    "as_done", "done_alone", "even_if", "familiar_places", "held_at_hand", "house_rules", "let_go", "let_loan_go",
    "lock_out_others", "loss_back", "may_be_alone", "news_to_come", "pick_list", "rules_kept", "set_aside", "step_out",
    "tell_again", "wanted_alone", "what_is_wrong",
}  # fmt: skip
"""No name has these words side by side, however they are joined."""

ON_THE_WIRE = frozenset({"happening_id"})
"""Fields that clients know; the code says them as the wire does."""

WHOLE = {
    "Absence", "AskOnce", "By", "CopyHeldForOther", "DeskFacts", "Ending", "Endings", "Guard", "Hears", "HeldByOther",
    "OpensWork", "Outside", "Overriding", "Proof", "ShownCopies", "Ties", "Turn", "Visitor", "Who", "bell", "outside",
    "ring",
}  # fmt: skip
"""No name is just this. As a part of another one, or in a sentence, each is plain English."""

SUFFIXES = ("Asked", "Given", "Shown")
"""No class ends so: bodies of HTTP are `…Request` and `…Response`."""

IN_PROSE = re.compile(
    r"\b(?:catchwords?|doorbell|(?<!members\.)farewells?|house rules|pick[- ]lists?|sightings?|turnstiles?)\b"
    r"|\bwhereabouts\b",
    re.IGNORECASE,
)
"""What documents do not say either, but for the name of a queue."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NAME = re.compile(r"\w+")
_NAMES_TABLES = {"Table", "Column", "Index", "create_table"}


def words_of(name: str) -> list[str]:
    """Return the words of a name, small: `HoldShelf` and `hold_shelf` are the same two."""
    return [word.lower() for word in _WORDS.findall(name)]


@cache
def is_retired(name: str) -> bool:
    """Whether a name, of a class, a function, a variable, a file, a table or a column, must be another one."""
    if name in ON_THE_WIRE:
        return False
    words = words_of(name)
    joined = f"_{'_'.join(words)}_"
    return (
        name in WHOLE
        or not RETIRED.isdisjoint(words)
        or any(f"_{phrase}_" in joined for phrase in PHRASES)
        or (name.endswith(SUFFIXES) and name not in SUFFIXES and name.lstrip("_")[:1].isupper())
    )


def retired_names(source: str) -> list[str]:
    """Return the retired names of a Python file, as `line: name`. Sentences and the wire do not count."""
    # Most files have no such word in all their text, and take ten times as long to be read as Python.
    names = {*_identifiers(source)} if any(map(is_retired, set(_NAME.findall(source)))) else set()
    if any(called in source for called in _NAMES_TABLES):
        names |= {*_of_tables(source)}
    return [f"{line}: {name}" for line, name in sorted(names) if is_retired(name)]


def told_names(source: str) -> set[str]:
    """Return the names in a Python file, small and whole, that say that something is told."""
    names = {name for _, name in _identifiers(source)}
    return {name for name in names if not NOT_IN_THE_PRODUCT.isdisjoint(words_of(name))}


def _identifiers(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME and not token.string.startswith("test_"):
            yield token.start[0], token.string


def _of_tables(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called, given = node.func, node.args[0].value
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in _NAMES_TABLES and isinstance(given, str):
                yield node.lineno, given
