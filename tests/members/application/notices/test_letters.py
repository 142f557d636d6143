"""Letters: written in the background from what still holds, printed once, and copies say so."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pypdfium2 as pdfium
import pytest

from members_service.adapters.notices.jinja_templates import JinjaTemplates
from members_service.adapters.notices.late_letters import draw_letters
from members_service.adapters.notices.shipped_templates import ShippedInToml
from members_service.application.notices.letters.prepare_batches import PrepareLetters
from members_service.application.notices.letters.print_letters import LetterOrder, OrderLetters, PrintLetters
from members_service.application.notices.letters.queries import LetterQueries
from members_service.application.notices.rendering.render import RenderNotices
from members_service.application.notices.templates.queries import TemplateQueries
from members_service.domain.membership.personal_details import Address
from members_service.domain.notices.circulation import HoldNow
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.letters import (
    LetterBatchNotFound,
    LettersNotReady,
    NoLettersWaiting,
    Sender,
    Window,
)
from members_service.domain.notices.notice import Occurrence
from members_service.domain.notices.notice_settings import Mode
from shared.kernel.ids import new_id
from tests.members.makers import UTC_ZONE
from tests.members.notices import NoticeDesk
from tests.members.register import Register


class LetterDesk(NoticeDesk):
    """Prints letters in real words."""

    def __init__(self, register: Register) -> None:
        super().__init__(register)
        self.words: Any = RenderNotices(
            TemplateQueries(register.database), JinjaTemplates(), ShippedInToml(), lambda *_: None
        )
        self.holds: list[UUID] = []

    @property
    def printing(self) -> PrintLetters:
        queries = LetterQueries(self.register.database, self.register.keys)
        return PrintLetters(self.unit_of_work, queries, draw_letters, self.clock, UTC_ZONE)

    async def hold_ready(self, name: str, postal_code: str) -> None:
        address = Address("12 St James's Square", postal_code, "London")
        member = await self.register.enrol(name=name, email=None, address=address)
        self.holds.append(hold := new_id())
        self.lending.holds[hold] = HoldNow("ready", "MAIN")
        facts = {"book_id": str(new_id())}
        at = self.clock.now()
        await self.tell(Occurrence(member.member_id, NoticeKind.HOLD_READY, hold, at, branch="MAIN", facts=facts))

    async def order(self, branch: str | None = "main") -> UUID:
        order = OrderLetters(self.unit_of_work, self.register.branches, self.clock)
        return (await order(LetterOrder(branch, "the desk"))).batch_id

    async def write(self) -> bool:
        return await PrepareLetters(self.unit_of_work, self.prepare, self.clock)()

    async def two_letters_wait(self) -> None:
        await self.hold_ready("Ada Lovelace", "2000")
        await self.hold_ready("Kim Novak", "1000")
        self.clock.pass_by(timedelta(minutes=16))
        await self.bundle_all()


class Poison:
    """Words that break over the letter to one person."""

    def __init__(self, words: Any, name: str) -> None:
        self.words, self.name = words, name

    async def __call__(self, contexts: Any, *about: Any, **more: Any) -> Any:
        if contexts[0].reader.given_name == self.name:
            raise RuntimeError("poison")
        return await self.words(contexts, *about, **more)


@pytest.fixture
def letter_desk(register: Register) -> LetterDesk:
    return LetterDesk(register)


def pages_of(pdf: bytes) -> list[str]:
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pdfium.PdfDocument(pdf)]


async def test_letters_are_written_sorted_and_printed_once_and_later_prints_are_copies(letter_desk: LetterDesk) -> None:
    desk = letter_desk
    await desk.two_letters_wait()
    batch = await desk.order()
    with pytest.raises(LettersNotReady):
        await desk.printing.as_pdf(batch, window=None)
    assert await desk.write()
    assert not await desk.write()

    first = pages_of(await desk.printing.as_pdf(batch, window=Window.NUMBER_10))
    again = pages_of(await desk.printing.as_pdf(batch, window=None))
    assert ["Kim Novak" in first[0], "Ada Lovelace" in first[1]] == [True, True]
    assert all("Emma, Jane Austen" in page and "Main library" in page for page in first)
    assert [page.count("COPY") for page in first + again] == [0, 0, 1, 1]
    assert (await desk.states())["notice_messages"] == [("printed", None)] * 2

    lines = [json.loads(line) for line in (await desk.printing.as_lines(batch)).splitlines()]
    assert [(one["address"][0], one["copy"]) for one in lines] == [("Kim Novak", True), ("Ada Lovelace", True)]
    other = await desk.order()
    assert await desk.write()
    with pytest.raises(NoLettersWaiting):
        await desk.printing.as_pdf(other, window=None)
    with pytest.raises(LetterBatchNotFound):
        await desk.printing.as_lines(new_id())


async def test_a_letter_about_what_has_ended_is_not_printed(letter_desk: LetterDesk) -> None:
    await letter_desk.two_letters_wait()
    letter_desk.lending.holds[letter_desk.holds[0]] = HoldNow("fulfilled", "MAIN")
    batch = await letter_desk.order()
    await letter_desk.write()
    (page,) = pages_of(await letter_desk.printing.as_pdf(batch, window=None))
    assert "Kim Novak" in page
    assert sorted((await letter_desk.states())["notice_messages"]) == [("dropped", "over"), ("printed", None)]


async def test_letters_wait_while_lending_is_down_and_are_written_when_it_is_back(letter_desk: LetterDesk) -> None:
    await letter_desk.two_letters_wait()
    batch = await letter_desk.order()
    letter_desk.lending.down = True
    assert await letter_desk.write()
    assert not await letter_desk.write()
    assert (await letter_desk.states())["notice_messages"] == [("ready", None)] * 2
    letter_desk.lending.down = False
    letter_desk.clock.pass_by(timedelta(minutes=3))
    assert await letter_desk.write()
    assert len(pages_of(await letter_desk.printing.as_pdf(batch, window=None))) == 2


async def test_no_letter_is_printed_until_the_library_sends_notices(letter_desk: LetterDesk) -> None:
    await letter_desk.two_letters_wait()
    letter_desk.defaults = replace(letter_desk.defaults, mode=Mode.SHADOW)
    batch = await letter_desk.order()
    assert await letter_desk.write()
    with pytest.raises(NoLettersWaiting):
        await letter_desk.printing.as_pdf(batch, window=None)
    assert (await letter_desk.states())["notice_messages"] == [("ready", None)] * 2


async def test_whoever_holds_a_batch_no_more_does_not_write_over_it(letter_desk: LetterDesk) -> None:
    await letter_desk.hold_ready("Ada", "SW1Y 4LG")
    await letter_desk.bundle_all()
    batch_id, late = await letter_desk.order(), letter_desk.clock.now()
    async with letter_desk.unit_of_work() as uow:
        await uow.letter_batches.claim(now=late)
        await uow.commit()
    letter_desk.clock.pass_by(timedelta(minutes=7))
    async with letter_desk.unit_of_work() as uow:
        assert await uow.letter_batches.claim(now=letter_desk.clock.now())
        finish, now = uow.letter_batches.finish, letter_desk.clock.now()
        first = await finish(batch_id, [], Sender("Library"), claimed_at=late, now=now)
        second = await finish(batch_id, [], Sender("Library"), claimed_at=now, now=now)
        again = await finish(batch_id, [], Sender("Library"), claimed_at=now, now=now)

    assert (False, True, False) == (first, second, again)


async def test_a_letter_over_which_something_breaks_waits_and_the_others_are_printed(letter_desk: LetterDesk) -> None:
    await letter_desk.two_letters_wait()
    letter_desk.words = Poison(letter_desk.words, "Ada Lovelace")

    await letter_desk.order()
    await letter_desk.write()
    states = sorted((await letter_desk.states())["notice_messages"])
    letter_desk.clock.pass_by(timedelta(days=6))
    await letter_desk.order()
    await letter_desk.write()

    assert [("printed", None), ("ready", None)] == states
    assert ("failed", "cannot-render") in (await letter_desk.states())["notice_messages"]
