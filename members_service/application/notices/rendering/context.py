"""What a notice may say: the same variables for every kind, so that templates move between kinds.

A field whose name would be a word of Python ends in an underscore, which templates leave out.
"""

import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from members_service.domain.notices.kinds import NoticeKind
from shared.kernel.writing_direction import without_turns

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_LINES = "lines"
Day = date | datetime
"""A day; with a time where the hour counts, in the zone of the branch."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is written to: the member, or a guardian."""

    given_name: Annotated[str, "What the reader wants to be called, else the given name, else the whole name."]
    family_name: Annotated[str | None, "The family name, where it is known by itself."] = None
    language: Annotated[str, "The language that the reader chose (BCP 47)."] = "en"
    card_ends: Annotated[date | None, "The last day of the membership."] = None


@dataclass(frozen=True, slots=True)
class About:
    """The child, or whoever else the reader stands in for."""

    given_name: Annotated[str, "The given name, else the whole name."]


@dataclass(frozen=True, slots=True)
class LibraryFacts:
    """The library."""

    name: Annotated[str, "What the library is called."]
    url: Annotated[str | None, "Its pages in the web."] = None


@dataclass(frozen=True, slots=True)
class BranchFacts:
    """The branch that the notice comes from: where a hold is fetched, or where a copy was lent."""

    name: Annotated[str, "What the branch is called."]
    address: Annotated[str | None, "Where it stands, in one or several lines.", _LINES] = None
    phone: Annotated[str | None, "Its telephone number."] = None
    mail: Annotated[str | None, "Its mail address."] = None
    hours_today: Annotated[str | None, "When it is open today, such as 10:00–18:00; nothing where it is closed."] = None
    next_open_day: Annotated[date | None, "The next day on which it is open."] = None


@dataclass(frozen=True, slots=True)
class Item:
    """One copy or title that the notice is about."""

    title: Annotated[str, "The title. It is for the text alone: subjects and push messages stay discreet."]
    author: Annotated[str | None, "Who wrote it; in the text alone."] = None
    barcode: Annotated[str | None, "The barcode of the copy."] = None
    shelf_mark: Annotated[str | None, "Where the copy stands; in the text alone."] = None
    volume: Annotated[str | None, "Which part of the work it is; in the text alone."] = None
    due: Annotated[Day | None, "When it is due; with a time for a loan by the hour."] = None
    days_late: Annotated[int | None, "How many days it is overdue."] = None
    renewable: Annotated[
        bool | None, "Whether a renewal is left; empty where others wait, so that it has to be tried."
    ] = None
    why_not: Annotated[str | None, "Why it was not renewed, or why a hold has ended, in words."] = None
    waiting: Annotated[int | None, "The place of a hold in its queue."] = None
    fetch_until: Annotated[date | None, "The last day on which it is kept."] = None
    fine: Annotated[int | None, "What is owed for it, in minor units; write it with the filter money."] = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What was something else before."""

    from_: Annotated[Day | str | None, "What it was."] = None
    to: Annotated[Day | str | None, "What it is now."] = None
    reason: Annotated[str | None, "Why, in words."] = None


@dataclass(frozen=True, slots=True)
class Links:
    """Whole addresses of pages; one that this library does not have is empty."""

    account: Annotated[str | None, "What the reader has, waits for and owes; for a code, where it is used."] = None
    renew: Annotated[str | None, "Where loans are renewed."] = None
    preferences: Annotated[str | None, "Where the reader chooses what to be told."] = None
    unsubscribe: Annotated[str | None, "Where the reader does away with notices of this kind; courtesy alone."] = None
    calendar: Annotated[str | None, "The due dates as a calendar."] = None


@dataclass(frozen=True, slots=True)
class NoticeContext:
    """One notice, ready to be put into words."""

    kind: Annotated[NoticeKind, "What the notice is."]
    reader: Annotated[Reader, "Who is written to."]
    library: Annotated[LibraryFacts, "The library."]
    about: Annotated[About | None, "Whom it is about, unless that is the reader."] = None
    branch: Annotated[BranchFacts | None, "The branch that the notice comes from."] = None
    items: Annotated[tuple[Item, ...], "The copies and titles, in order."] = ()
    stage: Annotated[int | None, "Which reminder this is, from 1."] = None
    stages: Annotated[int | None, "How many reminders there are at most."] = None
    amount: Annotated[int | None, "An amount of money in minor units; write it with the filter money."] = None
    currency: Annotated[str, "The currency of all amounts (ISO 4217)."] = "EUR"
    receipt: Annotated[str | None, "The number of a receipt; of several, all of them."] = None
    credit: Annotated[bool, "Whether what is given back was not handed over: the library owes it to the reader."] = (
        False
    )
    changed: Annotated[Changed | None, "What was something else before."] = None
    links: Annotated[Links, "Addresses of pages."] = field(default_factory=Links)
    code: Annotated[str | None, "The code of an activation or a recovery."] = None


_OF_EVERY_KIND = ("kind", "reader", "library", "currency", "links")
_FILLED: Mapping[NoticeKind, tuple[str, ...]] = {
    NoticeKind.MEMBERSHIP_ENDS: (),
    NoticeKind.RECEIPT: ("branch",),
    NoticeKind.OVERDUE: ("branch", "items", "stage"),
    NoticeKind.DUE_DATE_CHANGED: ("branch", "items", "changed"),
    NoticeKind.LOST: ("branch", "items"),
    NoticeKind.CHARGED: ("amount",),
    NoticeKind.REFUNDED: ("amount",),
    NoticeKind.BLOCKED: ("changed",),
    NoticeKind.ACTIVATION: ("code",),
    NoticeKind.RECOVERY: ("code",),
    NoticeKind.ADDRESS_CHANGED: ("changed",),
    NoticeKind.SIGNED_IN: (),
}
_OF_MOST_KINDS = ("branch", "items")


def filled_in(kind: NoticeKind) -> tuple[str, ...]:
    """Return the variables that are filled in every notice of this kind; the others may be empty."""
    return _OF_EVERY_KIND + _FILLED.get(kind, _OF_MOST_KINDS)


@dataclass(frozen=True, slots=True)
class Variable:
    """What a template may name: a value, or a structure with fields, or a list of such."""

    described: str
    types: tuple[type, ...]
    parts: "Mapping[str, Variable]"
    is_list: bool = False
    has_lines: bool = False


@cache
def variables() -> Mapping[str, Variable]:
    """Return everything that a template may name, by the names that it uses."""
    return _parts_of(NoticeContext)


def schema_of(kind: NoticeKind) -> dict[str, Any]:
    """Return the variables of a kind as a JSON Schema; `required` are those that each notice of it fills."""
    filled = [name for name in variables() if name in filled_in(kind)]
    return {"type": "object", "properties": dict(_properties_of(variables())), "required": filled}


def values_of(context: NoticeContext) -> dict[str, Any]:
    """Return the context as a template sees it. A structure that is not there is false, and its fields are empty."""
    return {name: _seen(getattr(context, one), part) for one, name, part in _named(NoticeContext, variables())}


class Absent(dict[str, Any]):
    """A structure that is not there."""

    def __bool__(self) -> bool:
        return False


def _seen(value: Any, variable: Variable) -> Any:
    if variable.is_list:
        return [_seen(one, Variable(variable.described, variable.types, variable.parts)) for one in value]
    if not variable.parts:
        return _tame(value, has_lines=variable.has_lines) if isinstance(value, str) else value
    if value is None:
        return Absent((name, _seen(None, part)) for name, part in variable.parts.items())
    return {name: _seen(getattr(value, one), part) for one, name, part in _named(type(value), variable.parts)}


def _tame(text: str, *, has_lines: bool) -> str:
    """Return a text that can break no line, table or direction of writing around it."""
    lines = text.splitlines() if has_lines else [text]
    tamed = (" ".join(_UNSEEN.sub(" ", line).split()) for line in map(without_turns, lines))
    return "\n".join(line for line in tamed if line)


def _named(kind: type[Any], parts: Mapping[str, Variable]) -> Iterator[tuple[str, str, Variable]]:
    for one in fields(kind):
        name = one.name.rstrip("_")
        yield one.name, name, parts[name]


def _parts_of(kind: type[Any]) -> dict[str, Variable]:
    hints = get_type_hints(kind, include_extras=True)
    return {one.name.rstrip("_"): _variable(*get_args(hints[one.name])) for one in fields(kind)}


def _variable(hint: Any, described: str, *more: str) -> Variable:
    if get_origin(hint) is tuple:
        (of, _) = get_args(hint)
        return Variable(described, (of,), _parts_of(of), is_list=True)
    kinds = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    known: tuple[type[Any], ...] = tuple(kind for kind in kinds if kind is not type(None))
    parts = _parts_of(known[0]) if is_dataclass(known[0]) else {}
    return Variable(described, known, parts, has_lines=_LINES in more)


_JSON: Mapping[type, Mapping[str, str]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    str: {"type": "string"},
    NoticeKind: {"type": "string"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
}


def _properties_of(parts: Mapping[str, Variable]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, part in parts.items():
        if part.parts:
            of = {"type": "object", "properties": dict(_properties_of(part.parts))}
            yield name, {"description": part.described, **({"type": "array", "items": of} if part.is_list else of)}
        elif len(part.types) == 1:
            yield name, {"description": part.described, **_JSON[part.types[0]]}
        else:
            yield name, {"description": part.described, "anyOf": [dict(_JSON[one]) for one in part.types]}
