"""Requests that no well-behaved client sends, for any service: each has a name and the statuses that are right for it.

`bad_bodies` and `bad_keys` bend a good POST, `bad_targets` and `bad_headers` bend what stands before a body. Whatever
comes, the answer is a problem document and never a 500.
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.shared.cpu_time import CpuClock, in_a_moment

JSON = "application/json"
NUL, SURROGATE = "\\u0000", "\\ud800"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BadRequest:
    """One of them. `target` is the raw address; `statuses` are the answers that are right."""

    name: str
    statuses: frozenset[int]
    method: str = "GET"
    target: str = "/"
    headers: Headers = ()
    content: bytes = b""

    async def send(
        self, http: httpx.AsyncClient, headers: Mapping[str, str] | None = None, clock: CpuClock = time.thread_time
    ) -> httpx.Response:
        """Send it, with `headers` besides its own (a token, for example).

        Fail where that holds the event loop whose CPU time `clock` tells: of this very thread, unless it is another's.
        """
        return await in_a_moment(self.name, lambda: self.send_unwatched(http, headers), clock)

    async def send_unwatched(self, http: httpx.AsyncClient, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send it, whatever it costs."""
        url = httpx.URL(http.base_url).copy_with(raw_path=self.target.encode("latin-1"))
        own = [(name.encode(), value.encode("latin-1")) for name, value in self.headers]
        named = {name.lower() for name, _ in self.headers}
        more = [(name.encode(), value.encode()) for name, value in (headers or {}).items() if name.lower() not in named]
        return await http.send(
            http.build_request(self.method, url, headers=[*more, *own], content=self.content or None)
        )


def check_answer(bad: BadRequest, answer: httpx.Response) -> None:
    """Fail unless the answer is one of the right problem documents, with everything that belongs to it."""
    assert answer.status_code in bad.statuses, (bad.name, answer.status_code, answer.text[:500])
    if answer.status_code < 400:
        return
    check_problem(answer)


def check_problem(answer: httpx.Response) -> None:
    """Fail unless the answer is a whole problem document that gives nothing away."""
    assert "application/problem+json" == answer.headers["content-type"]
    problem = answer.json()
    assert {"type", "title", "status", "detail", "instance", "code", "request_id"} <= problem.keys()
    assert answer.status_code == problem["status"]
    assert answer.headers["x-request-id"] == problem["request_id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    for error in problem.get("errors", ()):
        assert {"code", "detail"} <= error.keys()
    for leak in ("Traceback", "site-packages", "sqlalchemy", "pydantic.dev", "asyncpg", "sqlite3"):
        assert leak not in answer.text


@dataclass(frozen=True, slots=True)
class Good:
    """A POST route, a body that it accepts, and a field of each kind that may be bent, where there is one."""

    path: str
    body: Mapping[str, Any]
    text: str
    number: str | None = None
    moment: str | None = None
    uuid: str | None = None
    longest_text: int = 10_000
    accepted: frozenset[int] = field(default=frozenset({201}))


def bad_bodies(good: Good) -> Iterator[BadRequest]:
    """Bend the body."""
    for name, content, statuses in _bodies(good):
        yield BadRequest(name, frozenset(statuses), "POST", good.path, (("Content-Type", JSON),), content)
    yield from _media(good)


def _with(good: Good, member: str | None, literal: str) -> bytes:
    """The good body, with `literal` as the text of one member."""
    bent = json.dumps({**good.body, member or "": "?BENT?"})
    return bent.replace('"?BENT?"', literal).encode()


Body = tuple[str, bytes, Iterable[int]]


def _bodies(good: Good) -> Iterator[Body]:
    yield from _not_json(good)
    yield from _doubtful_json(good)
    yield from _wrong_shapes(good)
    yield from _texts(good)
    if good.number:
        yield from _numbers(good, good.number)
    if good.moment:
        yield from _moments(good, good.moment)
    if good.uuid:
        for text in ("", "1", "null", "0198c0de-0000-7000-8000-00000000000g", "0198c0de-0000-7000-8000-0000000000011"):
            yield f"uuid {text!r}", _with(good, good.uuid, json.dumps(text)), {422}
        yield "uuid as number", _with(good, good.uuid, "17"), {422}
        yield "uuid as list", _with(good, good.uuid, "[]"), {422}


def _not_json(good: Good) -> Iterator[Body]:
    text = json.dumps(good.body)
    yield "no body", b"", {422}
    yield "blanks only", b"   ", {400}
    yield "cut JSON", text[:-1].encode(), {400}
    yield "two values", text.encode() * 2, {400}
    yield "trailing comma", text[:-1].encode() + b",}", {400}
    yield "single quotes", text.replace('"', "'").encode(), {400}
    yield "a comment", b"/* hello */" + text.encode(), {400}
    yield "a form", b"a=1&b=2", {400}
    yield "XML", b"<a/>", {400}
    yield "invalid UTF-8", text.encode()[:-1] + b',"x":"\xff\xfe"}', {400}
    yield "overlong UTF-8", text.encode()[:-1] + b',"x":"\xc0\xaf"}', {400}
    yield "UTF-16", text.encode("utf-16"), {400}
    yield "UTF-32", text.encode("utf-32"), {400}
    yield "byte order mark", b"\xef\xbb\xbf" + text.encode(), {400}
    yield "a raw NUL", text.encode() + b"\0", {400}
    yield "a raw control character in a text", _with(good, good.text, '"a\x01b"'), {400}
    yield "gzip without saying so", b"\x1f\x8b\x08\x00" + bytes(20), {400}


def _doubtful_json(good: Good) -> Iterator[Body]:
    text = json.dumps(good.body)
    member = next(iter(good.body))
    yield "a member twice", f'{text[:-1]},"{member}":{json.dumps(good.body[member])}}}'.encode(), {422}
    yield (
        "a member twice, spelt with an escape",
        f'{text[:-1]},"\\u{ord(member[0]):04x}{member[1:]}":1}}'.encode(),
        {422},
    )
    for literal in ("NaN", "Infinity", "-Infinity"):
        yield f"{literal} somewhere", _with(good, "unknown", literal), {400, 422}
    for literal in ("1e400", "-1e999", "9" * 5_000, "1" * 400 + ".0"):
        yield f"a number like {literal[:8]}…", _with(good, "unknown", literal), {422}
    yield "900 levels deep", _with(good, "unknown", "[" * 900 + "]" * 900), {422}
    yield "100,000 levels deep", b"[" * 100_000 + b"]" * 100_000, {413, 422}
    yield "100,000 levels of objects", b'{"a":' * 100_000, {400, 413, 422}
    yield "33 levels deep", _with(good, "unknown", "[" * 33 + "]" * 33), {422}


def _wrong_shapes(good: Good) -> Iterator[Body]:
    for literal in ("null", "true", "1", '"text"', "[]", "[{}]"):
        yield f"{literal} instead of an object", literal.encode(), {422}
    yield "an empty object", b"{}", {422}
    yield "an unknown member", _with(good, "no_such_member", "1"), {422}
    yield "a member named like the machinery", _with(good, "__class__", '"x"'), {422}
    yield "an empty name", _with(good, "", "1"), {422}
    yield "a very long name", _with(good, "n" * 50_000, "1"), {422}
    yield "a name with a slash and a tilde", _with(good, "a/b~c", "1"), {422}
    yield "a name with a NUL", _with(good, "a", "1").replace(b'"a"', b'"a\\u0000b"'), {422}
    yield "a name with half a surrogate pair", _with(good, "a", "1").replace(b'"a"', b'"a\\udfffb"'), {422}
    for count in (4_000, 10_000):
        many = {**good.body, **{f"m{n}": n for n in range(count)}}
        yield f"{count:,} unknown members", json.dumps(many).encode(), {413, 422}


def _texts(good: Good) -> Iterator[Body]:
    for literal in ("1", "1.5", "true", "[]", "{}", '["a"]'):
        yield f"{literal} for a text", _with(good, good.text, literal), {422}
    yield "NUL in a text", _with(good, good.text, f'"a{NUL}b"'), {422}
    yield "only a NUL", _with(good, good.text, f'"{NUL}"'), {422}
    for turn in ("\\u202e", "\\u2066"):
        yield f"a turn of the direction of writing, {turn}", _with(good, good.text, f'"a{turn}b"'), {422}
    yield "half a surrogate pair", _with(good, good.text, f'"a{SURROGATE}b"'), {422}
    yield "a surrogate pair the wrong way round", _with(good, good.text, '"\\udc00\\ud800"'), {422}
    for code in ("\\u0001", "\\u0007", "\\u001b", "\\u007f", "\\u0085"):
        yield f"control character {code}", _with(good, good.text, f'"a{code}b"'), {422}
    yield "a text that is far too long", _with(good, good.text, json.dumps("x" * (good.longest_text + 1))), {422}
    yield "a text of 900,000 characters", _with(good, good.text, json.dumps("x" * 900_000)), {413, 422}


def _numbers(good: Good, member: str) -> Iterator[Body]:
    for literal in ('"1"', "true", "false", "1.5", "[]", "{}", '""', "1e2", "-0.0"):
        yield (
            f"{literal} for a whole number",
            _with(good, member, literal),
            {422, *(good.accepted if "e" in literal[1:2] else ())},
        )
    for literal in ("NaN", "Infinity", "1e400"):
        yield f"{literal} for a whole number", _with(good, member, literal), {400, 422}
    yield "a whole number of 32 bits", _with(good, member, str(2**31)), {422, *good.accepted}
    for digits in (str(2**63), str(-(2**63) - 1), str(2**64), "1" + "0" * 30, "1" + "0" * 4_999):
        yield f"a whole number like {digits[:22]}, {len(digits)} long", _with(good, member, digits), {422}


def _moments(good: Good, member: str) -> Iterator[Body]:
    for text in (
        "", "now", "2026-03-01", "2026-03-01T09:30:00", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00",
        "0000-01-01T00:00:00Z", "1399-12-31T23:59:59Z", "9000-01-01T00:00:00Z", "2026-02-29T00:00:00Z", "1e15",
        "2026-13-01T00:00:00Z", "2026-03-01T24:30:00Z", "2026-06-30T23:59:60Z", "2026-03-01T09:30:00+99:00",
        "\uff12\uff10\uff12\uff16-03-01T09:30:00Z", "2026-03-01T09:30:00Z\n", "2026-W09-7T09:30:00Z",
        "20260301T093000Z", "1767225600",
    ):  # fmt: skip
        yield f"moment {text!r}", _with(good, member, json.dumps(text)), {422}
    for literal in ("1767225600", "1767225600.5", "true", "[]", "1e15"):
        yield f"moment as {literal}", _with(good, member, literal), {422}


def _media(good: Good) -> Iterator[BadRequest]:
    content = json.dumps(good.body).encode()
    for kind in (
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
        "application/json; charset=utf-7", "application/json; charset=utf-16", "application/jsonp", "json", "", "*/*",
        "text/json", "application/problem+json", 'application/json; charset="latin-1"',
    ):  # fmt: skip
        headers = (("Content-Type", kind),)
        yield BadRequest(f"content type {kind!r}", frozenset({415}), "POST", good.path, headers, content)
    yield BadRequest("no content type", frozenset({415}), "POST", good.path, (), content)
    two = (("Content-Type", JSON), ("Content-Type", "text/plain"))
    yield BadRequest("two content types", frozenset({415}), "POST", good.path, two, content)
    for encoding in ("gzip", "deflate", "br", "gzip, gzip"):
        packed = (("Content-Type", JSON), ("Content-Encoding", encoding))
        yield BadRequest(f"content encoding {encoding}", frozenset({415}), "POST", good.path, packed, content)
    big = b'{"a":"' + b"x" * 2**20 + b'"}'
    yield BadRequest("a body over 1 MiB", frozenset({413}), "POST", good.path, (("Content-Type", JSON),), big)


def bad_keys(good: Good) -> Iterator[BadRequest]:
    """Idempotency keys that are none."""
    content = json.dumps(good.body).encode()
    for key in ("", "k" * 256, "a b", "a\tb", "ключ".encode().decode("latin-1"), '""', "a\x7fb"):
        headers = (("Content-Type", JSON), ("Idempotency-Key", key))
        yield BadRequest(f"idempotency key {key[:10]!r}", frozenset({422}), "POST", good.path, headers, content)
    two = (("Content-Type", JSON), ("Idempotency-Key", "a"), ("Idempotency-Key", "b"))
    yield BadRequest("two idempotency keys", frozenset({422}), "POST", good.path, two, content)


def bad_targets(path: str, *, item: str | None = None) -> Iterator[BadRequest]:
    """Bend the address of a list route, and of a route of single things below it (`item` may differ from `path`)."""
    for query in (
        "limit=0", "limit=-1", "limit=101", "limit=1.0", "limit=1_0", "limit=%205", "limit=", "limit=a", "limit=%2B5",
        f"limit={2**63}", f"limit={'9' * 5_000}", "limit=%D9%A5", "limit=0x5", "limit=1&limit=2", "no_such_parameter=1",
        "cursor=", "cursor=x", "cursor=AAAA", "cursor=%00", f"cursor={'A' * 5_000}", "cursor=bm90IGEgY3Vyc29y",
        "cursor=%F0%9F%98%80", "cursor=e30", "cursor=../../etc", "cursor=W10", "a%00b=1", "limit=5%00", "limit=%ff",
        "limit=%ED%A0%80", "%fe=1", "cursor=a&cursor=b",
    ):  # fmt: skip
        yield BadRequest(f"query {query[:30]}", frozenset({422}), target=f"{path}?{query}")
    yield BadRequest("query over 8 KB", frozenset({414}), target=f"{path}?cursor={'a' * 9_000}")
    base = item or path
    for place in ("1", "-1", "0", str(2**63), "null", "%00", "a%00b", "%ff", "x" * 300, "%F0%9F%98%80", "' OR 1=1 --"):
        shown = place.replace(" ", "%20").replace("'", "%27")
        yield BadRequest(f"item {place[:20]!r}", frozenset({404, 422}), target=f"{base}/{shown}")
    for place in ("..%2f..%2fetc%2fpasswd", "%2e%2e", "%2E%2E%2F", "a//b", "/", "%5c"):
        yield BadRequest(f"path {place!r}", frozenset({404, 405, 422}), target=f"{path}/{place}")
    yield BadRequest("path over 8 KB", frozenset({414}), target=f"{path}/{'a' * 9_000}")
    yield BadRequest("an address that is not there", frozenset({404}), target="/v1/no-such-thing")
    for method in ("TRACE", "PROPFIND", "DELETE", "BREW"):
        yield BadRequest(f"method {method}", frozenset({405}), method, path)


def bad_headers(path: str) -> Iterator[BadRequest]:
    """Bend the headers of a GET that would be answered otherwise."""
    fine = frozenset({200})
    yield BadRequest("a header of 70 KB", frozenset({431}), target=path, headers=(("X-Long", "a" * 70_000),))
    many = tuple((f"X-{number}", "1") for number in range(200))
    yield BadRequest("200 headers", frozenset({431}), target=path, headers=many)
    for identity in ("a" * 101, "a b", "\xe9", "<script>", "${jndi:ldap://x}"):
        yield BadRequest(f"request id {identity[:12]!r}", fine, target=path, headers=(("X-Request-ID", identity),))
    for trace in ("", "00", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "zz-x-y-z", "\xff" * 55):
        yield BadRequest(f"traceparent {trace[:8]!r}", fine, target=path, headers=(("traceparent", trace),))
    for wait in ("", "-1", "abc", "1e9", "9" * 400, "1.5", "²"):
        headers = (("X-Request-Timeout-Ms", wait),)
        yield BadRequest(f"timeout {wait[:8]!r}", fine, target=path, headers=headers)
    yield BadRequest("no time left", frozenset({503}), target=path, headers=(("X-Request-Timeout-Ms", "10"),))
    unmet = (("Accept", "image/png"),)
    yield BadRequest("a form that there is not", frozenset({406}), target=path, headers=unmet)
    for name, value in (
        ("Accept", "\xff"), ("Accept", ";;,"), ("X-HTTP-Method-Override", "DELETE"), ("Range", "bytes=0-"),
        ("If-None-Match", "x"), ("If-None-Match", '"'), ("If-Modified-Since", "yesterday"), ("Cookie", "=;;=" * 50),
        ("X-Forwarded-For", "'; DROP TABLE"), ("X-Forwarded-Host", "evil.example"), ("Origin", "https://evil.example"),
        ("Accept-Language", "*;q=nan"), ("Expect", "a-miracle"), ("Forwarded", "for=\xff"), ("Referer", "\xff"),
    ):  # fmt: skip
        yield BadRequest(f"{name}: {value[:20]!r}", fine, target=path, headers=((name, value),))


def bad_authorization(path: str) -> Iterator[BadRequest]:
    """Bend the token of a GET that needs one. Hostile tokens are a matter of their own."""
    for scheme in ("Basic dTpw", "Bearer", "Bearer ", "Bearer a b", "Digest x", "bearer\t", "token", ""):
        given = (("Authorization", scheme),)
        yield BadRequest(f"authorization {scheme!r}", frozenset({401}), target=path, headers=given)
