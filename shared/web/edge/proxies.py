"""The first layer: the address, scheme and host of the original request, if it came through trusted proxies.

uvicorn's own reads only the last of several headers, takes any word for an address, and trusts 127.0.0.1 by default; so
it is switched off.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.trusted import TrustedProxies

FORWARDED_HOST = "shared.web.forwarded_host"
"""The key of the scope for the host by which a trusted proxy was called, if it is known."""

_SCHEMES = {b"http": "http", b"https": "https"}


class BehindProxies:
    """Puts what trusted proxies report of the request into its scope; reports of others are ignored."""

    def __init__(self, app: ASGIApp, proxies: TrustedProxies) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._rewrite(scope)
        await self._app(scope, receive, send)

    def _rewrite(self, scope: Scope) -> None:
        peer = scope["client"][0] if scope.get("client") else None
        caller = self._proxies.caller(peer, _values(scope, b"x-forwarded-for"))
        if caller.address is not None and caller.address != peer:
            scope["client"] = (caller.address, 0)
        if caller.proxies:
            scheme = _forwarded(scope, b"x-forwarded-proto", caller.proxies)
            scope["scheme"] = _SCHEMES.get(scheme.lower() if scheme else b"", scope["scheme"])
            scope[FORWARDED_HOST] = _forwarded(scope, b"x-forwarded-host", caller.proxies)


def _forwarded(scope: Scope, header: bytes, proxies: int) -> bytes | None:
    """Return the value of the outermost trusted proxy. Most set one value, some append as they do with addresses."""
    values = [part.strip() for value in _values(scope, header) for part in value.split(b",")]
    return (values[-proxies] if proxies <= len(values) else values[0]) if values else None


def _values(scope: Scope, header: bytes) -> list[bytes]:
    return [value for name, value in scope["headers"] if name == header]
