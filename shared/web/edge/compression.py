"""Compression of documents, files, lists and exports for clients that accept gzip.

Answers to sign-ins and to POST are never compressed: where a secret stands beside what the client sent, the length of a
compressed answer would reveal the secret. Nor are those with a strong entity tag, which identifies their exact bytes.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipResponder, IdentityResponder
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

LEAST = 1_000  # bytes; shorter ones fit into a packet anyway
_LEVEL = 5  # nearly as small as with the highest, in half the time
_GZIP = re.compile(r"(?:^|,)\s*+(?:gzip|\*)\s*+(?:;\s*+q\s*+=\s*+([0-9.]+)\s*+)?+(?=,|$)", re.IGNORECASE)
_MOST_READ = 500


def takes_gzip(accepted: str) -> bool:
    """Return whether a client that sends this `Accept-Encoding` accepts gzip."""
    found = _GZIP.search(accepted[:_MOST_READ])
    return found is not None and (found.group(1) or "1").strip("0.") != ""


class Compressed:
    """Wraps a route whose answers may be long; small ones are not compressed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if takes_gzip(Headers(scope=scope).get("accept-encoding", "")):
            await GZipResponder(self._app, LEAST, _LEVEL)(scope, receive, send)
        else:
            await IdentityResponder(self._app, LEAST)(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Packed:
    """Constant bytes that are served repeatedly: compressed once, with their digest as entity tag."""

    content: bytes
    zipped: bytes
    digest: str

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Compress the bytes, if that makes them shorter."""
        zipped = gzip.compress(content, 9, mtime=0)
        return cls(content, min(zipped, content, key=len), hashlib.sha256(content).hexdigest()[:16])

    def answer(self, request: Request, media_type: str, headers: Mapping[str, str]) -> Response:
        """Return the bytes, or 304 if the client has them already."""
        zips = self.zipped is not self.content and takes_gzip(request.headers.get("accept-encoding", ""))
        tag = f'"{self.digest}-gzip"' if zips else f'"{self.digest}"'
        about = {**headers, "etag": tag, "vary": "Accept-Encoding"}
        tags = ",".join(request.headers.getlist("if-none-match"))
        if tag in re.findall(r'"[^"]*"', tags) or tags.strip() == "*":
            return Response(status_code=304, headers=about)
        if zips:
            return Response(self.zipped, headers={**about, "content-encoding": "gzip"}, media_type=media_type)
        return Response(self.content, headers=about, media_type=media_type)
