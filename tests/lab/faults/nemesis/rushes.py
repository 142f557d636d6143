"""Many at once at the same few things: what is only wrong when two come in the same moment."""

import asyncio
from collections.abc import Sequence

from tests.end_to_end.library import Copy, Member
from tests.lab.faults.nemesis.actors import Actor
from tests.lab.faults.nemesis.history import Act

_A_CLASS = 7  # copies, each of another book: more than a child may have
_SCANS = 4  # of each copy; targets are chosen in between


async def a_class(actor: Actor) -> None:
    """One child borrows at all desks at once, up to the limit and beyond."""
    scene, rng = actor.scene, actor.rng
    child = rng.choice(scene.readers[: scene.children])
    books = rng.sample(scene.books, _A_CLASS)
    copies = [rng.choice([copy for copy in scene.copies if copy.book_id == book]) for book in books]
    await _give_back(actor, copies)
    await asyncio.gather(*(_lend(actor, copy, child) for copy in copies))
    await _give_back(actor, copies)


async def rivals(actor: Actor) -> None:
    """Several want the same copy in the same moment; then it is brought back twice at once."""
    scene, rng = actor.scene, actor.rng
    copy = rng.choice(scene.copies)
    await _give_back(actor, [copy])
    await asyncio.gather(*(_lend(actor, copy, reader) for reader in rng.sample(scene.readers, 4)))
    await _give_back(actor, [copy, copy])


async def a_fashion(actor: Actor) -> None:
    """Everybody wants one book: all its copies are out, many wait, and all come back at once; then most give up."""
    scene, rng = actor.scene, actor.rng
    book = rng.choice(scene.books)
    copies = [copy for copy in scene.copies if copy.book_id == book]
    await asyncio.gather(*(_lend(actor, copy, rng.choice(scene.readers)) for copy in copies))
    who = rng.sample([reader for reader in scene.readers if reader.member_id in scene.tokens], 4)
    placed = await asyncio.gather(*(_wait_for(actor, book, reader) for reader in who))
    await _give_back(actor, copies)
    await _give_up(actor, placed)


async def a_full_shelf(actor: Actor) -> None:
    """Several wait for a book that is there: its copies are scanned while it is chosen which of them to pull."""
    scene, rng = actor.scene, actor.rng
    book = rng.choice(scene.books)
    copies = [copy for copy in scene.copies if copy.book_id == book]
    await _give_back(actor, copies)

    async def scan() -> None:
        for _ in range(_SCANS):
            await _give_back(actor, copies)

    who = rng.sample([reader for reader in scene.readers if reader.member_id in scene.tokens], 4)
    placing = asyncio.gather(*(_wait_for(actor, book, reader) for reader in who))
    placed, _ = await asyncio.gather(placing, scan())
    await _give_up(actor, placed)


async def _lend(actor: Actor, copy: Copy, reader: Member) -> Act:
    body = {"copy_barcode": copy.barcode, "card_number": reader.card_number}
    about = {"copy": copy.copy_id, "member": reader.member_id}
    return await actor.insist("check out", "loans", "/v1/loans", body, token="desk", **about)


async def _give_back(actor: Actor, copies: Sequence[Copy]) -> None:
    async def one(copy: Copy) -> None:
        body = {"copy_barcode": copy.barcode}
        await actor.insist("return", "loans", "/v1/returns", body, token="desk", copy=copy.copy_id)

    await asyncio.gather(*(one(copy) for copy in copies))


async def _wait_for(actor: Actor, book: str, reader: Member) -> Act:
    who = reader.member_id
    return await actor.insist("place hold", "loans", "/v1/holds", {"book_id": book}, token=who, book=book, member=who)


async def _give_up(actor: Actor, placed: Sequence[Act]) -> None:
    async def one(hold: str, token: str) -> None:
        await actor.insist("cancel hold", "loans", f"/v1/holds/{hold}/cancel", None, token=token, hold=hold)

    await asyncio.gather(*(one(act.answer["hold_id"], act.token) for act in placed if act.accepted))
