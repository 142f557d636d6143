"""The mail server of a play: it takes mails, misbehaves as often as it is told to, and knows when it took which."""

import logging
import random
import time
from dataclasses import dataclass
from email.utils import parseaddr
from uuid import UUID

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.lab.faults.notices.truth import TITLE
from tests.members.smtp_sink import Fault, MailSink

WEIGHTS = {
    Fault.LATER: 12,
    Fault.GOES: 3,
    Fault.DROPS: 3,
    Fault.HANGS: 3,
    Fault.FORGETS: 3,
    Fault.CLOSES: 5,
    Fault.FULL: 6,
}
"""Of a thousand recipients, how many meet which."""
WITHOUT_ANSWER = (Fault.HANGS, Fault.FORGETS, Fault.CLOSES)
logging.getLogger("mail.log").setLevel(logging.ERROR)  # else it says of each line that it drops that it is no command
_NOT_TAKEN = (Fault.FORGETS, Fault.FULL)


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that the server took, and in which second it had the whole of it."""

    message_id: UUID
    second: float
    to: str
    language: str
    titles: frozenset[str]


class PlaySink(MailSink):
    """Takes mails for the people of a play; nobody is at the addresses that are `bad`."""

    def __init__(self, dice: random.Random, bad: frozenset[str], *, often: float = 1.0) -> None:
        super().__init__()
        self.fault_of = self._fault_of
        self._bad = bad
        self._dice = dice
        self._faults = [*WEIGHTS, Fault.NONE]
        self._weights = [often * weight for weight in WEIGHTS.values()]
        self._weights.append(max(0.0, 1000 - sum(self._weights)))
        self._seconds: list[float] = []

    def _fault_of(self, address: str) -> Fault:
        if address in self._bad:
            return Fault.NOBODY
        return self._dice.choices(self._faults, self._weights)[0]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if self.fault_in(session) not in _NOT_TAKEN:
            self._seconds.append(time.time())
        return await super().handle_DATA(server, session, envelope)

    @property
    def without_answer(self) -> int:
        """How many mails met a server that did not answer to the final dot."""
        return sum(self.faults[one] for one in WITHOUT_ANSWER)

    def all(self) -> list[Taken]:
        """Return all that was taken, in order."""
        return [
            Taken(
                UUID(str(mail["Message-ID"])[1:37]),
                second,
                parseaddr(str(mail["To"]))[1],
                str(mail["Content-Language"]),
                frozenset(TITLE.findall(_text(mail))),
            )
            for mail, second in zip(self.taken, self._seconds, strict=True)
        ]


def _text(mail: object) -> str:
    for part in mail.walk():  # type: ignore[attr-defined]  # a message of the standard library
        if part.get_content_type() == "text/plain":
            content: bytes = part.get_payload(decode=True)
            return content.decode()
    return ""
