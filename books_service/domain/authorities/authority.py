"""An authority: a person, a body or a subject, known under one heading."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit
from uuid import UUID

from books_service.domain.authorities.heading import heading, heading_key
from books_service.domain.text import line
from shared.kernel.errors import Conflict, InvalidValue, NotFound, refuse_if_any

LONGEST_URI = 500
MOST_FORMS, MOST_URIS = 500, 50


class AuthorityKind(StrEnum):
    """What the heading names. Persons and bodies make books, and books are about all three."""

    PERSON = "person"
    BODY = "body"
    SUBJECT = "subject"


class AuthorityNotFound(NotFound):
    code = "authority-not-found"
    detail = "There is no authority with this id."


class AuthorityMerged(AuthorityNotFound):
    """The authority was the same as another one, `into`."""

    code = "authority-merged"
    example: ClassVar[Mapping[str, Any] | None] = {"into": UUID("01890a5d-ac96-774b-bcce-b302099a8058")}

    def __init__(self, *, into: UUID) -> None:
        super().__init__(
            "This authority was merged into another, whose heading its books bear. See `into`.", into=str(into)
        )


class HeadingTaken(Conflict):
    """Another authority of this kind has this heading."""

    code = "heading-taken"
    example: ClassVar[Mapping[str, Any] | None] = {"authority_id": UUID("01890a5d-ac96-774b-bcce-b302099a8058")}

    def __init__(self, *, authority_id: UUID | None = None) -> None:
        super().__init__(
            "Another authority of this kind has this heading. Use that one, or merge the two; for another of the same "
            "name add dates or what it is.",
            **({} if authority_id is None else {"authority_id": str(authority_id)}),
        )


class MergedWithItself(Conflict):
    code = "authority-merged-with-itself"
    detail = "An authority cannot be merged into itself. Name the other one in `into`."


class KindsDiffer(Conflict):
    """A book says who made it and what it is about; a merger must not mix these up."""

    code = "authority-kinds-differ"
    detail = "Only authorities of one kind are merged. Correct the kind of one of them first."


class InvalidKind(InvalidValue):
    code = "invalid-authority-kind"
    detail = f"An authority is one of these: {', '.join(AuthorityKind)}."
    field = "kind"


class InvalidUri(InvalidValue):
    """Nothing on the web is called that."""

    code = "invalid-uri"
    detail = f"A URI is an address of the web of {LONGEST_URI} characters at most: https://d-nb.info/gnd/118629662."
    field = "uris"


class TooManyForms(InvalidValue):
    code = "too-many-forms"

    def __init__(self, field: str, limit: int) -> None:
        super().__init__(f"An authority has {limit} {field} at most.", field=field, limit=limit)


@dataclass(frozen=True, slots=True)
class AuthorityRecord:
    """What is said of an authority. Build it with `of` or `repaired`.

    `see_from` are other forms of the heading, from which one is led to it; `uris` name the same thing on the web.
    """

    kind: AuthorityKind
    heading: str
    see_from: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()

    @classmethod
    def of(cls, **raw: Any) -> Self:
        """Build a record from unchecked fields. Raises every InvalidValue there is, together."""
        clean, wrong = _read(raw)
        refuse_if_any(wrong)
        return cls(**clean)

    @classmethod
    def repaired(cls, raw: Mapping[str, Any]) -> tuple[Self, tuple[InvalidValue, ...]]:
        """Build a record from a file; return it with why single forms and URIs were left out.

        Raises InvalidValue without a usable kind or heading.
        """
        clean, wrong = _read({name: raw.get(name, "") for name in ("kind", "heading")})
        refuse_if_any(wrong)
        for name in ("see_from", "uris"):
            for one in raw.get(name, ()):
                some, errors = _read({name: (one,)})
                clean[name] = (*clean.get(name, ()), *some.get(name, ()))
                wrong += errors
        lists, errors = _read({name: clean[name] for name in ("see_from", "uris") if name in clean})
        refuse_if_any(errors)
        return cls(**clean | lists), tuple(wrong)

    @property
    def key(self) -> str:
        """The same for every way to write the heading."""
        return heading_key(self.heading)

    @property
    def form_keys(self) -> frozenset[str]:
        """The same of all its forms, the heading included."""
        return frozenset(map(heading_key, (self.heading, *self.see_from)))

    @property
    def uri_keys(self) -> frozenset[str]:
        """The same for http and https."""
        return frozenset(map(uri_key, self.uris))

    @property
    def fuller(self) -> "AuthorityRecord | None":
        """This record under a form that says more than the heading, such as dates; None: it has no such form."""
        forms = (form for form in self.see_from if heading_key(form).startswith(f"{self.key} "))
        form = next(forms, None)
        if form is None:
            return None
        return replace(self, heading=form, see_from=tuple(one for one in self.see_from if one != form))

    def is_elsewhere_another(self, other: "AuthorityRecord") -> bool:
        """Whether one who names both on the web names them apart."""
        places = [{key.split("/")[2] for key in record.uri_keys} for record in (self, other)]
        return bool(places[0] & places[1]) and not self.uri_keys & other.uri_keys

    def leads_like(self, other: "AuthorityRecord") -> bool:
        """Whether both lead books to the same heading from the same forms."""
        return (self.kind, self.heading, self.see_from) == (other.kind, other.heading, other.see_from)

    def with_changes(self, raw: Mapping[str, Any]) -> Self:
        """Return this record with the given fields instead of its own; None empties a list.

        A heading that is replaced leads to the new one from now on, unless `raw` names the other forms itself. Raises
        every InvalidValue there is, together.
        """
        clean, wrong = _read({name: () if value is None else value for name, value in raw.items()})
        refuse_if_any(wrong)
        changed = replace(self, **clean)
        if "see_from" in raw:
            return changed
        others = tuple(form for form in self.see_from if heading_key(form) != changed.key)
        return replace(changed, see_from=others).led_to_from(self.heading)

    def led_to_from(self, *forms: str) -> Self:
        """Return this record with other forms beside those it has. Raises TooManyForms."""
        known = set(self.form_keys)
        new = dict.fromkeys(form for form in forms if heading_key(form) not in known)
        return self if not new else replace(self, see_from=_some("see_from", MOST_FORMS, (*self.see_from, *new)))

    def absorbing(self, other: "AuthorityRecord") -> Self:
        """Return this record with all forms and URIs of another one. Raises TooManyForms."""
        mine = self.led_to_from(other.heading, *other.see_from)
        new = [uri for uri in other.uris if uri_key(uri) not in self.uri_keys]
        return replace(mine, uris=_some("uris", MOST_URIS, (*self.uris, *new)))


@dataclass(frozen=True, slots=True)
class AuthorityChanged:
    """What was done to an authority; `before` None: it was added. `into`: it was merged into that one."""

    authority: "Authority"
    before: AuthorityRecord | None
    at: datetime
    by: str | None = None
    into: UUID | None = None


class Authority:
    """It changes through its methods alone; `version` counts the changes. `by` is the account or service that acts."""

    def __init__(self, *, id: UUID, record: AuthorityRecord, now: datetime, by: str | None = None) -> None:
        self.id = id
        self.added_at = now
        self.version = 1
        self._events = [AuthorityChanged(self, None, now, by)]
        self._describe(record)

    def revise(self, record: AuthorityRecord, *, now: datetime, by: str | None = None) -> bool:
        """Replace the record. Returns whether anything changed."""
        if record == self.record:
            return False
        self._events.append(AuthorityChanged(self, self.record, now, by))
        self._describe(record)
        self.version += 1
        return True

    def merge_into(self, other: "Authority", *, now: datetime, by: str | None = None) -> None:
        """Leave because `other` is the same, and hand on what leads here.

        Raises MergedWithItself, KindsDiffer or TooManyForms.
        """
        if other.id == self.id:
            raise MergedWithItself
        if other.record.kind is not self.record.kind:
            raise KindsDiffer
        other.revise(other.record.absorbing(self.record), now=now, by=by)
        self._events.append(AuthorityChanged(self, self.record, now, by, other.id))

    def take_events(self) -> list[AuthorityChanged]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _describe(self, record: AuthorityRecord) -> None:
        self.record = record
        self.heading_key = record.key


def uri_key(uri: str) -> str:
    """Return what is the same for http and https, and with a slash at the end."""
    return uri.partition(":")[2].rstrip("/")


def _uri(text: str) -> str:
    """Raises InvalidUri."""
    try:
        clean = line(text, field="uris", limit=LONGEST_URI)
        parts = urlsplit(clean)
    except (InvalidValue, ValueError):
        raise InvalidUri from None
    if parts.scheme not in {"http", "https"} or not parts.netloc or " " in clean:
        raise InvalidUri
    return clean


def _kind(text: str) -> AuthorityKind:
    try:
        return AuthorityKind(text)
    except ValueError:
        raise InvalidKind from None


def _some(field: str, limit: int, values: Iterable[str], reader: Callable[[str], str] = str) -> tuple[str, ...]:
    """Return the clean values in their order, each once."""
    clean = tuple(dict.fromkeys(map(reader, values)))
    if len(clean) > limit:
        raise TooManyForms(field, limit)
    return clean


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "kind": _kind,
    "heading": partial(heading, field="heading"),
    "see_from": partial(_some, "see_from", MOST_FORMS, reader=partial(heading, field="see_from")),
    "uris": partial(_some, "uris", MOST_URIS, reader=_uri),
}
AUTHORITY_FIELDS = tuple(each.name for each in fields(AuthorityRecord))


def _read(raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[InvalidValue]]:
    clean: dict[str, Any] = {}
    wrong: list[InvalidValue] = []
    for name, value in raw.items():
        try:
            clean[name] = _READERS[name](value)
        except InvalidValue as error:
            wrong.append(error)
    return clean, wrong
