"""OAI-PMH 2.0: how discovery systems harvest the catalogue, what changed and what is gone."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter, Request, Response

from books_service.api.dependencies import Exchange
from books_service.api.exchange.harvest_arguments import FORMS, OaiError, checked_verb, form_of, selection_of
from books_service.application.exchange.harvest_books import HarvestBooks
from books_service.application.exchange.queries import HarvestedBook
from books_service.application.exchange.use_cases import ExchangeUseCases
from books_service.domain.catalogue.book import BookNotFound
from shared.web.addresses import base_of
from shared.web.problems import Problem

router = APIRouter(tags=["exports"])

_NAMESPACE = "oai:library:"
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class _Question:
    """A question with all that its answer needs; `settled` is the moment as of which it is answered."""

    arguments: Mapping[str, str]
    harvest_books: HarvestBooks
    base: str
    settled: datetime


_Rendering = Callable[[HarvestedBook, str], str]
_Answer = Callable[[_Question], Awaitable[str]]


_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/xml": {"schema": {"type": "string"}}}, "description": "As OAI-PMH has it."}
}
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20
_FIELDS = ("verb", "identifier", "metadataPrefix", "from", "until", "set", "resumptionToken")
_REQUEST_SCHEMA = {
    "title": "HarvestRequest",
    "type": "object",
    "description": "The verb and its arguments.",
    "required": ["verb"],
    "properties": {name: {"type": "string"} for name in _FIELDS},
}
_FORM_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {_FORM: {"schema": _REQUEST_SCHEMA, "example": {"verb": "ListRecords", "metadataPrefix": "oai_dc"}}},
    }
}


@router.get(
    "/oai",
    operation_id="harvest_books",
    summary="Harvest the catalogue by OAI-PMH 2.0",
    response_class=Response,
    responses=_RESPONSES,
)
async def harvest(request: Request, exchange: Exchange) -> Response:
    """Verbs: `Identify`, `ListMetadataFormats`, `ListSets`, `GetRecord`, `ListIdentifiers`, `ListRecords`.

    Forms: `oai_dc` and `marc21`. Records that are gone are told as deleted, for ever. Errors are OAI-PMH's own.
    Answers are as of some seconds ago (`responseDate`), before which nothing is changing any more: whoever goes on from
    there, or from the newest `datestamp`, misses nothing.
    """
    return await _answer(request.query_params.multi_items(), request, exchange)


@router.post(
    "/oai",
    operation_id="harvest_books_by_form",
    summary="Harvest the catalogue by OAI-PMH 2.0, asking by a form",
    response_class=Response,
    responses=_RESPONSES,
    openapi_extra=_FORM_BODY,
)
async def harvest_by_form(request: Request, exchange: Exchange) -> Response:
    """Answers as `GET` does. The protocol has both, so that arguments may be of any length."""
    if request.headers.get("content-type", _FORM).partition(";")[0].strip().lower() != _FORM:
        raise Problem(415, "unsupported-media-type", f"Send the arguments as {_FORM}.")
    form = (await request.body()).decode("utf-8", "replace")
    try:
        pairs = parse_qsl(form, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:  # too many of them
        pairs = []
    return await _answer(pairs, request, exchange)


async def _answer(pairs: list[tuple[str, str]], request: Request, exchange: ExchangeUseCases) -> Response:
    arguments = dict(pairs)
    base = f"{base_of(request)}/oai"
    question = _Question(arguments, exchange.harvest_books, base, await exchange.harvest_books.settled())
    try:
        verb = checked_verb(arguments, [name for name, _ in pairs])
        body = await _ANSWERS[verb](question)
        attributes = "".join(f" {name}={quoteattr(_NO_XML.sub('?', value))}" for name, value in arguments.items())
        content = f"<{verb}>\n{body}\n</{verb}>"
    except OaiError as error:
        attributes = "" if error.code in {"badVerb", "badArgument"} else f" verb={quoteattr(arguments['verb'])}"
        content = f'<error code="{error.code}">{escape(error.detail)}</error>'
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ '
        'http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n'
        f"<responseDate>{_datestamp(question.settled)}</responseDate>\n"
        f"<request{attributes}>{escape(base)}</request>\n{content}\n</OAI-PMH>\n",
        media_type="text/xml; charset=utf-8",
    )


async def _identify(question: _Question) -> str:
    base = question.base
    host = re.sub(r"[^A-Za-z0-9.-]", "", base.partition("//")[2].partition("/")[0].partition(":")[0]) or "localhost"
    earliest = await question.harvest_books.books.earliest() or datetime(2000, 1, 1, tzinfo=UTC)
    return (
        f"<repositoryName>Library</repositoryName>\n<baseURL>{escape(base)}</baseURL>\n"
        f"<protocolVersion>2.0</protocolVersion>\n<adminEmail>postmaster@{host}</adminEmail>\n"
        f"<earliestDatestamp>{_datestamp(earliest)}</earliestDatestamp>\n<deletedRecord>persistent</deletedRecord>\n"
        "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"
    )


async def _formats(question: _Question) -> str:
    if "identifier" in question.arguments:
        await _one(question.arguments["identifier"], question.harvest_books)
    return "\n".join(
        f"<metadataFormat><metadataPrefix>{prefix}</metadataPrefix><schema>{schema}</schema>"
        f"<metadataNamespace>{namespace}</metadataNamespace></metadataFormat>"
        for prefix, (schema, namespace) in FORMS.items()
    )


async def _sets(_: _Question) -> str:
    raise OaiError("noSetHierarchy", "This catalogue has no sets.")


async def _get(question: _Question) -> str:
    prefix = form_of(question.arguments["metadataPrefix"])
    return _record(await _one(question.arguments["identifier"], question.harvest_books), prefix, question.harvest_books)


async def _identifiers(question: _Question) -> str:
    return await _list(question, lambda book, _: _header(book))


async def _records(question: _Question) -> str:
    return await _list(question, lambda book, prefix: _record(book, prefix, question.harvest_books))


async def _list(question: _Question, render: _Rendering) -> str:
    selection = selection_of(question.arguments)
    page = await question.harvest_books(
        since=selection.since, before=selection.before, after=selection.after, settled=question.settled
    )
    if not page.books and selection.after is None:
        raise OaiError("noRecordsMatch", "Nothing changed in that time.")
    lines = [render(book, selection.prefix) for book in page.books]
    if page.next is not None:
        lines.append(f"<resumptionToken>{selection.token(page.next)}</resumptionToken>")
    elif selection.after is not None:
        lines.append("<resumptionToken/>")
    return "\n".join(lines)


async def _one(identifier: str, harvest_books: HarvestBooks) -> HarvestedBook:
    try:
        return await harvest_books.one(UUID(identifier.partition(_NAMESPACE)[2]))
    except (ValueError, BookNotFound):
        raise OaiError("idDoesNotExist", "The catalogue never had such a book.") from None


def _header(book: HarvestedBook) -> str:
    status = ' status="deleted"' if book.book is None else ""
    return (
        f"<header{status}><identifier>{_NAMESPACE}{book.book_id}</identifier>"
        f"<datestamp>{_datestamp(book.changed_at)}</datestamp></header>"
    )


def _record(book: HarvestedBook, prefix: str, harvest_books: HarvestBooks) -> str:
    if book.book is None:
        return f"<record>{_header(book)}</record>"
    return f"<record>{_header(book)}<metadata>\n{harvest_books.shapes[prefix](book.book)}\n</metadata></record>"


def _datestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_ANSWERS: dict[str, _Answer] = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "GetRecord": _get,
    "ListIdentifiers": _identifiers,
    "ListRecords": _records,
}
