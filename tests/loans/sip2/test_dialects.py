"""The quirks of the machines that are sold: how they end lines, count, spell, and what they search answers for."""

import re
import string
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from loans_service.sip2.messages import in_bytes, minor_units, moment, read, write
from loans_service.sip2.patrons import money
from tests.loans.sip2.fake_services import ADA, account, open_room
from tests.loans.sip2.self_check import DATE, checksum, fields

CARD, BARCODE = "20000000000018", "30000000000019"
CHECK_OUT = f"11NN{DATE}{' ' * 18}AOlib|AA{CARD}|AB{BARCODE}|AC|"
INFORMATION = f"63001{DATE}{{}}AOlib|AA{CARD}|AC|AD{{}}|"
LOGIN = b"9300CNselfcheck|COsecret-of-the-hall|CPhall|"


def with_sum(message: bytes, sequence: int) -> bytes:
    data = message + b"AY%dAZ" % sequence
    return data + checksum(data)


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\r\r", b"\n\n", b"\r\n\r\n"], ids=repr)
async def test_each_message_is_answered_once_however_it_ends(end: bytes, tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        asking = await room.machine(end=end)

        told = [(await asking.ask("9900302.00"))[:2] for _ in range(3)]

    assert told == ["98"] * 3


@pytest.mark.parametrize("version", ["2.0E", "2.00", "1.00", "    "])
async def test_any_version_is_answered_by_the_second_one(version: str, tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        answer = await (await room.machine()).ask(f"990080{version}")

    assert (answer[:2], answer[32:36]) == ("98", "2.00")


async def test_a_number_that_does_not_rise_is_sent_back_as_it_came(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        asking = await room.connect()
        told = []
        for number in (0, 7, 7, 3, 0):
            await asking.send(with_sum(LOGIN, number) + b"\r")
            told.append(await asking.hear())

    assert [b"AY0AZ", b"AY7AZ", b"AY7AZ", b"AY3AZ", b"AY0AZ"] == [answer[3:8] for answer in told]


async def test_a_login_with_a_tail_is_answered_without_a_gap(tmp_path: Path) -> None:
    """A computer-booking program looks for these bytes, in one read, and ends its questions twice."""
    async with open_room(tmp_path) as room:
        asking = await room.connect()
        await asking.send(with_sum(LOGIN, 1) + b"\r")
        login = await asking.hear()
        await asking.send(with_sum(b"9900302.00", 2) + b"\r")
        status = await asking.hear()
        await asking.send(with_sum(INFORMATION.format(" " * 10, "2468").encode(), 3) + b"\r\r")
        person = await asking.hear()

    assert login.startswith(b"941AY1AZ")
    assert status.startswith(b"98Y")
    assert b"CQY" in person
    assert b"BLN" not in person
    assert max(map(len, (login, status, person))) < 1_024


@pytest.mark.parametrize("encoding", ["cp850", "latin-1", "utf-8"])
async def test_letters_are_those_of_the_account_and_the_sum_is_that_of_their_bytes(
    encoding: str, tmp_path: Path
) -> None:
    async with open_room(tmp_path, account(encoding=encoding)) as room:
        room.services.answers["GET members/v1/members"] = (200, {"items": [ADA | {"name": "Zoë Åse"}]})
        asking = await room.machine(encoding=encoding)

        told = fields(await asking.ask(f"23001{DATE}AOBücherei|AA{CARD}|"))

    assert (["Zoë Åse"], ["Bücherei"]) == (told["AE"], told["AO"])


def test_what_a_machine_cannot_spell_loses_its_accents_rather_than_its_letters() -> None:
    assert "Dvořák’s “Œuvre” – 漢".encode() == in_bytes("Dvořák’s “Œuvre” – 漢", "utf-8")
    assert 'Dvorák\'s "?uvre" - ?'.encode("cp850") == in_bytes("Dvořák’s “Œuvre” – 漢", "cp850")


_LETTERS = (string.printable + "äßéØ").translate({ord(letter): None for letter in "|\r\n\t\x0b\x0c"})


@given(some.text(alphabet=_LETTERS, min_size=1, max_size=40).map(str.strip).filter(bool))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_barcode_may_hold_whatever_ends_neither_field_nor_line(barcode: str) -> None:
    request = read(f"17{DATE}AOlib|AB{barcode}|AC|")

    assert (barcode, "lib") == (request.get("AB"), request.get("AO"))


@pytest.mark.parametrize(
    "barcode", ["a/b", "../../etc", "x?y=1&z", "a%2Fb", "50%", "é", "a b", '"', "'; DROP", "*", "#1", "AB12", "BZ0001"]
)
async def test_such_a_barcode_reaches_the_services_as_it_is(barcode: str, tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        asking = await room.machine()
        await asking.ask(CHECK_OUT.replace(BARCODE, barcode))
        await asking.ask(f"09N{DATE}{DATE}APhall|AOlib|AB{barcode}|AC|")

        [lent], [back] = room.services.sent("POST loans/v1/loans"), room.services.sent("POST loans/v1/returns")
        looked_for = [asked.url.params["barcode"] for asked in room.services.asked if "copies" in asked.url.path]

    assert {barcode} == {lent["copy_barcode"], back["copy_barcode"], *looked_for}


def test_a_zone_is_blank_for_the_place_and_z_for_utc() -> None:
    paris = ZoneInfo("Europe/Paris")

    assert [f"2026-06-01T{hour}:11:12+00:00" for hour in ("08", "10", "08")] == [
        found.isoformat()
        for zone in ("    ", "   Z", "ZZZZ")
        if (found := moment(f"20260601{zone}101112", paris)) is not None
    ]
    assert [None] * 4 == [moment(text, paris) for text in ("", " " * 18, "20261301    000000", "2026060112    1112  ")]


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York"])
def test_a_year_in_which_no_days_can_be_counted_says_nothing(zone: str) -> None:
    never = ("00010101    000000", "18991231    235959", "30000101    000000", "99991231    235959")

    assert [None] * 4 == [moment(text, ZoneInfo(zone)) for text in never]


async def test_a_copy_may_hold_magnetic_media_for_all_that_is_known(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        asking = await room.machine()
        lent, back = await asking.ask(CHECK_OUT), await asking.ask(f"09N{DATE}{DATE}AOlib|AB{BARCODE}|")

    assert ("U", "U") == (lent[4], back[4])


@pytest.mark.parametrize("code", ["17", "11", "09", "15+"])
async def test_an_unknown_copy_is_said_in_words_that_front_ends_look_for(code: str, tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.services.answers["GET books/v1/copies"] = (200, {"items": [], "next_cursor": None})
        for act in ("POST loans/v1/loans", "POST loans/v1/returns"):
            room.services.refuse(act, 404, "copy-not-found", "The library has no copy with this barcode.")
        begin = {"17": f"17{DATE}", "11": f"11NN{DATE}{' ' * 18}", "09": f"09N{DATE}{DATE}", "15+": f"15+{DATE}"}[code]

        told = fields(await (await room.machine()).ask(f"{begin}AOlib|AA{CARD}|ABnobodys|"))

    assert ["Item not found."] == told["AF"]


@pytest.mark.parametrize("code", ["23", "63", "01", "25"])
@pytest.mark.parametrize("pin", ["", "AD|", "AD2468|"], ids=["no-pin", "empty-pin", "pin"])
async def test_an_unknown_card_is_never_left_without_a_verdict(code: str, pin: str, tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.services.answers["GET members/v1/members"] = (200, {"items": []})
        begin = {"23": f"23001{DATE}", "63": f"63001{DATE}{' ' * 10}", "01": f"01Y{DATE}", "25": f"25{DATE}"}[code]

        told = fields(await (await room.machine()).ask(f"{begin}AOlib|AAnobody|AC|{pin}"))

    assert (["N"], ["N"], [""]) == (told["BL"], told["CQ"], told["AE"])


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("card-replaced", "This card was replaced by a newer one."),
        ("card-stopped", "This card was stopped. Ask at the desk."),
    ],
)
async def test_a_card_that_was_replaced_or_stopped_counts_as_lost(code: str, sentence: str, tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.services.refuse("GET members/v1/members", 404, code)

        answer = await (await room.machine()).ask(INFORMATION.format(" " * 10, "2468"))

    assert "YYYYY         " == answer[2:16]
    assert [sentence] == fields(answer)["AF"]


@pytest.mark.parametrize("pin", ["AD|", "AD1111|"], ids=["empty", "wrong"])
@pytest.mark.parametrize("code", ["11", "29", "65", "15"])
async def test_with_an_empty_or_a_wrong_pin_nothing_is_done(code: str, pin: str, tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.services.refuse("POST members/v1/members/verify", 401, "wrong-card-or-pin")
        begin = {"11": f"11NN{DATE}{' ' * 18}", "29": f"29NN{DATE}{' ' * 18}", "65": f"65{DATE}", "15": f"15+{DATE}"}

        answer = await (await room.machine()).ask(f"{begin[code]}AOlib|AA{CARD}|AB{BARCODE}|{pin}")
        done = [asked.url.path for asked in room.services.asked if asked.method == "POST" and asked.url.host == "loans"]

    assert "0" == answer[2]
    assert ["The PIN is wrong."] == fields(answer)["AF"]
    assert [] == done


async def test_a_wrong_pin_hides_what_somebody_has_and_where_they_live(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.services.refuse("POST members/v1/members/verify", 401, "wrong-card-or-pin")

        told = fields(await (await room.machine()).ask(INFORMATION.format("  Y       ", "1111")))

    assert not {"AU", "BD", "BE", "BF"} & told.keys()


async def test_a_pin_is_asked_about_once(tmp_path: Path) -> None:
    """A wrong one counts against the card, and so must not be tried again with another token."""
    async with open_room(tmp_path) as room:
        room.services.refuse("POST members/v1/members/verify", 401, "wrong-card-or-pin")
        await (await room.machine()).ask(INFORMATION.format(" " * 10, "1111"))

        assert 1 == len(room.services.sent("POST members/v1/members/verify"))


async def test_a_message_without_its_date_is_understood_and_done_anew_each_time(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        asking = await room.machine()
        answers = [(await asking.ask(f"65AOlib|AA{CARD}|"))[:11] for _ in range(2)]

        asked = [asked for asked in room.services.asked if asked.url.path == "/v1/loans/l1/renew"]

    assert ["66100010000"] * 2 == answers
    assert [None, None] == [one.headers.get("idempotency-key") for one in asked]


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [(140, "EUR", "1.40"), (140, "JPY", "140"), (140, "GNF", "140"), (1_405, "KWD", "1.405")],
)
def test_money_has_as_many_places_as_its_currency(minor: int, currency: str, written: str) -> None:
    assert written == money({"amount": minor, "currency": currency})
    assert minor == minor_units(written, currency)


async def test_a_line_is_printed_only_where_the_machine_has_a_printer(tmp_path: Path) -> None:
    for shows, prints in ((True, False), (False, True), (True, True), (False, False)):
        where: dict[str, Any] = {"screen": shows, "print": prints}
        async with open_room(tmp_path, account(messages=where)) as room:
            told = fields(await (await room.machine()).ask(CHECK_OUT))

        assert (shows, prints) == ("AF" in told, "AG" in told)


async def test_no_answer_holds_what_is_not_a_field(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        asking = await room.machine()
        answers = [
            await asking.ask(one)
            for one in (
                CHECK_OUT,
                INFORMATION.format("  Y       ", "2468"),
                f"17{DATE}AB{BARCODE}|",
                f"65{DATE}AA{CARD}|",
            )
        ]

    for answer in answers:
        assert re.fullmatch(r"([A-Z]{2}[^|\r\n]*\|)+", answer[{"12": 24, "64": 61, "18": 26, "66": 29}[answer[:2]] :])


LETTERS = "".join(
    map(chr, [*range(0xD800), *range(0xE000, 0x20000)])
)  # beyond are ideographs, tags and private letters


@pytest.mark.parametrize("encoding", ["cp850", "latin-1", "utf-8"])
def test_no_letter_of_a_value_ends_a_field_or_a_message(encoding: str) -> None:
    message = in_bytes(write("64", ("AE", LETTERS), ("BL", "Y")), encoding)

    assert 2 == message.count(b"|")
    assert message.endswith(b"|BLY|")
    assert not [byte for byte in set(message) if byte < 32 or byte == 127]


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\u2029", "\u202e", "\u2066"])
def test_what_ends_a_line_or_turns_the_direction_is_not_sent(sign: str) -> None:
    assert sign not in in_bytes(write("64", ("AE", f"Eve{sign}Adam")), "utf-8").decode()
