"""Hands mails over by SMTP, phase by phase.

Nothing has arrived while the final dot was not sent: whatever goes wrong before is tried again. What the server answers
to the dot decides; without an answer nobody knows.
"""

import re
from collections.abc import Awaitable
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import structlog

from members_service.adapters.notices.mail import envelope_address, needs_utf8
from members_service.adapters.notices.server_address import ServerAddress
from members_service.adapters.notices.status_codes import says_nobody_is_there
from members_service.application.notices.ports import BeginData, NotClaimed
from members_service.domain.notices.message import Attempt, Outcome, Phase
from shared.tls import verifying

_log = structlog.get_logger(__name__)
_GO_AHEAD, _DONE = 354, 250
_DOT = re.compile(rb"^\.", re.MULTILINE)
_LINE_END = re.compile(rb"\r\n|\r|\n")


class SmtpServer:
    """One connection, opened when it is needed and closed between rounds."""

    def __init__(
        self,
        address: ServerAddress,
        *,
        password: str | None = None,
        ca_file: Path | None = None,
        timeout: float = 30.0,
        after_dot: float = 120.0,
    ) -> None:
        self._address = address
        self._password = password
        self._ca_file = ca_file
        self._timeout = timeout
        self._after_dot = after_dot
        self._client: aiosmtplib.SMTP | None = None

    async def send(self, mail: EmailMessage, *, sender: str, to: str, begin_data: BeginData) -> Attempt:
        """Hand a mail over; `begin_data` is awaited just before the final dot. Raises NotClaimed."""
        try:
            client = await self._connected()
        except (aiosmtplib.SMTPException, OSError) as error:
            _log.warning("the mail server cannot be spoken to; mails wait", reason=str(error))
            return await self._failed(error)
        if (refused := await self._offered(client, sender, to)) is not None:
            return refused
        try:
            _write(client, _LINE_END.sub(b"\r\n", mail.as_bytes()))
        except (aiosmtplib.SMTPException, OSError) as error:
            return await self._failed(error)
        begun = False
        try:
            begun = await begin_data()
        finally:
            if not begun:  # the server waits for the end of the mail, and would take every word for a part of it
                self._hang_up()
        if not begun:
            raise NotClaimed
        if not client.is_connected:  # the server went away before it could take the mail
            return await self._failed(aiosmtplib.SMTPServerDisconnected("lost before the final dot"))
        try:
            answer = await client.execute_command(b".", timeout=self._after_dot)
        except (aiosmtplib.SMTPException, OSError) as error:
            await self.rest()
            return Attempt(Outcome.UNANSWERED, Phase.DATA, text=str(error))
        outcome = Outcome.ACCEPTED if answer.code == _DONE else _by_code(answer.code)
        return Attempt(outcome, Phase.DATA, answer.code, answer.message)

    async def rest(self) -> None:
        """Close the connection, if there is one, until the next mail."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            if client.is_connected:
                await client.quit(timeout=2)
        except (aiosmtplib.SMTPException, OSError):
            pass  # it is closed either way
        finally:
            client.close()

    def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def ping(self) -> None:
        """Raise SMTPException or OSError unless the server answers, and takes our credentials."""
        try:
            await (await self._connected()).noop()
        finally:
            await self.rest()

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            await self._client.rset()
            return self._client
        where = self._address
        encrypted = where.tls or where.start_tls
        client = aiosmtplib.SMTP(
            hostname=where.host,
            port=where.port,
            username=where.user,
            password=self._password if where.user else None,
            use_tls=where.tls,
            start_tls=where.start_tls,
            tls_context=verifying(self._ca_file) if encrypted else None,
            timeout=self._timeout,
        )
        self._client = client
        await client.connect()
        return client

    async def _offered(self, client: aiosmtplib.SMTP, sender: str, to: str) -> Attempt | None:
        """Say from whom, to whom, and that data follow; return why that failed."""
        options = ["SMTPUTF8"] if needs_utf8(to) else []
        greet = options and client.is_ehlo_or_helo_needed  # only then does the server say what it can
        if greet and (failed := await self._tried(client.ehlo())) is not None:
            return failed
        if options and not client.supports_extension("smtputf8"):
            return Attempt(Outcome.REFUSED, Phase.BEFORE, 553, "the server takes no address beyond ASCII")
        encoding = "utf-8" if options else "ascii"
        failed = await self._tried(client.mail(sender, options=options, encoding=encoding))
        if failed is not None:  # our own address is at fault, perhaps that of one branch: neither this mail nor all
            await self.rest()
            return Attempt(Outcome.DEFERRED, Phase.BEFORE, failed.code, failed.text)
        if (failed := await self._tried(client.rcpt(envelope_address(to), encoding=encoding))) is not None:
            return failed
        try:
            answer = await client.execute_command(b"DATA")
        except (aiosmtplib.SMTPException, OSError) as error:
            return await self._failed(error)
        if answer.code == _GO_AHEAD:
            return None
        return Attempt(_by_code(answer.code), Phase.BEFORE, answer.code, answer.message)

    async def _tried(self, command: Awaitable[object]) -> Attempt | None:
        try:
            await command
        except aiosmtplib.SMTPResponseException as error:
            if error.code == 421:
                return await self._failed(error)
            return Attempt(_of_recipient(error.code, error.message), Phase.BEFORE, error.code, error.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            return await self._failed(error)
        return None

    async def _failed(self, error: Exception) -> Attempt:
        """Return that nothing has arrived, and begin anew next time."""
        await self.rest()
        return Attempt(Outcome.DEFERRED, Phase.BEFORE, text=str(error))


def _write(client: aiosmtplib.SMTP, content: bytes) -> None:
    """Send the mail but for its final dot."""
    if client.protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    stuffed = _DOT.sub(b"..", content)
    client.protocol.write(stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n")


def _by_code(code: int) -> Outcome:
    return Outcome.REFUSED if 500 <= code < 600 else Outcome.DEFERRED


def _of_recipient(code: int, text: str) -> Outcome:
    if code < 500:
        return Outcome.DEFERRED
    return Outcome.BAD_ADDRESS if says_nobody_is_there(code, text) else Outcome.REFUSED
