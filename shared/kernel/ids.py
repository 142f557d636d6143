"""UUID version 7 (RFC 9562): ids that sort by the moment they were made, so that new rows lie together in an index."""

import os
import time
from threading import Lock
from uuid import UUID

_lock = Lock()
_last = 0


def new_id() -> UUID:
    """Return a fresh UUIDv7, later than every one this process made before, even within a millisecond.

    The 12 bits behind the milliseconds hold the fraction of the millisecond (RFC 9562, method 3); a tie or a clock
    that steps back is moved on by one.
    """
    global _last  # noqa: PLW0603 - one counter per process is the point
    with _lock:
        nanoseconds = time.time_ns()
        milliseconds, rest = divmod(nanoseconds, 1_000_000)
        stamp = (milliseconds << 12) | (rest * 4096 // 1_000_000)
        _last = stamp = max(stamp, _last + 1)
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return UUID(int=(stamp >> 12) << 80 | 7 << 76 | (stamp & 0xFFF) << 64 | 2 << 62 | random)
