"""Limits on the size and form of a request, checked on its head before anything else reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from starlette.types import Message, Receive, Scope

from shared.web.edge.admission.concurrency import ConcurrencyLimits
from shared.web.problems import Problem

_DISCARDED = 2**20
_MOST_LENGTH_DIGITS = 15
_MOST_TIMEOUT_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a request may be, how long it may take, and how many are worked on at once in this process.

    Sizes are in bytes, times in seconds. `bodies` has other lengths of body for the addresses that are its keys, and
    for those below them; in an address, a `*` stands for anything. A body longer than `body` is read while its request
    is in flight; such requests have slots of their own, `in_flight_large`. Shorter ones are read before, at most
    `body_reads` at once, and `body_reads_per_address` from one network address.

    A request may take `timeout` unless its caller says how long it waits, which counts up to `longest_timeout`. One
    whose caller waits less than `least_timeout` is not begun.
    """

    body: int = 64 * 1024
    bodies: Mapping[str, int] = field(default_factory=dict)
    target: int = 8_000
    headers: int = 16 * 1024
    header_count: int = 100
    in_flight: ConcurrencyLimits = field(default_factory=ConcurrencyLimits)
    in_flight_large: ConcurrencyLimits = field(
        default_factory=lambda: ConcurrencyLimits(
            total=8, reserved_for_services=0, anonymous=4, per_address=2, per_account=4, queue_per_account=0
        )
    )
    body_reads: int = 256
    body_reads_per_address: int = 32
    timeout: float = 3.0
    longest_timeout: float = 5.0
    least_timeout: float = 0.05

    def body_at(self, path: str) -> int:
        """Return how long a body at `path` may be."""
        for beginning, most in self.bodies.items():
            head, star, tail = beginning.partition("*")
            if path.startswith(head) and (path.endswith(tail) if star else path[len(head) :][:1] in ("", "/")):
                return most
        return self.body

    def timeout_for(self, milliseconds: str | None) -> float:
        """Return how long a request may take whose caller says that it waits `milliseconds`."""
        if milliseconds is None or len(milliseconds) > _MOST_TIMEOUT_DIGITS or not milliseconds.isdecimal():
            return self.timeout
        return min(int(milliseconds) / 1000, max(self.timeout, self.longest_timeout))


@dataclass(slots=True)
class RequestHead:
    """What the edge needs of the headers of a request, gathered in one pass over them."""

    hosts: int = 0
    host: bytes = b""
    size: int = 0
    length: int = 0
    chunked: bool = False
    authorization: bytes | None = None
    authorizations: int = 0
    encoded: bool = False
    asks_for_method: bool = False
    request_id: str | None = None
    traceparent: str | None = None
    timeout: str | None = None
    origin: bytes | None = None
    languages: bytes | None = None


def read_head(headers: Iterable[tuple[bytes, bytes]]) -> RequestHead:  # noqa: C901 - one comparison for each header
    """Read the headers."""
    head = RequestHead()
    for name, value in headers:
        head.size += len(name) + len(value) + 4
        if name == b"host":
            head.hosts += 1
            head.host = value
        elif name == b"authorization":
            head.authorization = value if head.authorization is None else head.authorization
            head.authorizations += 1
        elif name == b"content-length":
            head.length = _length(value)
        elif name == b"transfer-encoding":
            head.chunked = True
        elif name == b"x-request-id":
            head.request_id = value.decode("latin-1")
        elif name == b"traceparent":
            head.traceparent = value.decode("latin-1")
        elif name == b"origin":
            head.origin = value
        elif name == b"x-request-timeout-ms":
            head.timeout = value.decode("ascii", "replace")
        elif name == b"content-encoding":
            head.encoded = value.strip().lower() not in (b"", b"identity")
        elif name == b"accept-language":
            head.languages = value if head.languages is None else head.languages + b"," + value
        elif name == b"access-control-request-method":
            head.asks_for_method = True
    return head


def _length(value: bytes) -> int:
    digits = value.strip()
    return int(digits) if digits.isdigit() and len(digits) <= _MOST_LENGTH_DIGITS else 10**_MOST_LENGTH_DIGITS


def refusal_of(scope: Scope, head: RequestHead, limits: Limits, path: str) -> Problem | None:
    """Return why the request at `path` is refused, or None when its head is within the limits."""
    raw: bytes = scope.get("raw_path") or b""
    query: bytes = scope["query_string"]
    if len(raw) + len(query) > limits.target:
        return Problem(414, "target-too-long", f"An address may have {limits.target} bytes.")
    if head.size > limits.headers or len(scope["headers"]) > limits.header_count:
        detail = (
            f"The headers may have {limits.headers} bytes together, and there may be {limits.header_count} of them."
        )
        return Problem(431, "headers-too-large", detail)
    if head.hosts != 1 and not (head.hosts == 0 and scope["http_version"] == "1.0"):  # which knows no Host
        return Problem(400, "host-required", "Send exactly one Host header.")
    if not _is_text(raw) or not _is_text(query):
        return Problem(422, "invalid-target", "The address holds bytes that are not text.")
    if head.encoded:
        return Problem(415, "unsupported-media-type", "Send the body as it is, without a Content-Encoding.")
    if head.length > limits.body_at(path):
        return too_large(limits.body_at(path))
    return None


def _is_text(encoded: bytes) -> bool:
    if b"%" not in encoded and encoded.isascii() and b"\0" not in encoded:
        return True
    decoded = unquote_to_bytes(encoded)
    try:
        decoded.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in decoded


class MeasuredBody:
    """Counts a body as it arrives, since a chunked one does not announce its length.

    `is_disconnected` says that the client has left.
    """

    __slots__ = ("_left", "_most", "_receive", "is_disconnected")

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._left = most
        self.is_disconnected = False

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise too_large(self._most)
        else:
            self.is_disconnected = True
        return message


def too_large(most: int) -> Problem:
    """Return the refusal of a body of more than `most` bytes."""
    return Problem(413, "too-large", f"A body may have {most} bytes here.")


async def discard(receive: Receive) -> None:
    """Read on for a while: a client that is still sending would see a broken connection instead of the answer."""
    left = _DISCARDED
    while left > 0:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return
        left -= len(message.get("body", b""))
