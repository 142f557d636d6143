"""Routes that end notices of a kind by the link in a mail, without signing in (RFC 8058).

Scanners open every link in a mail: GET shows a page with a button, and changes nothing.
"""

import json
from collections.abc import Iterable, Mapping
from html import escape
from inspect import getdoc
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from members_service.api.notices.dependencies import Preferences
from members_service.application.notices.preferences.unsubscribe import InvalidUnsubscribeToken, Unsubscribe
from members_service.domain.notices.kinds import NoticeKind
from shared.web.json.strict_json import StrictRoute, line
from shared.web.negotiation import accepts, language_of
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/unsubscribe", route_class=StrictRoute, tags=["notices"])

WORDS: Mapping[str, Mapping[str, str]] = json.loads(
    Path(__file__).with_name("unsubscribe_page.json").read_text(encoding="utf-8")
)
"""What the page says, by language."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_STYLE = (
    "body{font-family:sans-serif;line-height:1.5;max-width:34em;margin:2em auto;padding:0 1em}"
    "button{font:inherit;padding:.5em 1em}"
)
_PAGE: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string"}}}}
_PAGES: dict[str, Any] = {
    "response_class": HTMLResponse,
    "responses": {200: {"description": "A page.", **_PAGE}, **refused_by(Unsubscribe)},
}
_FORM: dict[str, Any] = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object"},
                "examples": {"one click": {"value": {"List-Unsubscribe": "One-Click"}}},
            }
        }
    }
}
_Token = Annotated[str, line(300), Query(description="As it stands in the mail.")]


@router.get("", operation_id="show_unsubscribe_page", summary="Ask whether notices of a kind are to end", **_PAGES)
async def show(token: _Token, request: Request, chosen: Preferences) -> HTMLResponse:
    """Show a page with a button. Nothing changes until it is pressed."""
    words = _words_for(request)
    try:
        kinds = chosen.unsubscribe.look(token)
    except InvalidUnsubscribeToken:
        if not accepts(request.headers.get("accept", ""), "text/html"):
            raise
        return _page(words, f"<p>{escape(words['wrong'])}</p>", status=422)
    form = f'<form method="post"><button>{escape(words["button"])}</button></form>'
    return _page(words, f"<p>{escape(words['question'])}</p>{_named(kinds, words)}{form}")


@router.post(
    "",
    operation_id="unsubscribe_by_link",
    summary="End notices of a kind",
    description=getdoc(Unsubscribe),
    openapi_extra=_FORM,
    **_PAGES,
)
async def end(token: _Token, request: Request, chosen: Preferences) -> HTMLResponse:
    words = _words_for(request)
    kinds = await chosen.unsubscribe(token)
    return _page(words, f"{_named(kinds, words)}<p>{escape(words['done'])}</p>")


def _named(kinds: Iterable[NoticeKind], words: Mapping[str, str]) -> str:
    """Return the kinds that can be declined, as a list."""
    named = [escape(words[kind]) for kind in kinds if kind in words]
    return f"<ul>{''.join(f'<li>{one}</li>' for one in named)}</ul>"


def _words_for(request: Request) -> Mapping[str, str]:
    language = language_of(request.headers.get("accept-language", ""), WORDS.keys(), "en")
    return {"language": language, **WORDS[language]}


def _page(words: Mapping[str, str], main: str, *, status: int = 200) -> HTMLResponse:
    title = escape(words["title"])
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{_STYLE}</style>'
    )
    text = (
        f'<!doctype html>\n<html lang="{words["language"]}" dir="{words["direction"]}"><head>{head}</head>'
        f"<body><main><h1>{title}</h1>{main}</main></body></html>\n"
    )
    headers = {
        "content-security-policy": _POLICY,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",  # the address is the token
        "content-language": words["language"],
        "vary": "Accept-Language",
    }
    return HTMLResponse(text, status, headers)
