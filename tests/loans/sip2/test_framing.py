"""Where messages end, and how they are summed."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as some

from loans_service.sip2 import framing
from loans_service.sip2.framing import LONGEST_MESSAGE, MessageStream, TooLong, with_tail, without_tail


def stream(*pieces: bytes) -> MessageStream:
    reader = asyncio.StreamReader()
    for piece in pieces:
        reader.feed_data(piece)
    reader.feed_eof()
    return MessageStream(reader)


async def all_of(messages: MessageStream) -> list[bytes]:
    found = []
    while (message := await messages.next()) is not None:
        found.append(message)
    return found


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\r\r", b"\r\n\r\n", b"\n\r"])
async def test_a_message_ends_however_machines_end_it(end: bytes) -> None:
    assert await all_of(stream(b"97" + end + b"9900302.00" + end)) == [b"97", b"9900302.00"]


async def test_a_message_may_come_in_pieces_and_several_in_one() -> None:
    assert await all_of(stream(b"99003", b"02.00\r97\r9", b"7\n")) == [b"9900302.00", b"97", b"97"]


async def test_what_never_ends_is_no_message() -> None:
    with pytest.raises(TooLong):
        await stream(b"1" * (LONGEST_MESSAGE + 1)).next()


async def test_whoever_sends_a_message_byte_by_byte_gets_no_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "TIME_FOR_A_MESSAGE", 0.05)
    reader = asyncio.StreamReader()
    reader.feed_data(b"9")  # and nothing more

    with pytest.raises(TooLong):
        await MessageStream(reader).next()


def test_the_sum_is_that_of_the_standard() -> None:
    assert with_tail(b"9900302.00", b"AY1AZ") == b"9900302.00AY1AZFCA5"
    assert with_tail(b"941", None) == b"941"


@pytest.mark.parametrize("message", [b"97AZFEF5", b"17AOlib|AB1|AZFB8A"])
def test_a_sum_may_stand_without_a_number(message: bytes) -> None:
    body, tail, right = without_tail(message)

    assert (message[:-6], b"AZ", True) == (body, tail, right)


@given(
    some.binary(max_size=200).filter(lambda body: b"AY" not in body and b"AZ" not in body), some.sampled_from(range(10))
)
def test_what_was_sent_whole_is_right_and_one_wrong_byte_is_seen(body: bytes, digit: int) -> None:
    tail = b"AY%dAZ" % digit
    message = with_tail(body, tail)

    assert without_tail(message) == (body, tail, True)
    if body:
        changed = bytes([body[0] ^ 1]) + message[1:]
        assert without_tail(changed)[2] is False
