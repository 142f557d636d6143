"""A mail server that misbehaves as it is told to, and knows what it took."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import Message
from enum import StrEnum
from typing import Any
from weakref import WeakKeyDictionary

from aiosmtpd.smtp import SMTP, Envelope, Session


class Fault(StrEnum):
    """What the server does with a mail, instead of taking it."""

    NONE = "none"
    NOBODY = "nobody"  # 550 5.1.1 at RCPT
    LATER = "later"  # 451 at RCPT
    GOES = "goes"  # 421 at RCPT
    DROPS = "drops"  # the connection is gone before the dot
    HANGS = "hangs"  # takes it, and never answers
    FORGETS = "forgets"  # takes nothing, and never answers
    CLOSES = "closes"  # takes it, and closes without an answer
    FULL = "full"  # 452 after the dot


class MailSink:
    """Takes mails; `fault_of` says what happens to the mail for a recipient. `in_clear` is what came unencrypted."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.fault_of: Callable[[str], Fault] = lambda _: Fault.NONE
        self.faults: Counter[Fault] = Counter()
        self.in_clear = bytearray()
        self.takes_utf8 = True
        self.port = 0
        self._fault_in: WeakKeyDictionary[Session, Fault] = WeakKeyDictionary()

    def fault_in(self, session: Session | None) -> Fault:
        """Return what happens to the mail that is on its way in this session."""
        return Fault.NONE if session is None else self._fault_in.get(session, Fault.NONE)

    @property
    def accepted(self) -> Counter[str]:
        """How often each mail was taken, by its id."""
        return Counter(str(one["Message-ID"]) for one in self.taken)

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        fault = self.fault_of(address)
        self.faults[fault] += 1
        self._fault_in[session] = fault
        envelope.rcpt_tos.append(address)
        match fault:
            case Fault.NOBODY:
                return "550 5.1.1 nobody of this name"
            case Fault.LATER:
                return "451 4.7.1 come back later"
            case Fault.GOES:
                return "421 4.3.2 closing"
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - likewise
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        fault = self.fault_in(session)
        if fault is Fault.FULL:
            return "452 4.3.1 no space"
        if fault is not Fault.FORGETS:
            self.taken.append(message_from_bytes(envelope.original_content or b""))
        if fault in (Fault.HANGS, Fault.FORGETS):
            await asyncio.sleep(3600)
        if fault is Fault.CLOSES:
            abort(server)
        return "250 OK"


def abort(server: SMTP) -> None:
    """Be gone, without a word."""
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()


class _Server(SMTP):
    def __init__(self, sink: MailSink, start_tls: ssl.SSLContext | None) -> None:
        super().__init__(sink, hostname="sink", enable_SMTPUTF8=sink.takes_utf8, ident="sink", tls_context=start_tls)
        self.sink = sink

    def data_received(self, data: bytes) -> None:
        if self.transport is None or self.transport.get_extra_info("ssl_object") is None:
            self.sink.in_clear += data
        super().data_received(data)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - likewise
        if self.sink.fault_in(self.session) is Fault.DROPS:
            await self.push("354 go ahead")
            abort(self)
            return
        await super().smtp_DATA(arg)


@asynccontextmanager
async def listening(
    sink: MailSink, *, tls: ssl.SSLContext | None = None, start_tls: ssl.SSLContext | None = None
) -> AsyncIterator[MailSink]:
    """Let the sink answer on a port of this machine, encrypted from the first byte or once it is asked to be."""
    servers: list[_Server] = []

    def made() -> Any:
        servers.append(_Server(sink, start_tls))
        return servers[-1]

    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0, ssl=tls)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        for one in servers:
            abort(one)
