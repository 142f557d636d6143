"""What a client may still send, in the words of the IETF's draft on it (draft-ietf-httpapi-ratelimit-headers-11).

Of requests at once each answer tells: how many the caller may have, and how many more there may be now. How many tries
are left to somebody who guesses is told only when there are none: each figure before would be one to guess by.
"""

from functools import cache

from shared.web.edge.cors import Headers

LEFT = "shared.web.left"
"""Where the scope holds the headers about a limit that the route's own gate has looked at."""

_AT_ONCE = "at-once"
_WRITES = "writes"


@cache
def at_once(most: int, left: int) -> Headers:
    """Return the headers for a caller who may have `most` requests at work, and `left` more than are now."""
    policy = f'"{_AT_ONCE}";q={most};qu="concurrent-requests"'
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", f'"{_AT_ONCE}";r={left}'.encode())]


def none_at_once(most: int) -> dict[str, str]:
    """Return the headers of a refusal for that reason."""
    return {name.decode(): value.decode() for name, value in at_once(most, 0)} | used_up(_AT_ONCE, 1)


@cache
def writes(free: int, seconds: int, left: int) -> Headers:
    """Return the headers for a person who may write `free` times in so many seconds, and `left` more times now."""
    policy = f'"{_WRITES}";q={free};w={seconds}'
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", f'"{_WRITES}";r={left}'.encode())]


def no_writes(free: int, seconds: int, *, wait: int) -> dict[str, str]:
    """Return the headers of a refusal for that reason."""
    return {name.decode(): value.decode() for name, value in writes(free, seconds, 0)} | used_up(_WRITES, wait)


def used_up(limit: str, seconds: int) -> dict[str, str]:
    """Return the header that says that nothing is left of a limit, and in how many seconds something is again."""
    return {"ratelimit": f'"{limit}";r=0;t={seconds}'}
