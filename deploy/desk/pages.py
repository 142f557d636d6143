"""Serves the desk page: its files, and where the three services are."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SITE = Path(__file__).parent / "site"
SERVICES = ("books", "members", "loans")
PREFIXES = {name: f"/{name}" for name in SERVICES}
"""Where the services are behind a gateway."""


def create_app(addresses: Mapping[str, str] = PREFIXES) -> Starlette:
    """Return the application; `addresses` says where a browser finds each service: a path, or a whole URL."""
    services = json.dumps({name: addresses[name] for name in SERVICES}).encode()

    async def found(_: Request) -> Response:
        return Response(services, media_type="application/json")

    async def listed(_: Request) -> Response:
        return Response(json.dumps(_files()), media_type="application/json")

    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[
            Route("/health/live", alive),
            Route("/health/ready", alive),
            Route("/services.json", found),
            Route("/files.json", listed),
            Mount("/", StaticFiles(directory=SITE, html=True)),
        ],
        middleware=[Middleware(GZipMiddleware), Middleware(_Headers, policy=policy(addresses))],
    )


def _files() -> dict[str, object]:
    """Return the files of the page, and a version that is another when one of them is: what a browser keeps of it."""
    found = sorted(file for file in SITE.rglob("*") if file.is_file() and file.name != "sw.js")
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in found)).hexdigest()
    return {"version": digest[:16], "files": ["./", *(file.relative_to(SITE).as_posix() for file in found)]}


def policy(addresses: Mapping[str, str]) -> str:
    """Return the Content-Security-Policy: its own files, and requests to the services, wherever they are."""
    origins = sorted({f"{url.scheme}://{url.netloc}" for url in map(urlsplit, addresses.values()) if url.netloc})
    connect = " ".join(["'self'", *origins])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        f"connect-src {connect}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    )


class _Headers:
    """Adds the headers that a browser needs to each answer. Files are revalidated each time, and mostly reused."""

    def __init__(self, app: ASGIApp, *, policy: str) -> None:
        self._app = app
        self._added = [
            (name.encode(), value.encode())
            for name, value in {
                "content-security-policy": policy,
                "x-content-type-options": "nosniff",
                "referrer-policy": "no-referrer",
                "cross-origin-opener-policy": "same-origin",
                "cache-control": "no-cache",
            }.items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._added]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
