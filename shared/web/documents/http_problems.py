"""The problems of HTTP itself, as opposed to refusals of a service: what they mean, and what to do."""

from collections.abc import Mapping

OF_HTTP: Mapping[str, tuple[int, str]] = {
    "bad-request": (400, "The request did not arrive whole, or cannot be understood. Send it again."),
    "host-required": (400, "A request names its host. Send the Host header; every client of HTTP/1.1 does."),
    "invalid-json": (
        400,
        "The body is not JSON, or not JSON that means one thing: no name twice, no NaN, no half a character.",
    ),
    "invalid-if-match": (
        400,
        'If-Match holds entity tags in double quotes, such as "3", with commas between, or *. Send each as it came.',
    ),
    "not-authenticated": (401, "This needs an access token. Sign in, and send it as Authorization: Bearer."),
    "invalid-token": (
        401,
        "The access token is not valid, or no longer. Get a new one: by the refresh token, or by signing in.",
    ),
    "forbidden": (
        403,
        "The caller is known and may not do this. It needs a token with one of the scopes that are named.",
    ),
    "pin-not-enough": (
        403,
        "The token comes of a PIN alone, which is too little for this. Sign in with e-mail address and password.",
    ),
    "https-required": (
        403,
        "The request came without encryption, so nothing was done. Use https, and change what was secret in it.",
    ),
    "method-not-allowed": (405, "The address is there, the method is not. The header Allow names those that are."),
    "not-acceptable": (406, "The answer cannot be given in the form that Accept asks for. Ask for application/json."),
    "request-timeout": (408, "The request took too long to arrive. Send it again, all at once."),
    "length-required": (411, "Say with Content-Length how long the body is, or send it in chunks."),
    "too-large": (
        413,
        "The body is longer than this address takes; the sentence says how long it may be. Send it in parts.",
    ),
    "target-too-long": (414, "The address is too long. Ask for less at once."),
    "unsupported-media-type": (
        415,
        "The body is of another kind than this address takes; the sentence names the right one.",
    ),
    "unknown-host": (
        421,
        "The request names a host that this service is not known by. Use its own, or let its operator add the name.",
    ),
    "invalid-request": (
        422,
        "Fields or parameters are invalid. Each is listed in errors with its place, a code and a sentence.",
    ),
    "invalid-cursor": (
        422,
        "This is not a cursor of this list. Use next_cursor of the page before, or begin again without one.",
    ),
    "invalid-idempotency-key": (422, "An Idempotency-Key has 1 to 255 visible ASCII characters, and is given once."),
    "invalid-target": (422, "The address holds characters that no address of this service has."),
    "if-match-required": (
        428,
        "Changing this needs If-Match with the ETag that you last read, so that nobody else's change is lost.",
    ),
    "too-many-at-once": (
        429,
        "So many requests of the same caller are at work that this one has to wait. Send fewer at once.",
    ),
    "too-many-writes": (
        429,
        "One person has changed more in a short time than people do. Wait as long as Retry-After says, then go on.",
    ),
    "headers-too-large": (431, "The headers are too many or too long. Send fewer, or shorter ones."),
    "internal-error": (
        500,
        "Something went wrong on our side. If it persists, report the request_id to the library's operator.",
    ),
    "overloaded": (503, "Too much is going on at once; nothing was changed. Repeat the request in a moment."),
    "stopping": (
        503,
        "The service is being stopped; nothing was changed. Repeat the request: another process answers it.",
    ),
    "too-little-time": (503, "The caller waits too short a time for an answer; nothing was changed. Wait longer."),
    "not-ready": (
        503,
        "The service is not ready: its database has to be migrated first. Its operator sees what is missing.",
    ),
}
"""By code: the status, and a text for developers of clients."""
