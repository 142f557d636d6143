"""What machines ask over real sockets, and how they sign in, repeat themselves and are understood."""

import json
from pathlib import Path

import pytest

from loans_service.sip2 import accounts
from tests.loans.sip2.fake_services import ADA, Room, account, open_room
from tests.loans.sip2.self_check import BARCODE, CARD, CHECK_OUT, DATE, fields

CHECK_IN = f"09N{DATE}{DATE}APhall|AOlib|AB{BARCODE}|AC|"


async def test_a_machine_signs_in_and_hears_what_it_may_ask(room: Room) -> None:
    answer = await (await room.machine()).ask("9900302.00")

    assert answer[:8] == "98YYYYYY"
    assert answer[-1] == "|"
    assert answer[32:36] == "2.00"
    assert fields(answer)["BX"] == ["YYYYYYYYYYYNYYYY"]


@pytest.mark.parametrize("service", ["books", "members", "loans"])
async def test_a_machine_hears_what_can_be_done_while_a_service_is_away(service: str, room: Room) -> None:
    asking = await room.machine()
    room.services.away = {service}

    online_returns_loans = (await asking.ask("9900302.00"))[2:5]

    assert online_returns_loans == ("NNN" if service == "loans" else "YYN")


async def test_a_service_without_its_database_can_do_nothing_for_a_machine(room: Room) -> None:
    asking = await room.machine()
    room.services.without_database = {"loans"}

    assert "NNN" == (await asking.ask("9900302.00"))[2:5]


async def test_nobody_is_answered_who_has_not_signed_in(room: Room) -> None:
    stranger = await room.connect()

    await stranger.send(CHECK_OUT.encode() + b"\r")

    assert await stranger.hear() == b""
    assert room.services.asked == []


async def test_after_three_wrong_secrets_the_connection_ends(room: Room) -> None:
    stranger = await room.connect()

    told = [(await stranger.ask("9300CNselfcheck|COwrong|"))[:3] for _ in range(3)]

    assert told == ["940"] * 3
    assert await stranger.hear() == b""


async def test_the_answer_to_a_login_has_no_gap_before_its_tail(room: Room) -> None:
    asking = await room.connect()
    await asking.send(b"9300CNselfcheck|COsecret-of-the-hall|AY1AZ" + b"F590" + b"\r")

    answer = await asking.hear()

    assert answer.startswith((b"941AY1AZ", b"96AZ"))  # the sum above may be wrong; the form is what counts
    assert b"|" not in answer


async def test_a_message_that_is_sent_twice_is_done_once_and_answered_the_same(room: Room) -> None:
    one, other = await room.machine(), await room.machine()

    answers = [await one.ask(CHECK_OUT), await one.ask(CHECK_OUT), await other.ask(CHECK_OUT)]

    assert [fields(answers[0])] * 3 == [fields(answer) for answer in answers]
    assert 1 == len(set(room.services.keys("POST loans/v1/loans"))), "by its key, loans does it once"


async def test_the_same_scan_later_is_another_message_with_another_key(room: Room) -> None:
    asking = await room.machine()
    await asking.ask(CHECK_OUT)
    await asking.ask(CHECK_OUT.replace("101112", "101113"))

    assert len(set(room.services.keys("POST loans/v1/loans"))) == 2


async def test_a_gateway_that_was_killed_in_between_uses_the_same_key(room: Room, tmp_path: Path) -> None:
    await (await room.machine()).ask(CHECK_OUT)
    (tmp_path / "again").mkdir()
    async with open_room(tmp_path / "again") as again:
        await (await again.machine()).ask(CHECK_OUT)

        assert again.services.keys("POST loans/v1/loans") == room.services.keys("POST loans/v1/loans")


async def test_after_a_moment_without_an_answer_the_same_message_is_tried_again(room: Room) -> None:
    asking = await room.machine()
    room.services.away = {"loans"}
    refused = await asking.ask(CHECK_OUT)
    room.services.away = set()

    lent = await asking.ask(CHECK_OUT)

    assert (refused[:3], lent[:3]) == ("120", "121")
    assert fields(refused)["AF"] == ["The library does not answer. Please try again in a moment."]


async def test_a_wrong_sum_is_asked_for_again_and_the_last_answer_can_be(room: Room) -> None:
    asking = await room.machine()
    await asking.send(CHECK_OUT.encode() + b"AY5AZ0000\r")
    again = await asking.hear()
    await asking.ask(CHECK_OUT)
    await asking.send(b"97\r")
    last = await asking.hear()

    assert again == b"96AZFEF6"
    assert last.startswith(b"121")
    assert len(room.services.sent("POST loans/v1/loans")) == 1


async def test_an_account_has_its_own_encoding_words_and_language(tmp_path: Path) -> None:
    own = {"screen": True, "print": True, "words": {"lent": {"fr": "À rendre le {due}, merci."}}}
    accounts_ = account(encoding="utf-8", language="fr", checksum=False, messages=own)
    async with open_room(tmp_path, accounts_) as room:
        asking = await room.machine(encoding="utf-8", checks=False)
        room.services.refuse("POST loans/v1/loans/l1/renew", 422, "held-by-other")

        lent = fields(await asking.ask(CHECK_OUT))
        kept = fields(await asking.ask(f"29NN{DATE}{' ' * 18}AOlib|AA{CARD}|AB{BARCODE}|"))

        assert lent["AF"] == lent["AG"] == ["À rendre le 05/06/2026, merci."]
        assert kept["AF"] == ["Quelqu'un d'autre attend."]


async def test_the_language_of_a_person_goes_before_that_of_the_machine(room: Room) -> None:
    told = fields(await (await room.machine()).ask(f"63002{DATE}{' ' * 10}AOlib|AA{CARD}|AC|"))

    assert told["AF"] == ["Bienvenue."]


async def test_accounts_are_read_again_when_the_file_changes(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "LOOKS_EVERY", 0.0)
    asking = await room.machine()
    room.accounts.write_text("nonsense")
    still = await asking.ask(CHECK_IN)
    room.accounts.write_text(json.dumps([account(login="other")]))
    await asking.send(CHECK_OUT.encode() + b"\r")

    assert still[:3] == "101"
    assert await asking.hear() == b""


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00\xff\xfe",
        b"11",
        b"11NN",
        b"GET / HTTP/1.1",
        b"6300",
        b"99",
        b"20" + b"x" * 40,
        b"8" * 3000,
        "63001é".encode(),
        b"||||",
        b"AY1AZ",
    ],
)
async def test_garbage_is_asked_for_again_and_the_machine_goes_on(garbage: bytes, room: Room) -> None:
    asking = await room.machine()

    await asking.send(garbage + b"\r" + b"97\r")
    told = [await asking.hear()]
    if garbage:
        told.append(await asking.hear())

    assert told[0].startswith((b"96AZ", b"941")), told
    assert (await asking.ask(CHECK_OUT))[:3] == "121"


async def test_values_cannot_end_a_field_or_a_message(room: Room) -> None:
    room.services.answers["GET books/v1/books/b1"] = (200, {"title": "Emma|AFyou owe\r\n990"})
    room.services.answers["GET members/v1/members"] = (200, {"items": [ADA | {"name": "A|B\rC"}], "next_cursor": None})
    asking = await room.machine()

    item = fields(await asking.ask(f"17{DATE}AOlib|AB{BARCODE}|"))
    person = fields(await asking.ask(f"23001{DATE}AOlib|AA{CARD}|"))

    assert item["AJ"] == ["Emma AFyou owe  990"]
    assert person["AE"] == ["A B C"]


async def test_a_thousand_idle_machines_disturb_nobody(room: Room) -> None:
    idle = [await room.connect() for _ in range(1000)]

    assert (await (await room.machine()).ask(CHECK_OUT))[:3] == "121"
    assert len(idle) == 1000
