"""The page at `/docs`: Swagger UI from files of our own, under a policy that lets nothing else run.

All addresses are relative to the page, so that it works under any prefix of a gateway.
"""

import hashlib
import re
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.web.edge.compression import Packed
from shared.web.plain_route import PlainRoute

_ASSETS = Path(__file__).parent / "assets"
_OWN = Path(__file__).parent / "page"
_KEEP = {"cache-control": "public, max-age=31536000, immutable"}  # other content has another address
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".png": "image/png"}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="./docs/assets/swagger-ui.css">
<link rel="stylesheet" href="./docs/page.css">
<link rel="icon" type="image/png" href="./docs/assets/favicon-32x32.png">
</head>
<body>
<header id="sign-in" hidden>
<p>Signed in as <strong id="who"></strong></p>
<button type="button" id="sign-out">Sign out</button>
</header>
<p id="ended" role="status" hidden>Your sign-in has ended. Sign in again with Authorize.</p>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript. The same in plain JSON: <a href="./openapi.json">openapi.json</a>.</noscript>
<script src="./docs/assets/swagger-ui-bundle.js"></script>
<script src="./docs/start.js"></script>
</body>
</html>
"""
_SIGNED_IN = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Signed in</title></head>
<body><script src="./assets/oauth2-redirect.js"></script></body>
</html>
"""


def docs_routes(*, title: str, issuer_url: str) -> list[PlainRoute]:
    """Return the routes of the page, its files, and the page to which a sign-in returns."""
    policy = {"content-security-policy": _policy(issuer_url)}
    page = _at_their_addresses(_PAGE.format(title=escape(title)))
    signed_in_page = _at_their_addresses(_SIGNED_IN)

    async def docs(_: Request) -> Response:
        return Response(page, headers=policy, media_type="text/html")

    async def own(request: Request) -> Response:
        name = request.url.path.rpartition("/")[2]
        return Response(_own_files()[name], media_type=_TYPES[Path(name).suffix])

    async def signed_in(_: Request) -> Response:
        return Response(signed_in_page, headers=policy, media_type="text/html")

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        content = _assets().get(name)
        if content is None:
            raise HTTPException(404)
        return content.answer(request, _TYPES[Path(name).suffix], _KEEP)

    async def home(_: Request) -> Response:
        return RedirectResponse("/docs")

    return [
        PlainRoute("/", home),
        PlainRoute("/docs", docs),
        PlainRoute("/docs/", home),
        PlainRoute("/docs/start.js", own),
        PlainRoute("/docs/page.css", own),
        PlainRoute("/docs/oauth2-redirect", signed_in),
        PlainRoute("/docs/assets/{name}", asset),
    ]


@cache
def _assets() -> dict[str, Packed]:
    """Return the files by their published names, which hold a digest of their content."""
    return {asset_name(path.name): Packed.of(path.read_bytes()) for path in _ASSETS.iterdir() if path.suffix in _TYPES}


@cache
def asset_name(name: str) -> str:
    """Return the published name of a file of the page, which holds a digest of its content."""
    path = _ASSETS / name
    return f"{path.stem}.{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}{path.suffix}"


def _at_their_addresses(page: str) -> bytes:
    """Return the page with its files at addresses that may be cached."""
    return re.sub(r"(?<=assets/)[\w.-]+", lambda found: asset_name(found[0]), page).encode()


@cache
def _own_files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in _OWN.iterdir()}


def _policy(issuer_url: str) -> str:
    """Return a policy that lets the page's own files run, call this service and get tokens, and nothing else."""
    where = urlsplit(issuer_url)
    elsewhere = f" {where.scheme}://{where.netloc}" if where.netloc else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"font-src 'self'; connect-src 'self'{elsewhere}; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
