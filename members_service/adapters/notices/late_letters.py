"""Letters for processes that seldom print: fonts and what draws with them are imported with the first one."""

from collections.abc import Sequence
from datetime import date

from members_service.domain.notices.letters import Letter, Sender, Window


async def draw_letters(letters: Sequence[Letter], *, window: Window, sender: Sender, day: date, copy: bool) -> bytes:
    """Return the letters as PDF; on a copy each page says so."""
    from members_service.adapters.notices import printed_letters  # noqa: PLC0415 - as above

    return await printed_letters.draw_letters(letters, window=window, sender=sender, day=day, copy=copy)
