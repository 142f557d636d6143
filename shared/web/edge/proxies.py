"""The layer before all others: who really calls, and by which scheme, where requests come through proxies.

uvicorn has one, too. It reads the last of several headers only, takes any word for an address, and believes 127.0.0.1
unasked; so it is switched off.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.trusted import TrustedProxies

_SCHEMES = {b"http": "http", b"https": "https"}


class BehindProxies:
    """Tells the layers after it what the trusted proxies say of the request; nobody else's word is read."""

    def __init__(self, app: ASGIApp, proxies: TrustedProxies) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._tell(scope)
        await self._app(scope, receive, send)

    def _tell(self, scope: Scope) -> None:
        peer = scope["client"][0] if scope.get("client") else None
        caller = self._proxies.caller(peer, _values(scope, b"x-forwarded-for"))
        if caller.address is not None and caller.address != peer:
            scope["client"] = (caller.address, 0)
        told = [part.strip().lower() for value in _values(scope, b"x-forwarded-proto") for part in value.split(b",")]
        if caller.proxies and told:  # most proxies leave one word there, some append theirs as they do with addresses
            forwarded = told[-caller.proxies] if caller.proxies <= len(told) else told[0]
            scope["scheme"] = _SCHEMES.get(forwarded, scope["scheme"])


def _values(scope: Scope, wanted: bytes) -> list[bytes]:
    return [value for name, value in scope["headers"] if name == wanted]
