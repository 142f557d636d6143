"""A mailbox on a real socket that speaks as much of IMAP (RFC 3501, RFC 4315) as is asked of it."""

import asyncio
import base64
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

_LITERAL = re.compile(r"BODY\.PEEK\[\]<(\d+)\.(\d+)>")


@dataclass
class Kept:
    """A mail in the mailbox."""

    raw: bytes
    flags: set[str] = field(default_factory=set)
    arrived: date = date.max


@dataclass
class Mailbox:
    """What is in the mailbox, by UID; `commands` has each command, without its tag, `in_clear` those unencrypted.

    With `start_tls` a client may ask to be encrypted from then on.
    """

    mails: dict[int, Kept] = field(default_factory=dict)
    user: str = "bounces"
    password: str = "word"
    plain: bool = True
    uidplus: bool = True
    keeps_marks: bool = True
    goes_at: str | None = None
    start_tls: ssl.SSLContext | None = None
    commands: list[str] = field(default_factory=list)
    in_clear: list[str] = field(default_factory=list)
    port: int = 0

    def put(self, raw: bytes) -> int:
        """Let a mail arrive; return its UID."""
        uid = max(self.mails, default=100) + 1
        self.mails[uid] = Kept(raw)
        return uid

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak with one client until it leaves."""
        writer.write(f"* OK [CAPABILITY {self._capabilities()}] ready\r\n".encode())
        signed_in = selected = False
        while line := (await reader.readline()).decode("latin-1").rstrip("\r\n"):
            tag, _, command = line.partition(" ")
            self.commands.append(command)
            self.in_clear += [command] * (writer.get_extra_info("ssl_object") is None)
            verb = command.upper()
            if self._is_left(verb, tag, writer):
                break
            answer = "OK done"
            if verb == "STARTTLS" and self.start_tls is not None:
                writer.write(f"{tag} OK begin\r\n".encode())
                if not await _encrypted(writer, self.start_tls):
                    break
                continue
            if verb == "CAPABILITY":
                writer.write(f"* CAPABILITY {self._capabilities()}\r\n".encode())
            elif verb.startswith(("AUTHENTICATE PLAIN", "LOGIN ")):
                signed_in = await self._is_let_in(command, reader, writer)
                answer = answer if signed_in else "NO [AUTHENTICATIONFAILED] wrong"
            elif not signed_in:
                answer = "BAD sign in first"
            elif verb.startswith("SELECT "):
                selected = command[7:] == '"INBOX"'
                answer = self._opened(writer) if selected else "NO [NONEXISTENT] no such mailbox"
            elif verb != "NOOP":
                answer = self._of_mails(verb, writer) if selected else "BAD select first"
            writer.write(f"{tag} {answer}\r\n".encode())
            await writer.drain()
        writer.close()

    def _opened(self, writer: asyncio.StreamWriter) -> str:
        writer.write(f"* {len(self.mails)} EXISTS\r\n".encode())
        return "OK [READ-WRITE] done"

    def _is_left(self, verb: str, tag: str, writer: asyncio.StreamWriter) -> bool:
        if self.goes_at is not None and verb.startswith(self.goes_at):
            return True
        if verb == "LOGOUT":
            writer.write(f"* BYE\r\n{tag} OK bye\r\n".encode())
        return verb == "LOGOUT"

    async def _is_let_in(self, command: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if command.upper().startswith("LOGIN "):
            return command[6:] == f'"{self.user}" "{self.password}"'
        writer.write(b"+ \r\n")
        return base64.b64decode(await reader.readline()).decode() == f"\0{self.user}\0{self.password}"

    def _capabilities(self) -> str:
        return (
            "IMAP4rev1"
            + (" AUTH=PLAIN" if self.plain else "")
            + (" UIDPLUS" if self.uidplus else "")
            + (" STARTTLS" if self.start_tls else "")
        )

    def _of_mails(self, verb: str, writer: asyncio.StreamWriter) -> str:
        match verb.split(" ", 3):
            case ["UID", "SEARCH", "UNDELETED", sought]:
                found = [uid for uid, one in self.mails.items() if _is_sought(one, sought)]
                writer.write(f"* SEARCH {' '.join(map(str, found))}\r\n".encode())
            case ["UID", "FETCH", uid, wanted] if part := _LITERAL.search(wanted):
                if (kept := self.mails.get(int(uid))) is not None:
                    shown = kept.raw[int(part[1]) : int(part[1]) + int(part[2])]
                    writer.write(f"* 1 FETCH (BODY[]<{part[1]}> {{{len(shown)}}}\r\n".encode() + shown)
                    writer.write(f" UID {uid})\r\n".encode())
            case ["UID", "STORE", uids, flags]:
                for kept in [one for uid, one in self.mails.items() if str(uid) in uids.split(",")]:
                    kept.flags |= set(re.findall(r"\\\w+", flags)) if self.keeps_marks else set()
            case ["UID", "EXPUNGE", uids] if self.uidplus:
                self._expunge(set(map(int, uids.split(","))))
            case ["EXPUNGE"]:
                self._expunge(set(self.mails))
            case _:
                return "BAD what?"
        return "OK done"

    def _expunge(self, uids: set[int]) -> None:
        self.mails = {uid: one for uid, one in self.mails.items() if uid not in uids or "\\DELETED" not in one.flags}


async def _encrypted(writer: asyncio.StreamWriter, context: ssl.SSLContext) -> bool:
    """Return whether the client goes on, once it has looked at the certificate."""
    try:
        await writer.start_tls(context)
    except (ssl.SSLError, ConnectionError):
        return False
    return True


def _is_sought(one: Kept, sought: str) -> bool:
    """Whether a mail that is not deleted is marked, or not, as is sought, and arrived before the day that is named."""
    marked, _, before = sought.partition(" BEFORE ")
    day = datetime.strptime(before, "%d-%b-%Y").replace(tzinfo=UTC).date() if before else None
    is_marked = "\\FLAGGED" in one.flags
    return "\\DELETED" not in one.flags and is_marked == (marked == "FLAGGED") and (day is None or one.arrived < day)


@asynccontextmanager
async def serving(mailbox: Mailbox, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Mailbox]:
    """Serve the mailbox on a port of loopback inside the block; with `tls` encrypted from the first byte."""
    server = await asyncio.start_server(mailbox.serve, "127.0.0.1", 0, ssl=tls)
    mailbox.port = server.sockets[0].getsockname()[1]
    async with server:
        yield mailbox
