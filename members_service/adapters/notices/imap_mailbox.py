"""The mailbox of what comes back, read by IMAP (RFC 3501) with the library that comes with Python, in a thread.

What there is for asyncio is under a licence that does not go with ours, and a look a minute needs nothing of it.
"""

import asyncio
import imaplib
import re
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from members_service.adapters.notices.bounce_reports import bounces_of
from members_service.adapters.notices.server_address import MailboxAddress
from members_service.application.notices.read_bounces import CameBack, MailboxAway
from shared.tls import verifying

MOST_READ = 64 * 1024
"""Bytes of a mail that are fetched: a report stands at its beginning, what it returns behind."""

MOST_CLEARED = 50
"""Old mails that are removed at once, so that the command does not become too long for a server."""

_NUMBER = re.compile(rb"^\d{1,10}$")
_Answer = TypeVar("_Answer")


class ImapMailbox:
    """Implements `read_bounces.BounceMailbox`. One connection, opened when it is needed."""

    def __init__(
        self, address: MailboxAddress, *, password: str, ca_file: Path | None = None, timeout: float = 30.0
    ) -> None:
        self._address = address
        self._password = password
        self._ca_file = ca_file
        self._timeout = timeout
        self._client: imaplib.IMAP4 | None = None

    async def waiting(self, limit: int, *, but: Collection[str]) -> Sequence[CameBack]:
        return await self._asked(lambda client: _waiting(client, limit, but))

    async def remove(self, keys: Collection[str]) -> None:
        await self._asked(lambda client: _remove(client, ",".join(keys)))

    async def leave(self, keys: Collection[str]) -> None:
        await self._asked(lambda client: _expect(client.uid("STORE", ",".join(keys), "+FLAGS", r"(\Flagged)")))

    async def clear(self, before: date) -> None:
        await self._asked(lambda client: _clear(client, before))

    async def ping(self) -> None:
        """Raise MailboxAway unless the server lets us in, and there is such a folder."""
        try:
            await self._asked(lambda client: _expect(client.noop()))
        finally:
            await self.rest()

    async def rest(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await asyncio.to_thread(_leave, client)

    async def _asked(self, ask: Callable[[imaplib.IMAP4], _Answer]) -> _Answer:
        try:
            return await asyncio.to_thread(lambda: ask(self._connected()))
        except (imaplib.IMAP4.error, OSError) as error:
            raise MailboxAway(str(error) or type(error).__name__) from error

    def _connected(self) -> imaplib.IMAP4:
        if self._client is not None:
            return self._client
        where = self._address
        if where.tls:
            context = verifying(self._ca_file)
            client: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                where.host, where.port, ssl_context=context, timeout=self._timeout
            )
        else:
            client = imaplib.IMAP4(where.host, where.port, timeout=self._timeout)
        try:
            if where.start_tls:
                client.starttls(verifying(self._ca_file))
            self._sign_in(client)
            _expect(client.select(f'"{where.folder}"'))
        except BaseException:
            _leave(client)
            raise
        self._client = client
        return client

    def _sign_in(self, client: imaplib.IMAP4) -> None:
        user, password = self._address.user or "", self._password
        if "AUTH=PLAIN" in client.capabilities:
            client.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        else:
            quoted = user.replace("\\", r"\\").replace('"', r"\"")
            client.login(f'"{quoted}"', password)


def _waiting(client: imaplib.IMAP4, limit: int, but: Collection[str]) -> list[CameBack]:
    _expect(client.noop())  # so that the server says what has arrived since
    keys = [key for key in _found(client, "UNDELETED", "UNFLAGGED") if key not in but][:limit]
    return [CameBack(key, bounces_of(raw)) for key in keys if (raw := _fetched(client, key)) is not None]


def _clear(client: imaplib.IMAP4, before: date) -> None:
    keys = _found(client, "UNDELETED", "FLAGGED", "BEFORE", f"{before:%d-%b-%Y}")[:MOST_CLEARED]
    if keys:
        _remove(client, ",".join(keys))


def _found(client: imaplib.IMAP4, *sought: str) -> list[str]:
    (found, *_) = _expect(client.uid("SEARCH", *sought))
    return [key.decode() for key in (found or b"").split() if _NUMBER.match(key)]


def _fetched(client: imaplib.IMAP4, key: str) -> bytes | None:
    """Return the beginning of a mail; None if somebody removed it meanwhile."""
    answers = _expect(client.uid("FETCH", key, f"(BODY.PEEK[]<0.{MOST_READ}>)"))
    return next((bytes(one[1]) for one in answers if isinstance(one, tuple)), None)


def _remove(client: imaplib.IMAP4, keys: str) -> None:
    _expect(client.uid("STORE", keys, "+FLAGS", r"(\Seen \Deleted)"))
    if "UIDPLUS" in client.capabilities:
        _expect(client.uid("EXPUNGE", keys))
    else:
        _expect(client.expunge())


def _expect(answer: tuple[str, list[Any]]) -> list[Any]:
    kind, data = answer
    if kind != "OK":
        answer_text = b" ".join(one for one in data if isinstance(one, bytes)).decode("ascii", "replace")
        raise imaplib.IMAP4.error(answer_text or kind)
    return data


def _leave(client: imaplib.IMAP4) -> None:
    try:
        client.logout()
    except (imaplib.IMAP4.error, OSError):
        with suppress(OSError):  # nothing is left to be closed where a certificate was refused
            client.shutdown()
