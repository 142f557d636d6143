"""A connection of a machine: it signs in, and gets an answer to each message."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from loans_service.sip2 import items, lending, measured, patrons, visits
from loans_service.sip2.accounts import TERMINATORS, AccountsFile, MachineAccount
from loans_service.sip2.framing import MessageStream, TooLong, checksum, with_tail, without_tail
from loans_service.sip2.lending import ALERT_OTHER
from loans_service.sip2.library import RequestRefused, Services, Unanswered
from loans_service.sip2.messages import SUPPORTED, Request, UnreadableRequest, flag, in_bytes, read, write
from loans_service.sip2.terminal import Terminal
from loans_service.sip2.tries import LoginTries
from loans_service.sip2.zones import Zones
from shared.context import new_context, working_on
from shared.kernel.clock import Clock

_WRONG_LOGINS = 3
"""The number of wrong logins after which a connection ends."""

TIME_TO_SIGN_IN = 120.0
"""Seconds after which a connection without a login ends."""

_PENALTY = 1.0  # seconds that a wrong login takes
_LONGEST = 9.0  # seconds for an answer: machines give up after ten, the timeout in the answer to 99
_SEND_TIMEOUT = 30.0  # seconds that a machine gets to read an answer
_REQUEST_RESEND = b"96AZ" + checksum(b"96AZ")

_log = structlog.get_logger(__name__)

_ANSWERS: Mapping[str, Callable[[Terminal, Request], Awaitable[str]]] = {
    "01": visits.block_patron,
    "09": lending.check_in,
    "11": lending.check_out,
    "15": items.hold,
    "17": items.item_information,
    "19": items.item_status_update,
    "23": patrons.patron_status,
    "25": visits.patron_enable,
    "29": lending.renew,
    "35": visits.end_session,
    "37": visits.fee_paid,
    "63": patrons.patron_information,
    "65": lending.renew_all,
}

_NO_PATRON = "YYYY" + " " * 10
_NOT_CACHED = {"09", "11"}
"""Requests whose repetition is not answered from memory: loans stores their answers, and knows later moves."""

_WITHOUT_THE_LIBRARY = {
    "01": f"24{_NO_PATRON}{{language}}{{now}}",
    "09": "100NUY{now}",
    "11": "120NUN{now}",
    "15": "160N{now}",
    "17": "18010001{now}",
    "19": "200{now}",
    "23": f"24{_NO_PATRON}{{language}}{{now}}",
    "25": f"26{_NO_PATRON}{{language}}{{now}}",
    "29": "300NUN{now}",
    "35": "36Y{now}",
    "37": "38N{now}",
    "63": f"64{_NO_PATRON}{{language}}{{now}}" + "0000" * 6,
    "65": "6600000" + "0000{now}",
}
"""The fixed part of answers while a service is unavailable: nothing was done, and no patron is known."""


@dataclass(slots=True)
class Gateway:
    """What all machines share: services, accounts, zones, clock, the last answer of each login, and login attempts."""

    services: Services
    accounts: AccountsFile
    zones: Zones
    clock: Clock
    last: dict[str, tuple[bytes, str]] = field(default_factory=dict[str, tuple[bytes, str]])
    tries: LoginTries = field(default_factory=LoginTries)


class Machine:
    """A connection, and the account that has signed in on it."""

    def __init__(self, gateway: Gateway, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._gateway = gateway
        self._stream = MessageStream(reader)
        self._writer = writer
        self._address = str((writer.get_extra_info("peername") or ("",))[0])
        self._account: MachineAccount | None = None
        self._wrong_logins = 0
        self._sent = b""
        self._answers = self._goes = self._unanswered = False

    @property
    def has_signed_in(self) -> bool:
        """Whether an account is signed in."""
        return self._account is not None

    def end_soon(self) -> bool:
        """Close the connection after the current answer; return False if there is none."""
        self._goes = True
        return self._answers

    async def serve(self) -> None:
        """Answer until the machine disconnects, sends an invalid message, or does not sign in in time."""
        try:
            async with asyncio.timeout(TIME_TO_SIGN_IN) as deadline:
                while not self._goes and (message := await self._stream.next()) is not None:
                    self._answers = True
                    with working_on(new_context()):
                        if not await self._handle(message):
                            return
                    self._answers = False
                    if self.has_signed_in:
                        deadline.reschedule(None)
        except TooLong:
            _log.warning("a machine sends what is no message", login=self._login)

    @property
    def _login(self) -> str:
        return "" if self._account is None else self._account.login

    async def _handle(self, message: bytes) -> bool:
        """Answer one message; return whether the connection goes on."""
        body, tail, right = without_tail(message)
        try:
            request = read(body.decode(self._encoding, errors="replace"))
        except UnreadableRequest:
            request = None
        if request is None or (not right and (self._account is None or self._account.checksum)):
            measured.messages.labels("" if request is None else request.code, "unreadable").observe(0)
            await self._send(_REQUEST_RESEND, remember=False)
            return True
        if request.code == "97":
            await self._send(self._sent or _REQUEST_RESEND, remember=False)
            return True
        began = time.monotonic()
        self._unanswered = False
        answer = await self._answer(request, body)
        outcome = "unanswered" if self._unanswered else "answered"
        measured.messages.labels(request.code, outcome).observe(time.monotonic() - began)
        if answer is None:
            return False
        data = in_bytes(answer, self._encoding)
        await self._send(with_tail(data, tail if self._account is None or self._account.checksum else None))
        return self._wrong_logins < _WRONG_LOGINS

    @property
    def _encoding(self) -> str:
        return "utf-8" if self._account is None else self._account.encoding

    async def _answer(self, request: Request, body: bytes) -> str | None:
        """Return the answer; None to close the connection: without a login, or so that an offline act is sent again."""
        if request.code == "93":
            return await self._sign_in(request)
        account = self._account_as_it_is()
        if account is None:
            _log.info("a machine that has not signed in is sent away", code=request.code)
            return None
        terminal = await self._terminal(account)
        if request.code == "99":
            return await self._status(terminal, request)
        before = self._gateway.last.get(account.login)
        if request.code not in _NOT_CACHED and request.is_dated and before is not None and before[0] == body:
            return before[1]
        try:
            async with _in_time():
                answer = await _ANSWERS[request.code](terminal, request)
        except RequestRefused as refused:
            return _cannot(terminal, request, terminal.refusal(request, refused))
        except Unanswered as reason:
            self._unanswered = True
            _log.warning(
                "the library does not answer a machine", login=account.login, code=request.code, reason=str(reason)
            )
            if request.no_block:  # after a refusal the machine would drop the act; without an answer it repeats it
                return None
            return _cannot(terminal, request, terminal.speech(request).say("unavailable"))
        self._gateway.last[account.login] = (body, answer)
        return answer

    async def _terminal(self, account: MachineAccount) -> Terminal:
        gateway, library = self._gateway, self._gateway.services.for_account(account)
        return Terminal(account, library, await gateway.zones.of(account.branch, library), gateway.clock)

    def _account_as_it_is(self) -> MachineAccount | None:
        """Return the account as it is in the file now; None if it is not signed in, or its secret has changed."""
        if self._account is None:
            return None
        now = self._gateway.accounts.find(self._account.login)
        self._account = now if now is not None and now.signs_in_like(self._account) else None
        return self._account

    async def _sign_in(self, request: Request) -> str:
        login, tries = request.get("CN"), self._gateway.tries
        self._account = None
        if not tries.may_try(login, self._address):
            _log.warning("a login is not looked at after too many wrong ones", login=login[:64], address=self._address)
            self._wrong_logins = _WRONG_LOGINS
            measured.logins.labels("not_looked_at").inc()
            return "940"
        tries.failed(login, self._address)  # before the comparison, because attempts run concurrently
        account = self._gateway.accounts.find(login)
        if account is not None and account.knows(request.get("CO")):
            tries.succeeded(login, self._address)
            _log.info("a machine has signed in", login=login, address=self._address)
            self._account = account
            measured.logins.labels("right").inc()
            return "941"
        measured.logins.labels("wrong").inc()
        self._wrong_logins += 1
        _log.warning("a machine did not sign in", login=login[:64], address=self._address)
        await asyncio.sleep(_PENALTY)
        return "940"

    async def _status(self, terminal: Terminal, request: Request) -> str:
        """99 → 98: which functions are available. A return needs only loans."""
        ready = await self._gateway.services.are_ready()
        returns, everything = ready["loans"], all(ready.values())
        renewals = returns and ready["members"]
        text = "" if everything else terminal.speech(request).say("unavailable")
        return write(
            f"98{flag(returns) * 2}{flag(everything)}{flag(renewals)}{flag(ready['members'])}Y100003"
            f"{terminal.now()}2.00",
            ("AO", terminal.institution(request)), ("AM", "Library"), ("BX", SUPPORTED),
            ("AN", terminal.account.branch),
            *terminal.speech(request).screen_fields(text),
        )  # fmt: skip

    async def _send(self, data: bytes, *, remember: bool = True) -> None:
        if remember:
            self._sent = data
        end = TERMINATORS["CR" if self._account is None else self._account.terminator]
        self._writer.write(data + end)
        async with asyncio.timeout(_SEND_TIMEOUT):
            await self._writer.drain()


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Raise Unanswered if the block takes longer than a machine waits."""
    try:
        async with asyncio.timeout(_LONGEST):
            yield
    except TimeoutError:
        raise Unanswered("not in time") from None


def _cannot(terminal: Terminal, request: Request, text: str) -> str:
    """Return the answer to a request that failed, in the form of that request."""
    sent = [(name, request.get(name)) for name in ("AA", "AB") if name in request.fields]
    asks_for_patron = request.code in {"01", "23", "25", "63"}
    patron = [("AE", ""), ("BL", "N"), ("CQ", "N")] if asks_for_patron else []
    item = [("AJ", "")] if request.code in {"09", "11", "17", "29"} else []
    due = [("AH", "")] if request.code in {"11", "29"} else []
    alert = [("AQ", ""), ("CV", ALERT_OTHER)] if request.code == "09" else []
    fixed = _WITHOUT_THE_LIBRARY[request.code].format(now=terminal.now(), language=terminal.speech(request).number)
    return write(
        fixed, ("AO", terminal.institution(request)), *sent, *patron, *item, *due, *alert,
        *terminal.speech(request).screen_fields(text),
    )  # fmt: skip
