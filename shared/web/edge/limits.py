"""What a request may weigh and look like, before anybody reads what it says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from starlette.types import Message, Receive, Scope

from shared.web.problems import Problem

_DISCARDED = 2**20
_MOST_LENGTH_DIGITS = 15
_MOST_TIMEOUT_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Shares:
    """How many requests may be at work at once, and how many of them who may have.

    `for_services` are kept for the library's own services. Callers without a valid token have at most `anonymous`
    together, and `of_address` from one network address. Whoever has one gets `of_account` for the account or client,
    and `queue_of_account` more may wait for those.

    That is for a crowd of a moment. Where one stays, more at once do not get more done, but each later: then callers
    get places only while fewer than `busy` requests are at work, apart from those that wait for somebody else, and
    `busy_queue` of an account may wait for its own.
    """

    all: int = 64
    for_services: int = 8
    anonymous: int = 32
    of_address: int = 8
    of_account: int = 16
    queue_of_account: int = 48
    busy: int = 18
    busy_queue: int = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may weigh, and how many may be at work at once in this process. Sizes in bytes, times in seconds.

    `bodies` allows other lengths of body at the addresses that are its keys, and at those below them. A body that is
    longer than `body` is read while its request is at work, so that such requests have places of their own:
    `in_flight_large`. Shorter ones are read before: at most `waiting` requests wait for theirs at once,
    `waiting_of_address` from one network address.

    `timeout` is how long a request may work when its caller does not say, `longest_timeout` the most that a caller
    gets, `least_timeout` what it takes to begin at all.
    """

    body: int = 64 * 1024
    bodies: Mapping[str, int] = field(default_factory=dict)
    target: int = 8_000
    headers: int = 16 * 1024
    header_count: int = 100
    in_flight: Shares = field(default_factory=Shares)
    in_flight_large: Shares = field(
        default_factory=lambda: Shares(8, 0, anonymous=4, of_address=2, of_account=4, queue_of_account=0)
    )
    waiting: int = 256
    waiting_of_address: int = 32
    timeout: float = 3.0
    longest_timeout: float = 5.0
    least_timeout: float = 0.05

    def body_at(self, path: str) -> int:
        """Return how long a body may be at `path`."""
        for beginning, most in self.bodies.items():
            if path.startswith(beginning) and path[len(beginning) :][:1] in ("", "/"):
                return most
        return self.body

    def timeout_for(self, milliseconds: str | None) -> float:
        """Return how long a request may work whose caller says that it waits so many milliseconds."""
        if milliseconds is None or len(milliseconds) > _MOST_TIMEOUT_DIGITS or not milliseconds.isdecimal():
            return self.timeout
        return min(int(milliseconds) / 1000, max(self.timeout, self.longest_timeout))


@dataclass(slots=True)
class Facts:
    """What the headers of one request say that matters before it is let in; gathered in one pass over them."""

    hosts: int = 0
    host: bytes = b""
    size: int = 0
    length: int = 0
    chunked: bool = False
    authorization: bytes | None = None
    authorizations: int = 0
    encoded: bool = False
    wants_method: bool = False
    request_id: str | None = None
    traceparent: str | None = None
    timeout: str | None = None
    origin: bytes | None = None
    languages: bytes | None = None


def facts_of(headers: Iterable[tuple[bytes, bytes]]) -> Facts:  # noqa: C901 - one comparison for each header
    """Gather the facts."""
    facts = Facts()
    for name, value in headers:
        facts.size += len(name) + len(value) + 4
        if name == b"host":
            facts.hosts += 1
            facts.host = value
        elif name == b"authorization":
            facts.authorization = value if facts.authorization is None else facts.authorization
            facts.authorizations += 1
        elif name == b"content-length":
            facts.length = _length(value)
        elif name == b"transfer-encoding":
            facts.chunked = True
        elif name == b"x-request-id":
            facts.request_id = value.decode("latin-1")
        elif name == b"traceparent":
            facts.traceparent = value.decode("latin-1")
        elif name == b"origin":
            facts.origin = value
        elif name == b"x-request-timeout-ms":
            facts.timeout = value.decode("ascii", "replace")
        elif name == b"content-encoding":
            facts.encoded = value.strip().lower() not in (b"", b"identity")
        elif name == b"accept-language":
            facts.languages = value if facts.languages is None else facts.languages + b"," + value
        elif name == b"access-control-request-method":
            facts.wants_method = True
    return facts


def _length(value: bytes) -> int:
    digits = value.strip()
    return int(digits) if digits.isdigit() and len(digits) <= _MOST_LENGTH_DIGITS else 10**_MOST_LENGTH_DIGITS


def refusal_of(scope: Scope, facts: Facts, limits: Limits, path: str) -> Problem | None:
    """Return why the request at `path` is not let in, or None."""
    raw: bytes = scope.get("raw_path") or b""
    query: bytes = scope["query_string"]
    if len(raw) + len(query) > limits.target:
        return Problem(414, "target-too-long", f"An address may have {limits.target} bytes.")
    if facts.size > limits.headers or len(scope["headers"]) > limits.header_count:
        detail = (
            f"The headers may have {limits.headers} bytes together, and there may be {limits.header_count} of them."
        )
        return Problem(431, "headers-too-large", detail)
    if facts.hosts != 1 and not (facts.hosts == 0 and scope["http_version"] == "1.0"):  # which knows no Host
        return Problem(400, "host-required", "Send exactly one Host header.")
    if not _is_text(raw) or not _is_text(query):
        return Problem(422, "invalid-target", "The address holds bytes that are not text.")
    if facts.encoded:
        return Problem(415, "unsupported-media-type", "Send the body as it is, without a Content-Encoding.")
    if facts.length > limits.body_at(path):
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


class Measured:
    """Counts a body while it comes in: a chunked one does not say beforehand how long it is.

    `is_gone` says that the client has left.
    """

    __slots__ = ("_left", "_most", "_receive", "is_gone")

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._left = most
        self.is_gone = False

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise too_large(self._most)
        else:
            self.is_gone = True
        return message


def too_large(most: int) -> Problem:
    """Return the refusal of a body of more than `most` bytes."""
    return Problem(413, "too-large", f"A body may have {most} bytes here.")


async def discard(receive: Receive) -> None:
    """Read on a little: a client that is still sending would see a broken connection instead of the answer."""
    left = _DISCARDED
    while left > 0:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return
        left -= len(message.get("body", b""))
