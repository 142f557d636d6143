"""Hear of lending what can become a notice, and no more."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from members_service.application.notices.queries import SettingsQueries
from members_service.application.notices.work import NoticeWorkFactory
from members_service.domain.notices.kinds import NoticeKind
from shared.kernel.clock import Clock


class Hearing(Protocol):
    """What is heard at present."""

    @property
    def chosen(self) -> frozenset[str] | None: ...

    async def choose(self, types: frozenset[str]) -> None:
        """Hear these from now on, and no other one."""


@dataclass(frozen=True, slots=True)
class HearWhatIsNoted:
    """Hear what can become a notice of a kind that is not off, and put on record since when.

    One relay at a time does it: whoever did it by what the settings were a moment ago could make deaf to what another
    one has just put on record as heard. `alone` gives the turn to one of them, and the others look again.
    """

    unit_of_work: NoticeWorkFactory
    settings: SettingsQueries
    alone: Callable[[], AbstractAsyncContextManager[object | None]]
    clock: Clock

    async def __call__(self, hearing: Hearing, types_for: Callable[[frozenset[NoticeKind]], frozenset[str]]) -> None:
        """Look at the settings, and change what is heard if they want another thing."""
        present = await self.settings.current()
        is_on_record = present.noted_since is not None or present.version == 0
        if is_on_record and hearing.chosen == types_for(present.noted):
            return
        async with self.alone() as turn:
            if turn is None:
                return
            present = await self.settings.current()
            await hearing.choose(types_for(present.noted))
            async with self.unit_of_work() as uow:
                await uow.notice_settings.note_since(present.version, self.clock.now())
                await uow.commit()
