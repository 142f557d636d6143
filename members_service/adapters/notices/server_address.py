"""Where a mail server is, as the settings say it: one that takes mails, or one that keeps what came back."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_INBOX = "INBOX"


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
        return cls._parse(url, "smtp", plain=587, encrypted=465)

    @classmethod
    def _parse(cls, url: str, scheme: str, *, plain: int, encrypted: int, has_path: bool = False) -> Self:
        parts = urlsplit(url)
        tls = parts.scheme == f"{scheme}s"
        if not (tls or parts.scheme == scheme) or not parts.hostname or parts.password:
            raise ValueError(_like(scheme, plain, encrypted))
        if parts.path.strip("/") and not has_path:
            raise ValueError(_like(scheme, plain, encrypted))
        start_tls = not tls and parts.hostname not in _LOOPBACK
        port = parts.port or (encrypted if tls else plain)
        return cls(parts.hostname, port, unquote(parts.username) if parts.username else None, tls, start_tls)


@dataclass(frozen=True, slots=True)
class MailboxAddress(ServerAddress):
    """The place of a mailbox: a server, whose mailbox it is, and the folder in it."""

    folder: str = _INBOX

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `imaps://user@host:993/folder` or `imap://user@host:143`; as for servers, and raises ValueError."""
        found = cls._parse(url, "imap", plain=143, encrypted=993, has_path=True)
        folder = unquote(urlsplit(url).path.strip("/")) or _INBOX
        if found.user is None:
            raise ValueError("it must say whose mailbox it is, such as imaps://user@host:993/INBOX")
        if not folder.isascii() or not folder.isprintable() or set(folder) & set('"\\'):
            raise ValueError("its folder must be named in ASCII")
        return cls(found.host, found.port, found.user, found.tls, found.start_tls, folder)


def _like(scheme: str, plain: int, encrypted: int) -> str:
    return f"it must be like {scheme}s://user@host:{encrypted} or {scheme}://host:{plain}, and without the password"
