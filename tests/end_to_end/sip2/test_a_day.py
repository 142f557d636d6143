"""A day in the hall: a self-check, a sorter, a gate and a computer-booking program, all at once on real sockets."""

import asyncio
import re

from tests.end_to_end.library import Copy, done
from tests.end_to_end.sip2.machines import PIN, SECRET, Conversation, Site, stamp
from tests.loans.sip2.self_check import checksum, fields
from tests.ports import HOST

UNAVAILABLE = "The library does not answer. Please try again in a moment."


async def borrow(self_check: Conversation, card: str, copies: list[Copy]) -> list[str]:
    """One visit: the card and the PIN, each copy on the plate, and goodbye. Returns the due dates.

    Whoever is told to try again in a moment puts the card down again, twice at most.
    """
    greeted = await self_check.information(card)
    for _ in range(2):
        if UNAVAILABLE in fields(greeted)["AF"]:
            greeted = await self_check.information(card)
    assert (["Y"], ["Y"]) == (fields(greeted)["BL"], fields(greeted)["CQ"]), greeted
    due = []
    for copy in copies:
        lent = await self_check.check_out(card, copy.barcode, may_renew="Y")
        assert "121NUY" == lent[:6], lent
        due += fields(lent)["AH"]
    receipt = await self_check.information(card, summary="  Y")
    assert {copy.barcode for copy in copies} <= set(fields(receipt)["AU"])
    assert "36Y" == (await self_check.ask(f"35{stamp()}AOlib|AA{card}|AC|AD{PIN}|"))[:3]
    return due


async def leave(gate: Conversation, copies: list[Copy]) -> list[str]:
    """Walk out past the gate; returns what sets it off: all that is not lent."""
    return [copy.barcode for copy in copies if (await gate.item(copy.barcode))[2:4] != "04"]


async def sort(sorter: Conversation, copies: list[Copy]) -> dict[str, list[str]]:
    """Drop copies into the slot; returns which came into which bin."""
    bins: dict[str, list[str]] = {}
    for copy in copies:
        answer = await sorter.check_in(copy.barcode)
        assert "101" == answer[:3], answer
        bins.setdefault(fields(answer)["CL"][0], []).append(copy.barcode)
    return bins


class BookingProgram:
    """Signs readers in at computers: one read for each answer, two ends to each question, words looked for anywhere."""

    async def lets_in(self, port: int, card: str, pin: str) -> bool:
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            login = await self._ask(reader, writer, f"9300CNselfcheck|CO{SECRET}|CPlab|AY1AZ", "\r")
            assert re.match("941AY", login), login
            assert (await self._ask(reader, writer, "9900802.00AY2AZ", "\r")).startswith("98Y")
            question = f"63001{stamp()}          AOlib|AA{card}|AC|AD{pin}|AY3AZ"
            told = await self._ask(reader, writer, question, "\r\r")
            if UNAVAILABLE in told:
                told = await self._ask(reader, writer, question, "\r\r")
        finally:
            writer.close()
            await writer.wait_closed()
        return "BLN" not in told and "CQY" in told

    @staticmethod
    async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, question: str, end: str) -> str:
        data = question.encode()
        writer.write(data + checksum(data) + end.encode())
        return (await asyncio.wait_for(reader.read(1_024), 20)).decode("cp850")


async def test_a_day_in_the_hall(either: Site) -> None:
    library, booking = either.library, BookingProgram()
    readers = [await either.reader() for _ in range(3)]
    shelves = [await library.shelve(copies=3, title=title) for title in ("Emma", "Romola", "Persuasion")]
    forgotten = await library.shelve(title="Adam Bede")
    async with await either.machine() as one, await either.machine() as two, await either.machine() as gate:
        opened = await asyncio.gather(one.status(), two.status(), gate.status())
        visits = await asyncio.gather(
            borrow(one, readers[0], shelves[0]),
            borrow(two, readers[1], shelves[1]),
            booking.lets_in(either.port, readers[0], PIN),
            booking.lets_in(either.port, readers[0], "1111"),
            booking.lets_in(either.port, readers[0], ""),
            booking.lets_in(either.port, "nobody", PIN),
        )
        alarms = [await leave(gate, shelves[0]), await leave(gate, [*shelves[1], *forgotten])]
        await borrow(one, readers[2], shelves[2])
        placed = [
            await two.ask(f"15+{stamp()}AOlib|AA{readers[2]}|AD{PIN}|AB{copy.barcode}|") for copy in (shelves[0][0],)
        ]
        async with await either.machine() as sorter:
            bins = await sort(sorter, [*shelves[0], *shelves[1], *shelves[2]])
            again = await sort(sorter, shelves[1])
        fetched = await one.check_out(readers[2], bins["2"][0])
        waiting = await one.information(readers[2])

    assert ["98YYYYYY"] * 3 == [answer[:8] for answer in opened]
    assert [True, False, False, False] == list(visits[2:])
    assert [[], [forgotten[0].barcode]] == alarms
    assert ["161"] == [answer[:3] for answer in placed]
    assert (1, 8) == (len(bins["2"]), len(bins["1"]))
    assert bins["2"][0] in {copy.barcode for copy in shelves[0]}
    assert {"1": [copy.barcode for copy in shelves[1]]} == again
    assert ("121", "0000", "0001") == (fetched[:3], waiting[37:41], waiting[45:49])
    desk = await library.librarian()
    for card, left in zip(readers, (0, 0, 1), strict=True):
        found = done(await desk.get(f"{library.loans}/v1/loans", card_number=card, status="open"))["items"]
        assert left == len(found), card
