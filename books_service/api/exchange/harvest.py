"""OAI-PMH 2.0: how discovery systems harvest the catalogue, what changed and what is gone."""

import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter, Request, Response

from books_service.api.dependencies import Exchange
from books_service.application.catalogue.readings import OF_ONE_BOOK
from books_service.application.exchange.harvest_books import HarvestBooks, HarvestedBook, HarvestPlace
from books_service.application.exchange.use_cases import ExchangeUseCases
from shared.web.problems import Problem

router = APIRouter(tags=["exports"])

_NAMESPACE = "oai:library:"
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SECOND = timedelta(seconds=1)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_FORMS = {
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
"""What each verb needs, and what it may be given; a resumption token stands alone."""


_Rendering = Callable[[HarvestedBook, str], str]
_Answer = Callable[[Mapping[str, str], HarvestBooks, str], Awaitable[str]]


class _OaiError(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which part of a list is asked for, in which form."""

    prefix: str
    since: datetime | None
    before: datetime | None
    after: HarvestPlace | None

    def token(self, after: HarvestPlace) -> str:
        since, before = (moment and moment.isoformat() for moment in (self.since, self.before))
        told = [self.prefix, since, before, after[0].isoformat(), str(after[1])]
        return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, token: str) -> "_Wanted":
        try:
            padded = token + "=" * (-len(token) % 4)
            prefix, since, before, at, book_id = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
            _FORMS[prefix]
            moments = [None if text is None else _aware(datetime.fromisoformat(text)) for text in (since, before)]
            return cls(prefix, moments[0], moments[1], (_aware(datetime.fromisoformat(at)), UUID(book_id)))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            raise _OaiError("badResumptionToken", "This is no resumption token of this catalogue.") from None


_TOLD: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/xml": {"schema": {"type": "string"}}}, "description": "As OAI-PMH has it."}
}
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20
_FIELDS = ("verb", "identifier", "metadataPrefix", "from", "until", "set", "resumptionToken")
_ASKED = {
    "title": "HarvestRequest",
    "type": "object",
    "description": "The verb and its arguments.",
    "required": ["verb"],
    "properties": {name: {"type": "string"} for name in _FIELDS},
}
_A_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {_FORM: {"schema": _ASKED, "example": {"verb": "ListRecords", "metadataPrefix": "oai_dc"}}},
    }
}


@router.get(
    "/oai",
    operation_id="harvest_books",
    summary="Harvest the catalogue by OAI-PMH 2.0",
    response_class=Response,
    responses=_TOLD,
)
async def harvest(request: Request, exchange: Exchange) -> Response:
    """Verbs: `Identify`, `ListMetadataFormats`, `ListSets`, `GetRecord`, `ListIdentifiers`, `ListRecords`.

    Forms: `oai_dc` and `marc21`. Records that are gone are told as deleted, for ever. Errors are OAI-PMH's own.
    """
    return await _answer(request.query_params.multi_items(), request, exchange)


@router.post(
    "/oai",
    operation_id="harvest_books_by_form",
    summary="Harvest the catalogue by OAI-PMH 2.0, asking by a form",
    response_class=Response,
    responses=_TOLD,
    openapi_extra=_A_FORM,
)
async def harvest_by_form(request: Request, exchange: Exchange) -> Response:
    """Answers as `GET` does. The protocol has both, so that arguments may be of any length."""
    if request.headers.get("content-type", _FORM).partition(";")[0].strip().lower() != _FORM:
        raise Problem(415, "unsupported-media-type", f"Send the arguments as {_FORM}.")
    form = (await request.body()).decode("utf-8", "replace")
    try:
        given = parse_qsl(form, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:  # too many of them
        given = []
    return await _answer(given, request, exchange)


async def _answer(given: list[tuple[str, str]], request: Request, exchange: ExchangeUseCases) -> Response:
    arguments = dict(given)
    base = f"{str(request.base_url).rstrip('/')}/oai"
    try:
        verb = _checked(arguments, [name for name, _ in given])
        body = await _ANSWERS[verb](arguments, exchange.harvest_books, base)
        attributes = "".join(f" {name}={quoteattr(_NO_XML.sub('?', value))}" for name, value in arguments.items())
        content = f"<{verb}>\n{body}\n</{verb}>"
    except _OaiError as error:
        attributes = "" if error.code in {"badVerb", "badArgument"} else f" verb={quoteattr(arguments['verb'])}"
        content = f'<error code="{error.code}">{escape(error.detail)}</error>'
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ '
        'http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n'
        f"<responseDate>{_shown(exchange.clock.now())}</responseDate>\n"
        f"<request{attributes}>{escape(base)}</request>\n{content}\n</OAI-PMH>\n",
        media_type="text/xml; charset=utf-8",
    )


def _checked(arguments: Mapping[str, str], names: list[str]) -> str:
    """Return the verb if all arguments are what it takes."""
    verb = arguments.get("verb", "")
    if verb not in _ARGUMENTS or names.count("verb") > 1:
        raise _OaiError("badVerb", f"The verb is one of these: {', '.join(_ARGUMENTS)}.")
    needed, optional = _ARGUMENTS[verb]
    told = set(names) - {"verb"}
    if "resumptionToken" in told and "resumptionToken" in optional:
        needed, optional = {"resumptionToken"}, set()
    if len(names) > len(set(names)) or not needed <= told <= needed | optional:
        raise _OaiError("badArgument", f"{verb} takes {', '.join(sorted(needed | optional)) or 'nothing'}, each once.")
    return verb


async def _identify(arguments: Mapping[str, str], harvest_books: HarvestBooks, base: str) -> str:  # noqa: ARG001 - all verbs alike
    host = re.sub(r"[^A-Za-z0-9.-]", "", base.partition("//")[2].partition("/")[0].partition(":")[0]) or "localhost"
    earliest = await harvest_books.books.earliest() or datetime(2000, 1, 1, tzinfo=UTC)
    return (
        f"<repositoryName>Library</repositoryName>\n<baseURL>{escape(base)}</baseURL>\n"
        f"<protocolVersion>2.0</protocolVersion>\n<adminEmail>postmaster@{host}</adminEmail>\n"
        f"<earliestDatestamp>{_shown(earliest)}</earliestDatestamp>\n<deletedRecord>persistent</deletedRecord>\n"
        "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"
    )


async def _formats(arguments: Mapping[str, str], harvest_books: HarvestBooks, base: str) -> str:  # noqa: ARG001 - all verbs alike
    if "identifier" in arguments:
        await _one(arguments["identifier"], harvest_books)
    return "\n".join(
        f"<metadataFormat><metadataPrefix>{prefix}</metadataPrefix><schema>{schema}</schema>"
        f"<metadataNamespace>{namespace}</metadataNamespace></metadataFormat>"
        for prefix, (schema, namespace) in _FORMS.items()
    )


async def _sets(arguments: Mapping[str, str], harvest_books: HarvestBooks, base: str) -> str:  # noqa: ARG001 - all verbs alike
    raise _OaiError("noSetHierarchy", "This catalogue has no sets.")


async def _get(arguments: Mapping[str, str], harvest_books: HarvestBooks, base: str) -> str:  # noqa: ARG001 - all verbs alike
    prefix = _form(arguments["metadataPrefix"])
    return _record(await _one(arguments["identifier"], harvest_books), prefix, harvest_books)


async def _identifiers(arguments: Mapping[str, str], harvest_books: HarvestBooks, base: str) -> str:  # noqa: ARG001 - all verbs alike
    return await _list(arguments, harvest_books, lambda book, _: _header(book))


async def _records(arguments: Mapping[str, str], harvest_books: HarvestBooks, base: str) -> str:  # noqa: ARG001 - all verbs alike
    return await _list(arguments, harvest_books, lambda book, prefix: _record(book, prefix, harvest_books))


async def _list(arguments: Mapping[str, str], harvest_books: HarvestBooks, shown: _Rendering) -> str:
    wanted = _wanted(arguments)
    page = await harvest_books(since=wanted.since, before=wanted.before, after=wanted.after)
    if not page.books:
        raise _OaiError("noRecordsMatch", "Nothing changed in that time.")
    lines = [shown(book, wanted.prefix) for book in page.books]
    if page.next is not None:
        lines.append(f"<resumptionToken>{wanted.token(page.next)}</resumptionToken>")
    elif wanted.after is not None:
        lines.append("<resumptionToken/>")
    return "\n".join(lines)


def _wanted(arguments: Mapping[str, str]) -> _Wanted:
    if "resumptionToken" in arguments:
        return _Wanted.read(arguments["resumptionToken"])
    if "set" in arguments:
        raise _OaiError("noSetHierarchy", "This catalogue has no sets.")
    prefix = _form(arguments["metadataPrefix"])
    kinds = {bool(_DATE.fullmatch(arguments[name])) for name in ("from", "until") if name in arguments}
    since, until = (_moment(arguments.get(name)) for name in ("from", "until"))
    if len(kinds) > 1 or (since is not None and until is not None and since > until):
        raise _OaiError("badArgument", "from and until have one granularity, and from is not later than until.")
    step = timedelta(days=1) if kinds == {True} else _SECOND
    return _Wanted(prefix, since, None if until is None else until + step, None)


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
    raise _OaiError("badArgument", "A moment is written as 2026-03-01 or 2026-03-01T09:30:00Z.")


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _form(prefix: str) -> str:
    if prefix not in _FORMS:
        raise _OaiError("cannotDisseminateFormat", f"The forms are {', '.join(_FORMS)}.")
    return prefix


async def _one(identifier: str, harvest_books: HarvestBooks) -> HarvestedBook:
    try:
        return await harvest_books.one(UUID(identifier.partition(_NAMESPACE)[2]))
    except (ValueError, *OF_ONE_BOOK):
        raise _OaiError("idDoesNotExist", "The catalogue never had such a book.") from None


def _header(book: HarvestedBook) -> str:
    status = ' status="deleted"' if book.book is None else ""
    return (
        f"<header{status}><identifier>{_NAMESPACE}{book.book_id}</identifier>"
        f"<datestamp>{_shown(book.changed_at)}</datestamp></header>"
    )


def _record(book: HarvestedBook, prefix: str, harvest_books: HarvestBooks) -> str:
    if book.book is None:
        return f"<record>{_header(book)}</record>"
    return f"<record>{_header(book)}<metadata>\n{harvest_books.shapes[prefix](book.book)}\n</metadata></record>"


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_ANSWERS: dict[str, _Answer] = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "GetRecord": _get,
    "ListIdentifiers": _identifiers,
    "ListRecords": _records,
}
