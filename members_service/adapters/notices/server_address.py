"""Where the mail server is, as the settings say it."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """The place of a mail server. `tls`: from the first byte; `start_tls`: after a greeting, or not at all."""

    host: str
    port: int
    user: str | None = None
    tls: bool = False
    start_tls: bool = False

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `smtps://user@host:465` or `smtp://host:587`; without TLS only on loopback. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.password:
            raise ValueError("it must be like smtps://user@host:465 or smtp://host:587, and without the password")
        tls = parts.scheme == "smtps"
        start_tls = not tls and parts.hostname not in _LOOPBACK
        port = parts.port or (465 if tls else 587)
        return cls(parts.hostname, port, unquote(parts.username) if parts.username else None, tls, start_tls)
