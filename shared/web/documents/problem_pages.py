"""A page for each code of a problem, to which its `type` leads, from the docstring of the refusal."""

import asyncio
import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from inspect import getdoc
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.kernel.errors import LibraryError
from shared.web.documents.http_problems import OF_HTTP
from shared.web.plain_route import PlainRoute
from shared.web.problems import MEDIA_TYPE, PAGES, status_of, title_of

_STYLE = (
    ":root{color-scheme:light dark;font:1rem/1.6 system-ui,sans-serif}"
    "body{max-width:42rem;margin:2rem auto;padding:0 1rem}"
    "code{overflow-wrap:anywhere}dt{font-weight:600}dd{margin:0 0 .6rem}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "cache-control": "public, max-age=3600",
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
    ),
}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""

Document = Mapping[str, Any]


@dataclass(slots=True)
class ProblemExplanation:
    """The content of the page of a code: its texts, statuses, example sentence and figures."""

    texts: list[str] = field(default_factory=list[str])
    statuses: set[int] = field(default_factory=set[int])
    sentence: str | None = None
    figures: list[str] = field(default_factory=list[str])

    def add(self, text: str, status: int, sentence: str | None = None, figures: Iterable[str] = ()) -> None:
        """Add one refusal; several may have the same code."""
        if text not in self.texts:
            self.texts.append(text)
        self.statuses.add(status)
        self.sentence = self.sentence or sentence
        self.figures += [name for name in figures if name not in self.figures]


def problem_pages(document: Callable[[], Document], packages: tuple[str, ...]) -> list[PlainRoute]:
    """Return the routes of the pages: one for each code, and a list of all of them.

    The codes are those of the refusals in `packages`, and those of HTTP itself; `document` returns the OpenAPI document
    of the service, which has the operations that answer each.
    """
    pages: dict[str, bytes] = {}

    async def page(code: str) -> Response:
        if not pages:
            pages.update(await asyncio.to_thread(lambda: dict(_pages(explained(packages), document()))))
        if code not in pages:
            raise HTTPException(404)
        return Response(pages[code], headers=_HEADERS, media_type="text/html")

    async def show(request: Request) -> Response:
        return await page(request.path_params["code"])

    async def show_all(_: Request) -> Response:
        return await page("")

    return [PlainRoute(PAGES, show_all), PlainRoute(f"{PAGES}/{{code}}", show)]


def explained(packages: tuple[str, ...]) -> dict[str, ProblemExplanation]:
    """Return the explanations by code: of the refusals that these packages define, and of HTTP's problems."""
    found: dict[str, ProblemExplanation] = {}
    for code, (status, text) in OF_HTTP.items():
        found.setdefault(code, ProblemExplanation()).add(text, status)
    for kind in _kinds(LibraryError):
        if kind.__module__.startswith(packages):
            sentence, figures = _example(kind)
            own = getdoc(kind) if kind.__dict__.get("__doc__") else None
            about = found.setdefault(kind.code, ProblemExplanation())
            about.add(own or sentence or title_of(kind.code), status_of(kind), sentence, figures)
    return found


def _kinds(kind: type[LibraryError]) -> Iterator[type[LibraryError]]:
    for below in sorted(kind.__subclasses__(), key=lambda each: (each.__module__, each.__qualname__)):
        yield below
        yield from _kinds(below)


def _example(kind: type[LibraryError]) -> tuple[str | None, list[str]]:
    if kind.example is None:
        return getattr(kind, "detail", None), []
    refusal = kind(**kind.example)
    return refusal.detail, [*refusal.figures]


def _pages(found: Mapping[str, ProblemExplanation], document: Document) -> Iterator[tuple[str, bytes]]:
    places = _places(document)
    for code, about in found.items():
        yield code, _written(title_of(code), "\n".join(_content(code, about, places.get(code, []))))
    links = "\n".join(f'<li><a href="./problems/{code}"><code>{code}</code></a></li>' for code in sorted(found))
    yield "", _written(f"Problems of {document['info']['title']}", f"<ul>\n{links}\n</ul>")


def _places(document: Document) -> dict[str, list[str]]:
    """Return for each code the operations that may answer it."""
    places: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for answer in operation["responses"].values():
                for code in answer.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {}):
                    places.setdefault(code, []).append(f"{method.upper()} {path}")
    return places


def _content(code: str, about: ProblemExplanation, places: list[str]) -> Iterator[str]:
    for text in about.texts:
        for paragraph in re.split(r"\n\s*\n", text):
            yield f"<p>{escape(paragraph)}</p>"
    yield "<dl>"
    yield f"<dt>Code</dt><dd><code>{escape(code)}</code></dd>"
    yield f"<dt>Status</dt><dd>{', '.join(map(str, sorted(about.statuses)))}</dd>"
    if about.sentence is not None:
        yield f"<dt>For example</dt><dd>{escape(about.sentence)}</dd>"
    if about.figures:
        yield f"<dt>Its figures</dt><dd>{', '.join(f'<code>{escape(name)}</code>' for name in about.figures)}</dd>"
    yield "</dl>"
    if places:
        yield "<h2>Where it is answered</h2>"
        yield "<ul>"
        yield from (f"<li><code>{escape(place)}</code></li>" for place in places)
        yield "</ul>"
    yield '<p><a href="../problems">All problems</a> · <a href="../docs">The service and its operations</a></p>'


def _written(title: str, content: str) -> bytes:
    return _PAGE.format(title=escape(title), style=_STYLE, content=content).encode()
