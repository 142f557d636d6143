"""Read what came back to the sender of mails, from the mailbox in which it arrives."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from members_service.application.notices.note_bounce import Bounce, NoteBounce
from members_service.domain.notices.message import MessageNotFound
from shared.kernel.clock import Clock

AT_ONCE = 50
LEFT_FOR = timedelta(days=30)
"""How long what cannot be made out is left for people to look at."""

_log = logging.getLogger(__name__)


class MailboxAway(Exception):
    """The mailbox cannot be read now."""


class Outcome(StrEnum):
    """What a mail that came back turned out to be."""

    NOTED = "noted"
    NOTHING = "nothing"  # it only says that delivery takes longer, or that somebody is on holiday
    UNREADABLE = "unreadable"  # no report, about no message of ours, or it broke something: somebody has to look at it


@dataclass(frozen=True, slots=True)
class CameBack:
    """A mail in the mailbox: its key there, and what it says; None if that cannot be made out."""

    key: str
    bounces: Sequence[Bounce] | None


class BounceMailbox(Protocol):
    """The mailbox. Everything raises MailboxAway."""

    async def waiting(self, limit: int, *, but: Collection[str]) -> Sequence[CameBack]:
        """Return mails that were neither removed nor set aside, the oldest first; but for those with these keys."""
        ...

    async def remove(self, keys: Collection[str]) -> None:
        """Remove mails that were read; they hold an address, and what was written to it."""
        ...

    async def leave(self, keys: Collection[str]) -> None:
        """Leave mails in the mailbox, marked for people to look at."""
        ...

    async def clear(self, before: date) -> None:
        """Remove some of the mails that were left and arrived before this day."""
        ...

    async def rest(self) -> None:
        """Close the connection until the next time."""
        ...


@dataclass(frozen=True, slots=True)
class ReadBounces:
    """Note what came back as whoever reports a bounce does.

    A mail is removed after what it says was committed: whoever dies between the two leaves it to be read again, which
    changes nothing. One that cannot be made out, or over which something breaks, is left there for some days, marked,
    and counted; the others go on.
    """

    mailbox: BounceMailbox
    note: NoteBounce
    count: Callable[[Outcome], None]
    is_passing: Callable[[Exception], bool]
    clock: Clock

    async def __call__(self) -> None:
        """Do it. A mailbox that does not answer is tried again next time."""
        met: set[str] = set()  # not every server keeps what is marked, or removes what is to be removed
        try:
            while len(some := await self.mailbox.waiting(AT_ONCE, but=met)) > 0:
                for one in some:
                    met.add(one.key)
                    outcome = await self._noted(one)
                    if outcome is Outcome.UNREADABLE:
                        await self.mailbox.leave([one.key])
                    else:
                        await self.mailbox.remove([one.key])
                    self.count(outcome)
                if len(some) < AT_ONCE:
                    break
            await self.mailbox.clear((self.clock.now() - LEFT_FOR).date())
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
            except Exception as error:
                if self.is_passing(error):
                    raise  # it is not the mail: all of them are read once the database answers again
                _log.exception("what came back in mail %s could not be noted; it is left there, marked", one.key)
                return Outcome.UNREADABLE
        return Outcome.NOTED if one.bounces else Outcome.NOTHING
