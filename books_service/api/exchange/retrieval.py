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
_PARAMETERS = {
    "explain": {"operation", "version", "recordPacking", "stylesheet"},
    "searchRetrieve": {
        *("operation", "version", "query", "startRecord", "maximumRecords", "recordPacking", "recordSchema"),
        *("resultSetTTL", "stylesheet", "sortKeys", "recordXPath"),
    },
}
"""The parameters of each operation; extensions, which begin with x-, are ignored."""
_NOT_ANSWERED = {"sortKeys": 80, "recordXPath": 72, "stylesheet": 110}
_Diagnostic = tuple[int, str, str]


class _Refused(Exception):
    """A request that cannot be answered: a number of SRU's list, a sentence, and the offending part."""

    def __init__(self, number: int, sentence: str, details: str = "") -> None:
        super().__init__(sentence)
        self.diagnostic: _Diagnostic = (number, sentence, details)


@dataclass(frozen=True, slots=True)
class _SearchRequest:
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
            "description": description,
            "schema": {"type": "string"},
            "example": example,
        }
        for name, example, description in (
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
    requested = parameters.get("version", VERSION)
    version = requested if requested in _VERSIONS else VERSION
    try:
        _check(operation, requested, parameters)
        if operation == "explain":
            return _explain(request, version)
        return await _search(_parse_search(parameters), exchange.retrieve_records, version)
    except _Refused as refused:
        if operation == "searchRetrieve":
            return _response(
                operation,
                version,
                f"<numberOfRecords>0</numberOfRecords>\n{_diagnostics([refused.diagnostic])}",
            )
        if operation == "scan":  # SRU has this operation, so its refusal has the form of its answer
            return _response(operation, version, _diagnostics([refused.diagnostic]))
        return _explain(request, version, [refused.diagnostic])


def _check(operation: str, version: str, parameters: Mapping[str, str]) -> None:
    if operation not in _PARAMETERS:
        raise _Refused(4, "The catalogue answers explain and searchRetrieve.", operation)
    if version not in _VERSIONS:
        raise _Refused(5, "The catalogue speaks SRU 1.1 and 1.2.", VERSION)
    for name in parameters:
        if name not in _PARAMETERS[operation] and not name.startswith("x-"):
            raise _Refused(8, "The operation has no such parameter.", name)
        if name in _NOT_ANSWERED and parameters[name]:
            raise _Refused(_NOT_ANSWERED[name], "The catalogue cannot do this.", name)


def _parse_search(parameters: Mapping[str, str]) -> _SearchRequest:
    query = parameters.get("query", "").strip()
    if not query:
        raise _Refused(7, "A search needs a query.", "query")
    schema = parameters.get("recordSchema", "marcxml")
    schemas = {name: name for name in SCHEMAS} | {identifier: name for name, (identifier, _) in SCHEMAS.items()}
    if schema not in schemas:
        raise _Refused(66, f"Records are had as {', '.join(SCHEMAS)}.", schema)
    packing = parameters.get("recordPacking", "xml")
    if packing not in {"xml", "string"}:
        raise _Refused(71, "Records are packed as xml or string.", packing)
    first = _number(parameters, "startRecord", 1)
    if not 1 <= first <= MOST_FOUND:
        raise _Refused(61, f"Records are counted from 1 to {MOST_FOUND}.", str(first))
    limit = min(_number(parameters, "maximumRecords", DEFAULT_RECORDS), MOST_AT_ONCE)
    return _SearchRequest(query, first, limit, schemas[schema], packing == "string")


def _number(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, str(default))
    if not _NUMBER.fullmatch(text):
        raise _Refused(6, "This parameter is a number.", name)
    return int(text)


async def _search(request: _SearchRequest, retrieve_records: RetrieveRecords, version: str) -> Response:
    try:
        found = await retrieve_records(request.query, skipped=request.first - 1, limit=request.limit)
    except QueryRefused as refusal:
        raise _Refused(refusal.diagnostic, str(refusal), refusal.details) from None
    if found.total and request.first > found.total:
        raise _Refused(61, "There are fewer records.", str(found.total))
    return _response("searchRetrieve", version, "\n".join(_found(found, request, retrieve_records, version)))


def _found(found: RecordsFound, request: _SearchRequest, retrieve_records: RetrieveRecords, version: str) -> list[str]:
    parts = [f"<numberOfRecords>{found.total}</numberOfRecords>"]
    if found.books:
        shape = retrieve_records.shapes[request.schema]
        parts.append("<records>")
        for position, book in enumerate(found.books, start=request.first):
            parts.append(_record(shape(book), request, version, position, book.book_id))
        parts.append("</records>")
    following = request.first + len(found.books)
    if found.books and following <= found.total:
        parts.append(f"<nextRecordPosition>{following}</nextRecordPosition>")
    if not found.complete:
        parts.append(
            f"<extraResponseData>{_diagnostic(*_PARTIAL)}</extraResponseData>"
        )  # clients stop at a diagnostic that stands alone
    return parts


def _record(content: str, request: _SearchRequest, version: str, position: int, book_id: UUID | None) -> str:
    packing = "string" if request.as_text else "xml"
    identifier = f"<recordIdentifier>{book_id}</recordIdentifier>" if version == VERSION else ""  # 1.1 has none
    return (
        f"<record><recordSchema>{SCHEMAS[request.schema][0]}</recordSchema><recordPacking>{packing}</recordPacking>"
        f"<recordData>{escape(content) if request.as_text else content}</recordData>"
        f"{identifier}<recordPosition>{position}</recordPosition></record>"
    )


def _explain(request: Request, version: str, diagnostics: Sequence[_Diagnostic] = ()) -> Response:
    address = f"{base_of(request)}/sru"
    record = explanation(_NO_XML.sub("", address), INDEXES, most_records=MOST_AT_ONCE)
    reported = _diagnostics(diagnostics) if diagnostics else ""
    return _response(
        "explain",
        version,
        "<record><recordSchema>http://explain.z3950.org/dtd/2.0/</recordSchema><recordPacking>xml</recordPacking>"
        f"<recordData>{record}</recordData></record>{reported}",
    )


def _response(operation: str, version: str, content: str) -> Response:
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{operation}Response xmlns="{_SRW}">\n<version>{version}</version>\n'
        f"{content}\n</{operation}Response>\n",
        media_type="text/xml; charset=utf-8",
    )


def _diagnostics(diagnostics: Sequence[_Diagnostic]) -> str:
    return f"<diagnostics>{''.join(_diagnostic(*one) for one in diagnostics)}</diagnostics>"


def _diagnostic(number: int, sentence: str, details: str) -> str:
    meant = f"<details>{_clean(details)}</details>" if details else ""
    return (
        f'<diagnostic xmlns="{_DIAGNOSTIC}"><uri>info:srw/diagnostic/1/{number}</uri>'
        f"{meant}<message>{_clean(sentence)}</message></diagnostic>"
    )


def _clean(text: str) -> str:
    return escape(_NO_XML.sub("?", text[:200]))
