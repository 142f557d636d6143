"""Read what came back to the sender of mails, from the mailbox in which it arrives."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from members_service.application.notices.note_bounce import Bounce, NoteBounce
from members_service.domain.notices.message import MessageNotFound

AT_ONCE = 50

_log = logging.getLogger(__name__)


class MailboxAway(Exception):
    """The mailbox cannot be read now."""


class Outcome(StrEnum):
    """What a mail that came back turned out to be."""

    NOTED = "noted"
    NOTHING = "nothing"  # it only says that delivery takes longer, or that somebody is on holiday
    UNREADABLE = "unreadable"  # no report, or about no message of ours: somebody has to look at it


@dataclass(frozen=True, slots=True)
class CameBack:
    """A mail in the mailbox: its key there, and what it says; None if that cannot be made out."""

    key: str
    bounces: Sequence[Bounce] | None


class BounceMailbox(Protocol):
    """The mailbox. Everything raises MailboxAway."""

    async def waiting(self, limit: int) -> Sequence[CameBack]:
        """Return mails that were neither removed nor set aside, the oldest first."""
        ...

    async def remove(self, keys: Collection[str]) -> None:
        """Remove mails that were read; they hold an address, and what was written to it."""
        ...

    async def leave(self, keys: Collection[str]) -> None:
        """Leave mails in the mailbox, marked for people to look at."""
        ...

    async def rest(self) -> None:
        """Close the connection until the next time."""
        ...


@dataclass(frozen=True, slots=True)
class ReadBounces:
    """Note what came back as whoever reports a bounce does.

    A mail is removed after what it says was committed: whoever dies between the two leaves it to be read again, which
    changes nothing. One that cannot be made out is left there, marked, and counted.
    """

    mailbox: BounceMailbox
    note: NoteBounce
    count: Callable[[Outcome], None]

    async def __call__(self) -> None:
        """Do it. A mailbox that does not answer is tried again next time."""
        try:
            while len(some := await self.mailbox.waiting(AT_ONCE)) > 0:
                for one in some:
                    outcome = await self._noted(one)
                    if outcome is Outcome.UNREADABLE:
                        await self.mailbox.leave([one.key])
                    else:
                        await self.mailbox.remove([one.key])
                    self.count(outcome)
                if len(some) < AT_ONCE:
                    break
        except MailboxAway as error:
            _log.warning("the mailbox of what comes back cannot be read; it is tried again soon: %s", error)
        finally:
            await self.mailbox.rest()

    async def _noted(self, one: CameBack) -> Outcome:
        if one.bounces is None:
            return Outcome.UNREADABLE
        for bounce in one.bounces:
            try:
                await self.note(bounce)
            except MessageNotFound:  # forgotten since, or never ours
                return Outcome.UNREADABLE
        return Outcome.NOTED if one.bounces else Outcome.NOTHING
