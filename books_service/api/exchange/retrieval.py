"""SRU 1.2: how other catalogues and discovery systems search this one and take its records."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request, Response

from books_service.api.dependencies import Exchange
from books_service.api.exchange.sru_explain import DEFAULT_RECORDS, SCHEMAS, VERSION, explanation
from books_service.application.exchange.retrieve_records import (
    MOST_AT_ONCE,
    MOST_FOUND,
    RecordsFound,
    RetrieveRecords,
)
from books_service.domain.search.cql import INDEXES, QueryRefused
from shared.web.addresses import base_of

router = APIRouter(tags=["exports"])

_SRW = "http://www.loc.gov/zing/srw/"
_DIAGNOSTIC = "http://www.loc.gov/zing/srw/diagnostic/"
_VERSIONS = ("1.1", VERSION)
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_PARTIAL = (59, f"Only the first {MOST_FOUND} of what is found are counted and shown.", "")
_KNOWN = {
    "explain": {"operation", "version", "recordPacking", "stylesheet"},
    "searchRetrieve": {
        *("operation", "version", "query", "startRecord", "maximumRecords", "recordPacking", "recordSchema"),
        *("resultSetTTL", "stylesheet", "sortKeys", "recordXPath"),
    },
}
"""The parameters of each operation; those that begin with x- are of others, and are passed over."""
_NOT_ANSWERED = {"sortKeys": 80, "recordXPath": 72, "stylesheet": 110}
_Diagnostic = tuple[int, str, str]


class _Refused(Exception):
    """What is asked cannot be answered: a number of SRU's list, a sentence, and what of the request is meant."""

    def __init__(self, diagnostic: int, sentence: str, details: str = "") -> None:
        super().__init__(sentence)
        self.told: _Diagnostic = (diagnostic, sentence, details)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a searchRetrieve asks for; `first` counts from 1."""

    query: str
    first: int
    limit: int
    schema: str
    as_text: bool


_OPENAPI: dict[str, Any] = {
    "parameters": [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": told,
            "schema": {"type": "string"},
            "example": example,
        }
        for name, example, told in (
            ("operation", "searchRetrieve", "explain or searchRetrieve; without it the latter where there is a query."),
            ("version", VERSION, "1.1 or 1.2."),
            ("query", 'dc.title = "middlemarch" and dc.date >= 1870', "What is looked for, in CQL."),
            ("startRecord", "1", f"The place of the first record in what is found, {MOST_FOUND} at most."),
            ("maximumRecords", "10", f"How many records, {MOST_AT_ONCE} at most."),
            ("recordSchema", "marcxml", "marcxml or dc, by the short name or the identifier that explain tells."),
            ("recordPacking", "xml", "xml, or string for escaped XML."),
        )
    ]
}


@router.get(
    "/sru",
    operation_id="retrieve_records",
    summary="Search the catalogue by SRU 1.2",
    response_class=Response,
    responses={200: {"content": {"text/xml": {"schema": {"type": "string"}}}, "description": "As SRU has it."}},
    openapi_extra=_OPENAPI,
)
async def retrieve(request: Request, exchange: Exchange) -> Response:
    """Operations: `explain`, `searchRetrieve` with a query in CQL: clauses with `and`, `or` and brackets.

    Records in `marcxml`, with their copies, or `dc`, by title. What cannot be answered is told as a diagnostic of SRU.
    """
    parameters = dict(request.query_params.multi_items())
    operation = parameters.get("operation", "searchRetrieve" if "query" in parameters else "explain")
    version = parameters.get("version", VERSION)
    shown = version if version in _VERSIONS else VERSION
    try:
        _check(operation, version, parameters)
        if operation == "explain":
            return _explain(request, shown)
        return await _search(_wanted(parameters), exchange.retrieve_records, shown)
    except _Refused as refused:
        if operation == "searchRetrieve":
            return _response(operation, shown, f"<numberOfRecords>0</numberOfRecords>\n{_diagnostics([refused.told])}")
        if operation == "scan":  # an operation of SRU, which is answered in its own form also where it is not done
            return _response(operation, shown, _diagnostics([refused.told]))
        return _explain(request, shown, [refused.told])


def _check(operation: str, version: str, parameters: Mapping[str, str]) -> None:
    if operation not in _KNOWN:
        raise _Refused(4, "The catalogue answers explain and searchRetrieve.", operation)
    if version not in _VERSIONS:
        raise _Refused(5, "The catalogue speaks SRU 1.1 and 1.2.", VERSION)
    for name in parameters:
        if name not in _KNOWN[operation] and not name.startswith("x-"):
            raise _Refused(8, "The operation has no such parameter.", name)
        if name in _NOT_ANSWERED and parameters[name]:
            raise _Refused(_NOT_ANSWERED[name], "The catalogue cannot do this.", name)


def _wanted(parameters: Mapping[str, str]) -> _Wanted:
    query = parameters.get("query", "").strip()
    if not query:
        raise _Refused(7, "A search needs a query.", "query")
    schema = parameters.get("recordSchema", "marcxml")
    known = {name: name for name in SCHEMAS} | {identifier: name for name, (identifier, _) in SCHEMAS.items()}
    if schema not in known:
        raise _Refused(66, f"Records are had as {', '.join(SCHEMAS)}.", schema)
    packing = parameters.get("recordPacking", "xml")
    if packing not in {"xml", "string"}:
        raise _Refused(71, "Records are packed as xml or string.", packing)
    first = _number(parameters, "startRecord", 1)
    if not 1 <= first <= MOST_FOUND:
        raise _Refused(61, f"Records are counted from 1 to {MOST_FOUND}.", str(first))
    limit = min(_number(parameters, "maximumRecords", DEFAULT_RECORDS), MOST_AT_ONCE)
    return _Wanted(query, first, limit, known[schema], packing == "string")


def _number(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, str(default))
    if not _NUMBER.fullmatch(text):
        raise _Refused(6, "This parameter is a number.", name)
    return int(text)


async def _search(wanted: _Wanted, retrieve_records: RetrieveRecords, version: str) -> Response:
    try:
        found = await retrieve_records(wanted.query, skipped=wanted.first - 1, limit=wanted.limit)
    except QueryRefused as refusal:
        raise _Refused(refusal.diagnostic, str(refusal), refusal.details) from None
    if found.total and wanted.first > found.total:
        raise _Refused(61, "There are fewer records.", str(found.total))
    return _response("searchRetrieve", version, "\n".join(_found(found, wanted, retrieve_records, version)))


def _found(found: RecordsFound, wanted: _Wanted, retrieve_records: RetrieveRecords, version: str) -> list[str]:
    parts = [f"<numberOfRecords>{found.total}</numberOfRecords>"]
    if found.books:
        shape = retrieve_records.shapes[wanted.schema]
        parts.append("<records>")
        for position, book in enumerate(found.books, start=wanted.first):
            parts.append(_record(shape(book), wanted, version, position, book.book_id))
        parts.append("</records>")
    following = wanted.first + len(found.books)
    if found.books and following <= found.total:
        parts.append(f"<nextRecordPosition>{following}</nextRecordPosition>")
    if not found.complete:
        parts.append(
            f"<extraResponseData>{_diagnostic(*_PARTIAL)}</extraResponseData>"
        )  # beside diagnostics, clients stop
    return parts


def _record(content: str, wanted: _Wanted, version: str, position: int, book_id: UUID | None) -> str:
    packing = "string" if wanted.as_text else "xml"
    identifier = f"<recordIdentifier>{book_id}</recordIdentifier>" if version == VERSION else ""  # 1.1 has none
    return (
        f"<record><recordSchema>{SCHEMAS[wanted.schema][0]}</recordSchema><recordPacking>{packing}</recordPacking>"
        f"<recordData>{escape(content) if wanted.as_text else content}</recordData>"
        f"{identifier}<recordPosition>{position}</recordPosition></record>"
    )


def _explain(request: Request, version: str, told: Sequence[_Diagnostic] = ()) -> Response:
    address = f"{base_of(request)}/sru"
    record = explanation(_NO_XML.sub("", address), INDEXES, most_records=MOST_AT_ONCE)
    diagnostics = _diagnostics(told) if told else ""
    return _response(
        "explain",
        version,
        "<record><recordSchema>http://explain.z3950.org/dtd/2.0/</recordSchema><recordPacking>xml</recordPacking>"
        f"<recordData>{record}</recordData></record>{diagnostics}",
    )


def _response(operation: str, version: str, content: str) -> Response:
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{operation}Response xmlns="{_SRW}">\n<version>{version}</version>\n'
        f"{content}\n</{operation}Response>\n",
        media_type="text/xml; charset=utf-8",
    )


def _diagnostics(told: Sequence[_Diagnostic]) -> str:
    return f"<diagnostics>{''.join(_diagnostic(*one) for one in told)}</diagnostics>"


def _diagnostic(number: int, sentence: str, details: str) -> str:
    meant = f"<details>{_clean(details)}</details>" if details else ""
    return (
        f'<diagnostic xmlns="{_DIAGNOSTIC}"><uri>info:srw/diagnostic/1/{number}</uri>'
        f"{meant}<message>{_clean(sentence)}</message></diagnostic>"
    )


def _clean(text: str) -> str:
    return escape(_NO_XML.sub("?", text[:200]))
