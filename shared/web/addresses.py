"""Addresses of this service as its clients know them: built only on a host that somebody vouches for.

A proxy that is trusted may say by which host it was called (`X-Forwarded-Host`); else `Host` counts where the operator
listed the names that are ours. An address on any other host would lead clients, and whoever shares a cache with them,
wherever the sender of one request liked.
"""

from urllib.parse import quote

from starlette.requests import Request

from shared.trusted import AllowedHosts
from shared.web.edge.proxies import FORWARDED_HOST

_SAFE_IN_PATH = "/!$&'()*+,;=:@-._~"


def address_of(request: Request, query: str = "") -> str:
    """Return the address of what was asked for, with another query: absolute, or a path where no host is vouched for.

    A path is an address, too (RFC 3986, 4.2): clients complete it by the address that they asked.
    """
    path = quote(request.scope["path"], safe=_SAFE_IN_PATH)
    return f"{_origin(request)}{path}?{query}" if query else f"{_origin(request)}{path}"


def base_of(request: Request) -> str:
    """Return the absolute address of the whole service, for protocols in which each answer has to name it.

    Where no host is vouched for it is the one that was asked: then the answer is for nobody else.
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
