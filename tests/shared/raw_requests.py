"""Requests that only a socket can send: bytes that no client library would write.

The services refuse them before any route is asked, each with a problem document.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawRequest:
    """Bytes for a socket, and the statuses that are right as first answer; 0 stands for closing without one."""

    name: str
    raw: bytes
    statuses: frozenset[int]


def raw_requests(path: str = "/health/live") -> Iterator[RawRequest]:
    """What only a socket can send."""
    get = f"GET {path} HTTP/1.1\r\n".encode()
    absolute = f"GET http://evil.example{path} HTTP/1.1\r\n".encode()
    post = f"POST {path} HTTP/1.1\r\nHost: x\r\n".encode()
    bad = {400}
    for name, raw, statuses in (
        ("no Host", get + b"\r\n", bad),
        ("two Hosts", get + b"Host: a\r\nHost: b\r\n\r\n", bad),
        ("HTTP/1.0 without Host", get.replace(b"1.1", b"1.0") + b"\r\n", {200}),
        ("HTTP/1.0 with two Hosts", get.replace(b"1.1", b"1.0") + b"Host: a\r\nHost: b\r\n\r\n", bad),
        ("both lengths", post + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", bad),
        ("two Content-Lengths", post + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", bad),
        ("negative Content-Length", post + b"Content-Length: -1\r\n\r\n", bad),
        ("Content-Length in words", post + b"Content-Length: five\r\n\r\nhello", bad),
        ("endless Content-Length", post + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n", bad),
        ("Content-Length list", post + b"Content-Length: 5, 5\r\n\r\nhello", bad),
        ("unknown Transfer-Encoding", post + b"Transfer-Encoding: yes\r\n\r\n", bad),
        ("chunked twice", post + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", {400, 405}),
        ("chunk size is no number", post + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", {400, 405}),
        ("negative chunk size", post + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n", {400, 405}),
        ("endless chunk size", post + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n", {400, 405}),
        ("space before the colon", get + b"Host : x\r\n\r\n", bad),
        ("folded header", get + b"Host: x\r\nX-A: 1\r\n 2\r\n\r\n", {200, 400}),
        ("header without a name", get + b"Host: x\r\n: y\r\n\r\n", bad),
        ("header without a colon", get + b"Host: x\r\nhello\r\n\r\n", bad),
        ("NUL in a header", get + b"Host: x\r\nX-A: a\0b\r\n\r\n", bad),
        ("bare carriage return in a header", get + b"Host: x\r\nX-A: a\rb\r\n\r\n", bad),
        ("bare line feeds", get.replace(b"\r\n", b"\n") + b"Host: x\n\n", {200, 400}),
        ("unknown protocol", b"GET / HTTQ/1.1\r\nHost: x\r\n\r\n", bad),
        ("HTTP/9.9", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", bad),
        ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", bad),
        ("TLS hello", bytes.fromhex("16030100a5010000a10303") + bytes(100), bad),
        ("random bytes", bytes(range(128, 256)), bad),
        ("method in small letters", b"get / HTTP/1.1\r\nHost: x\r\n\r\n", bad),
        ("CONNECT", b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n", {400, 404, 405}),
        ("asterisk", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", {400, 404, 405}),
        ("absolute address", absolute + b"Host: x\r\n\r\n", {200, 400, 404}),
        ("raw bytes in the address", b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", {400, 422}),
        ("a blank in the address", b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", bad),
        ("no address", b"GET HTTP/1.1\r\nHost: x\r\n\r\n", bad),
        ("a head of 100 KB", get + b"Host: x\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n", {431}),
        ("a head of 2,000 headers", get + b"Host: x\r\n" + b"X-A: 1\r\n" * 2_000 + b"\r\n", {431}),
        ("an address of 100 KB", b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", {414, 431}),
        ("upgrade to a web socket", get + b"Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", {200, 400}),
        ("upgrade to h2c", get + b"Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n", {200, 400}),
    ):  # fmt: skip
        yield RawRequest(name, raw, frozenset(statuses))
