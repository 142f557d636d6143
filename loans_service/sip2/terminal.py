"""A machine that has signed in: its account, its access to the services, and its texts."""

import hashlib
from datetime import datetime, tzinfo

import structlog

from loans_service.sip2.accounts import MachineAccount
from loans_service.sip2.library import LibraryClient, RequestRefused
from loans_service.sip2.messages import Request, stamp
from loans_service.sip2.words import Speech
from shared.kernel.clock import Clock

_log = structlog.get_logger(__name__)


class Terminal:
    """What answers need. `zone` is local to the machine: the standard writes local times."""

    def __init__(self, account: MachineAccount, library: LibraryClient, zone: tzinfo, clock: Clock) -> None:
        self.account = account
        self.library = library
        self.zone = zone
        self._clock = clock

    def time(self) -> datetime:
        """Return the time."""
        return self._clock.now()

    def now(self) -> str:
        """Return the time in the format of answers."""
        return stamp(self._clock.now(), self.zone)

    def speech(self, request: Request) -> Speech:
        """Return the texts in the patron's language, or else in the machine's."""
        return Speech(self.account, request.fixed.get("language", "000"))

    def institution(self, request: Request) -> str:
        """Return the institution that the machine sent, or else the branch of the account."""
        return request.get("AO") or self.account.branch

    def key(self, request: Request, part: str = "") -> str:
        """Return the idempotency key of a request: the same for the same message of the same login.

        `part` distinguishes several acts for one message. A message without a date has no key, because its repetition
        cannot be distinguished from the same act a day later.
        """
        if not request.is_dated:
            return ""
        text = "\n".join(
            [request.code, *request.fixed.values(), *(f"{name}{value}" for name, value in request.fields.items())]
        )
        return hashlib.sha256(f"{self.account.login}\n{text}\n{part}".encode()).hexdigest()

    def refusal(self, request: Request, refused: RequestRefused) -> str:
        """Return the text for a refusal."""
        speech = self.speech(request)
        if refused.status in {401, 403}:
            _log.warning(
                "the client of a machine may not do what it was asked",
                login=self.account.login,
                client=self.account.client_id,
                code=request.code,
                refusals=sorted(refused.codes),
            )
        return speech.say("forbidden") if refused.status in {401, 403} else speech.refuse(refused.refusals)
