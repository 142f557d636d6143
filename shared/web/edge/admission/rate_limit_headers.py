"""What a client may still send, in headers of draft-ietf-httpapi-ratelimit-headers-11.

Every answer says how many requests its caller may have in flight, and how many more than now. How many guesses of a
secret are left is said only when none are: an earlier count would help whoever guesses.
"""

from functools import cache

from shared.web.edge.cors import Headers

SCOPE_KEY = "shared.web.rate_limit"
"""Where the ASGI scope holds the headers of a limit that the gate of the route has checked."""

_CONCURRENCY = "at-once"
_WRITES = "writes"


@cache
def concurrency(limit: int, left: int) -> Headers:
    """Return the headers for a caller who may have `limit` requests in flight, `left` more than now."""
    policy = f'"{_CONCURRENCY}";q={limit};qu="concurrent-requests"'
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", f'"{_CONCURRENCY}";r={left}'.encode())]


def no_concurrency_left(limit: int) -> dict[str, str]:
    """Return the headers of a request that is refused because `limit` are in flight."""
    return _as_text(concurrency(limit, 0)) | exhausted(_CONCURRENCY, 1)


@cache
def writes(limit: int, seconds: int, left: int) -> Headers:
    """Return the headers for a person who may write `limit` times in `seconds`, and `left` more times now."""
    policy = f'"{_WRITES}";q={limit};w={seconds}'
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", f'"{_WRITES}";r={left}'.encode())]


def no_writes_left(limit: int, seconds: int, *, wait: int) -> dict[str, str]:
    """Return the headers of a write that is refused, and may be repeated in `wait` seconds."""
    return _as_text(writes(limit, seconds, 0)) | exhausted(_WRITES, wait)


def exhausted(limit: str, seconds: int) -> dict[str, str]:
    """Return the header of the limit of this name when nothing is left of it for `seconds`."""
    return {"ratelimit": f'"{limit}";r=0;t={seconds}'}


def _as_text(headers: Headers) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in headers}
