"""The requests of OAI-PMH 2.0: verbs and their arguments, parsed as the protocol has it."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from books_service.application.exchange.queries import HarvestPlace

_SECOND = timedelta(seconds=1)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
FORMS = {
    "oai_dc": ("http://www.openarchives.org/OAI/2.0/oai_dc.xsd", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
    "marc21": ("http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd", "http://www.loc.gov/MARC21/slim"),
}
_ARGUMENTS: dict[str, tuple[set[str], set[str]]] = {
    "Identify": (set(), set()),
    "ListMetadataFormats": (set(), {"identifier"}),
    "ListSets": (set(), {"resumptionToken"}),
    "GetRecord": ({"identifier", "metadataPrefix"}, set()),
    "ListIdentifiers": ({"metadataPrefix"}, {"from", "until", "set", "resumptionToken"}),
    "ListRecords": ({"metadataPrefix"}, {"from", "until", "set", "resumptionToken"}),
}
"""The required and the optional arguments of each verb; a resumption token stands alone."""


class OaiError(Exception):
    """An error of the protocol, with its code."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Selection:
    """Which part of a list is requested, in which form."""

    prefix: str
    since: datetime | None
    before: datetime | None
    after: HarvestPlace | None

    def token(self, after: HarvestPlace) -> str:
        """Return the resumption token for the part behind a place."""
        since, before = (moment and moment.isoformat() for moment in (self.since, self.before))
        parts = [self.prefix, since, before, after[0].isoformat(), str(after[1])]
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, token: str) -> "Selection":
        """Parse a token. Raises OaiError."""
        try:
            padded = token + "=" * (-len(token) % 4)
            prefix, since, before, at, book_id = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
            FORMS[prefix]
            moments = [None if text is None else _aware(datetime.fromisoformat(text)) for text in (since, before)]
            return cls(prefix, moments[0], moments[1], (_aware(datetime.fromisoformat(at)), UUID(book_id)))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            raise OaiError("badResumptionToken", "This is no resumption token of this catalogue.") from None


def checked_verb(arguments: Mapping[str, str], names: list[str]) -> str:
    """Return the verb if all arguments are what it takes. Raises OaiError."""
    verb = arguments.get("verb", "")
    if verb not in _ARGUMENTS or names.count("verb") > 1:
        raise OaiError("badVerb", f"The verb is one of these: {', '.join(_ARGUMENTS)}.")
    needed, optional = _ARGUMENTS[verb]
    present = set(names) - {"verb"}
    if "resumptionToken" in present and "resumptionToken" in optional:
        needed, optional = {"resumptionToken"}, set()
    if len(names) > len(set(names)) or not needed <= present <= needed | optional:
        raise OaiError("badArgument", f"{verb} takes {', '.join(sorted(needed | optional)) or 'nothing'}, each once.")
    return verb


def selection_of(arguments: Mapping[str, str]) -> Selection:
    """Return which part of a list is requested. Raises OaiError."""
    if "resumptionToken" in arguments:
        return Selection.parse(arguments["resumptionToken"])
    if "set" in arguments:
        raise OaiError("noSetHierarchy", "This catalogue has no sets.")
    prefix = form_of(arguments["metadataPrefix"])
    kinds = {bool(_DATE.fullmatch(arguments[name])) for name in ("from", "until") if name in arguments}
    since, until = (_moment(arguments.get(name)) for name in ("from", "until"))
    if len(kinds) > 1 or (since is not None and until is not None and since > until):
        raise OaiError("badArgument", "from and until have one granularity, and from is not later than until.")
    step = timedelta(days=1) if kinds == {True} else _SECOND
    return Selection(prefix, since, None if until is None else until + step, None)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        if _DATE.fullmatch(text) or _MOMENT.fullmatch(text):
            moment = _aware(datetime.fromisoformat(text))
            if 1400 <= moment.year < 9000:
                return moment
    except ValueError:
        pass
    raise OaiError("badArgument", "A moment is written as 2026-03-01 or 2026-03-01T09:30:00Z.")


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def form_of(prefix: str) -> str:
    """Return the form of that name. Raises OaiError."""
    if prefix not in FORMS:
        raise OaiError("cannotDisseminateFormat", f"The forms are {', '.join(FORMS)}.")
    return prefix
