"""What is no SIP2, or only looks like it: no traceback, no silence for others, and nobody else's data."""

import asyncio
import random
import socket
import string
import struct
from collections.abc import Iterator

from tests.end_to_end.library import eventually
from tests.end_to_end.sip2.machines import PIN, SECRET, Conversation, Gateway, Site, stamp, told_of
from tests.loans.sip2.self_check import SelfCheck, fields

_CODES = (
    "01",
    "09",
    "11",
    "15",
    "17",
    "19",
    "23",
    "25",
    "29",
    "35",
    "37",
    "63",
    "65",
    "93",
    "96",
    "97",
    "98",
    "99",
    "00",
)
_FIELDS = (
    "AA",
    "AB",
    "AC",
    "AD",
    "AJ",
    "AO",
    "BI",
    "BK",
    "BP",
    "BQ",
    "BS",
    "BV",
    "BW",
    "CG",
    "CN",
    "CO",
    "zz",
    "é",
    "",
)
_VALUES = (
    "", " ", "x" * 3_000, "../../etc/passwd", "%2e%2e%2f", "a?b=c&d=e", "#", "'; DROP TABLE loans; --", "${jndi:ldap://x}",
    "{}", "[]", "null", "\x00", "\x1b[2J", "\u202e", "é" * 100, "9" * 400, "-1", "1e9", "NaN", "0", "AY1AZ0000", "Y",
    "\ud7ff",
)  # fmt: skip
_SECONDS = 20.0


def corpus(card: str, barcode: str, seed: int) -> Iterator[bytes]:
    """Yield lines without their ends: random bytes, halves of messages, and messages with values that nobody means."""
    randomly = random.Random(seed)
    good = [
        f"11NN{stamp()}{' ' * 18}AOlib|AA{card}|AB{barcode}|AC|",
        f"63001{stamp()}{' ' * 10}AOlib|AA{card}|AD{PIN}|",
        f"37{stamp()}0100EURBV1.40|AA{card}|CGx|BK1|",
        f"15+{stamp()}BW99999999    999999|AA{card}|AB{barcode}|",
        f"09Y{'9' * 18}{'0' * 18}AB{barcode}|",
    ]
    for message in good:
        yield from (message[:length].encode() for length in range(0, len(message), 7))
    for _ in range(150):
        yield bytes(randomly.choice(range(256)) for _ in range(randomly.randrange(1, 200))).translate(None, b"\r\n")
        fixed = "".join(randomly.choice(string.printable[:95]) for _ in range(randomly.randrange(60)))
        values = "|".join(randomly.choice(_FIELDS) + randomly.choice(_VALUES) for _ in range(randomly.randrange(6)))
        yield f"{randomly.choice(_CODES)}{fixed}{values}|".encode()
        changed = bytearray(randomly.choice(good), "utf-8")
        for _ in range(randomly.randrange(1, 6)):
            changed[randomly.randrange(len(changed))] = randomly.randrange(256)
        yield bytes(changed).translate(None, b"\r\n")
    for value in _VALUES:
        yield from (
            f"11NN{stamp()}{' ' * 18}AO{value}|AA{value}|AB{barcode}|".encode(),
            f"63001{stamp()}  Y       AA{card}|AD{value}|BP{value}|BQ{value}|".encode(),
            f"17{stamp()}AB{value}|".encode(),
            f"09N{stamp()}{stamp()}AB{value}|".encode(),
            f"37{stamp()}0100EURBV{value}|AA{card}|CG{value}|BK{value}|".encode(),
            f"15*{stamp()}BS{value}|BW{value}|AA{card}|AB{barcode}|".encode(),
        )


async def test_the_corpus_makes_nothing_fail_and_keeps_nobody_waiting(site: Site, gateway: Gateway) -> None:
    victim, [copy] = await site.reader(), await site.library.shelve()
    stranger = await site.reader()
    lines = list(corpus(stranger, copy.barcode, seed=16))
    async with await site.machine() as bystander:
        answered = unanswered = 0
        machine = await site.machine()
        for number, line in enumerate(lines):
            await machine.line.send(line + b"\r")
            if line.strip(b"\r\n"):
                async with asyncio.timeout(_SECONDS):
                    answer = await machine.line.hear()
                answered, unanswered = answered + bool(answer), unanswered + (not answer)
                assert victim.encode() not in answer
                if not answer:  # it was ended: too long, or a login that is none
                    await machine.line.leave()
                    machine = await site.machine()
            if number % 100 == 0:
                assert "98YYYYYY" == (await bystander.status())[:8]
        await machine.line.leave()
        lent = await bystander.check_out(victim, copy.barcode)

    print(f"{len(lines)} lines, {answered} answered, {unanswered} ended the line")
    assert "121" == lent[:3]
    assert "" == told_of(gateway.told())
    assert gateway.runs
    assert unanswered < len(lines) / 10


async def test_who_has_not_signed_in_gets_nothing_from_any_of_it(site: Site) -> None:
    reader, [copy] = await site.reader(), await site.library.shelve()
    for line in corpus(reader, copy.barcode, seed=17):
        if not line or line[:2] in {b"93", b"97"}:
            continue
        stranger = await SelfCheck.connect(site.port)
        await stranger.send(line[:2_000] + b"\r")
        answer = await stranger.hear()
        await stranger.leave()
        assert answer in {b"", b"96AZFEF6"}, (line, answer)


async def test_whoever_leaves_in_the_middle_of_an_answer_leaves_no_traceback(site: Site) -> None:
    """The fixture of the gateway looks into its log."""
    reader = await site.reader()
    asked = f"63001{stamp()}{' ' * 10}AOlib|AA{reader}|AD{PIN}|\r".encode()
    for _ in range(60):
        leaving = socket.create_connection(("127.0.0.1", site.port), 10)
        leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # it is reset, not ended
        leaving.sendall(f"9300CNselfcheck|CO{SECRET}|\r".encode() + asked * 40)
        await asyncio.sleep(0.002)
        leaving.close()

    async with await site.machine() as machine:

        async def is_found() -> bool:
            return "Dorothea" in await machine.information(reader)

        await eventually(is_found)  # what those who left had asked may still be worked on


async def test_a_gate_is_told_nothing_of_readers_and_does_nothing(site: Site) -> None:
    card, [copy] = await site.reader(), await site.library.shelve()
    async with await site.machine("gate") as gate:
        item = await gate.item(copy.barcode)
        told = [
            await gate.information(card),
            await gate.check_out(card, copy.barcode),
            await gate.check_in(copy.barcode),
            await gate.ask(f"37{stamp()}0100EURBV1.40|AA{card}|"),
            await gate.ask(f"15+{stamp()}AA{card}|AB{copy.barcode}|"),
            await gate.ask(f"01Y{stamp()}ALx|AA{card}|"),
        ]

    assert "1803" == item[:4]
    assert ["This machine may not do that."] * 6 == [fields(answer)["AF"][0] for answer in told]
    assert not [answer for answer in told if "Dorothea" in answer]


async def test_one_account_hears_nothing_of_what_another_was_told(site: Site) -> None:
    card = await site.reader()
    asked = f"63001{stamp()}{' ' * 10}AOlib|AA{card}|AD{PIN}|"
    line = Conversation(await SelfCheck.connect(site.port))
    await line.ask(f"9300CNselfcheck|CO{SECRET}|")
    first = await line.ask(asked)
    await line.ask(f"9300CNgate|CO{SECRET}|")
    await line.line.send(b"97\r")
    again = await line.line.hear()
    repeated = await line.ask(asked)
    await line.line.leave()

    assert "Dorothea" in first
    assert again.startswith(b"941")
    assert "Dorothea" not in repeated


async def test_endless_lines_slow_bytes_and_idle_lines_disturb_nobody(site: Site, gateway: Gateway) -> None:
    card, [copy] = await site.reader(), await site.library.shelve()
    idle = [await SelfCheck.connect(site.port) for _ in range(300)]
    slow = await SelfCheck.connect(site.port)
    endless = await SelfCheck.connect(site.port)

    async def trickle() -> None:
        for byte in b"9300CNselfcheck":
            await slow.send(bytes([byte]))
            await asyncio.sleep(0.02)

    trickling = asyncio.create_task(trickle())
    await endless.send(b"1" * 5_000)
    ended = await endless.hear()
    async with await site.machine() as asking:
        lent, back = await asking.check_out(card, copy.barcode), await asking.check_in(copy.barcode)
    await trickling
    await asyncio.gather(*(line.leave() for line in (*idle, slow, endless)))

    assert (b"", "121", "101") == (ended, lent[:3], back[:3])
    assert "" == told_of(gateway.told())
