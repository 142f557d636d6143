"""CORS: an allow-list of origins, no credentials, and a fixed set of methods and headers."""

from collections.abc import Iterable

_METHODS = b"GET, POST, PUT, PATCH, DELETE"
_TAKEN = (
    b"Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-ID, X-Requested-With, "
    b"traceparent, tracestate"
)
_EXPOSED = (
    b"ETag, Location, Link, Retry-After, Idempotency-Replayed, X-Request-ID, WWW-Authenticate, Allow, Accept-Patch, "
    b"RateLimit, RateLimit-Policy, Deprecation, Sunset"
)

Headers = list[tuple[bytes, bytes]]


class CrossOrigin:
    """The CORS headers of answers. False when no origin is allowed, and then answers have none."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origin.rstrip("/").encode() for origin in origins)

    def __bool__(self) -> bool:
        return bool(self._origins)

    def is_preflight(self, method: str, origin: bytes | None, *, asks: bool) -> bool:
        """Return whether the request is a preflight of an allowed origin."""
        return method == "OPTIONS" and asks and origin in self._origins

    def preflight(self) -> Headers:
        """Return the headers that allow the request; that of the origin is added as to every answer."""
        return [
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", _TAKEN),
            (b"access-control-max-age", b"600"),
        ]

    def headers(self, origin: bytes | None) -> Headers:
        """Return the headers that let a page from `origin` read the answer."""
        vary = (b"vary", b"Origin")
        if origin is None or origin not in self._origins:
            return [vary]
        return [vary, (b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED)]
