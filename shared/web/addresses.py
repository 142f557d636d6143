"""Absolute addresses of this service for its clients, built only on a trusted host.

A trusted proxy may say by which host it was called (`X-Forwarded-Host`); otherwise `Host` counts, if the operator has
listed the service's names. An address on any other host would lead clients, and those who share a cache with them, to
wherever the sender of one request chose.
"""

from urllib.parse import quote

from starlette.requests import Request

from shared.trusted import AllowedHosts
from shared.web.edge.proxies import FORWARDED_HOST

_SAFE_IN_PATH = "/!$&'()*+,;=:@-._~"


def address_of(request: Request, query: str = "") -> str:
    """Return the address of the request with another query: absolute, or a path without a trusted host.

    Clients resolve a path against the address of their request (RFC 3986, 4.2).
    """
    path = quote(request.scope["path"], safe=_SAFE_IN_PATH)
    return f"{_origin(request)}{path}?{query}" if query else f"{_origin(request)}{path}"


def base_of(request: Request) -> str:
    """Return the absolute address of the whole service, for protocols in which each answer has to name it.

    Without a trusted host it has the host of the request itself, which only misleads the client that sent it.
    """
    origin = _origin(request)
    return f"{origin}{request.scope.get('root_path', '')}" if origin else str(request.base_url).rstrip("/")


def _origin(request: Request) -> str:
    ours: AllowedHosts = request.app.state.hosts
    forwarded: bytes | None = request.scope.get(FORWARDED_HOST)
    own_host = request.headers.get("host", "").encode("latin-1")
    for host in (forwarded, own_host if ours else None):
        if host and AllowedHosts.is_host(host) and ours.admit(host):
            return f"{request.scope['scheme']}://{host.decode('ascii').lower()}"
    return ""
