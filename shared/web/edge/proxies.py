"""The layer before all others: who really calls, by which scheme and host, where requests come through proxies.

uvicorn has one, too. It reads the last of several headers only, takes any word for an address, and believes 127.0.0.1
unasked; so it is switched off.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.trusted import TrustedProxies

FORWARDED_HOST = "shared.web.forwarded_host"
"""Where the scope holds the host by which a trusted proxy was called, if it says so."""

_SCHEMES = {b"http": "http", b"https": "https"}


class BehindProxies:
    """Tells the layers after it what the trusted proxies say of the request; nobody else's word is read."""

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
    """Return what the outermost trusted proxy says. Most leave one word, some append as they do with addresses."""
    values = [part.strip() for value in _values(scope, header) for part in value.split(b",")]
    return (values[-proxies] if proxies <= len(values) else values[0]) if values else None


def _values(scope: Scope, header: bytes) -> list[bytes]:
    return [value for name, value in scope["headers"] if name == header]
