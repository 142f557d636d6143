"""What machines ask over real sockets, and what they are answered."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from loans_service.sip2 import accounts, machine
from tests.loans.sip2.fake_services import ADA, COPY, LOAN, Room, account, open_room
from tests.loans.sip2.self_check import DATE, fields

CARD, BARCODE = "20000000000018", "30000000000019"
CHECK_OUT = f"11NN{DATE}{' ' * 18}AOlib|AA{CARD}|AB{BARCODE}|AC|"
CHECK_IN = f"09N{DATE}{DATE}APhall|AOlib|AB{BARCODE}|AC|"
INFORMATION = f"63001{DATE}{{}}AOlib|AA{CARD}|AC|AD{{}}|"


@pytest.fixture
async def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    monkeypatch.setattr(machine, "_PENALTY", 0.0)
    async with open_room(tmp_path) as opened:
        yield opened


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
    await asking.send(b"9300CNselfcheck|COsecret|AY1AZ" + b"F590" + b"\r")

    answer = await asking.hear()

    assert answer.startswith((b"941AY1AZ", b"96AZ"))  # the sum above may be wrong; the form is what counts
    assert b"|" not in answer


async def test_a_copy_is_lent_and_its_due_date_told_in_the_zone_of_the_place(room: Room) -> None:
    answer = await (await room.machine()).ask(CHECK_OUT)

    told = fields(answer)
    assert answer[:6] == "121NUY"
    assert (told["AJ"], told["AH"], told["AF"]) == (["Emma"], ["20260605    235959"], ["Due 05 Jun 2026."])
    assert room.services.sent("POST loans/v1/loans") == [
        {"copy_barcode": BARCODE, "card_number": CARD, "branch": "MAIN"}
    ]


async def test_a_refusal_is_told_in_words_and_nothing_is_lent(room: Room) -> None:
    room.services.refuse("POST loans/v1/loans", 422, "loan-limit-reached", "You have 10 loans. Return a copy first.")

    answer = await (await room.machine()).ask(CHECK_OUT)

    assert answer[:6] == "120NUN"
    assert fields(answer)["AF"] == ["You have 10 loans. Return a copy first."]


async def test_a_copy_that_is_lent_to_the_same_card_is_renewed_where_the_machine_may(room: Room) -> None:
    room.services.refuse("POST loans/v1/loans", 409, "copy-on-loan")

    asking = await room.machine()
    kept, renewed = await asking.ask(CHECK_OUT), await asking.ask(CHECK_OUT.replace("11NN", "11YN"))

    assert (kept[:4], renewed[:4]) == ("120N", "121Y")
    assert len(room.services.sent("POST loans/v1/loans/l1/renew")) == 1


async def test_what_happened_while_the_machine_was_alone_counts_as_of_then(room: Room) -> None:
    asking = await room.machine()
    await asking.ask(f"11NY{DATE}20260620    235900AOlib|AA{CARD}|AB{BARCODE}|AC|")
    await asking.ask(f"09Y{DATE}20260531    090000AP|AOlib|AB{BARCODE}|AC|")

    [lent], [returned] = room.services.sent("POST loans/v1/loans"), room.services.sent("POST loans/v1/returns")
    assert lent["no_block"] == {"at": "2026-06-01T08:11:12Z", "due_at": "2026-06-20T21:59:00Z"}
    assert returned["no_block"] == {"at": "2026-05-31T07:00:00Z"}


async def test_the_return_date_of_a_machine_that_was_not_alone_does_not_count(room: Room) -> None:
    await (await room.machine()).ask(CHECK_IN)

    assert room.services.sent("POST loans/v1/returns") == [{"copy_barcode": BARCODE, "branch": "MAIN"}]


HOLD = {
    "hold_id": "h1",
    "member_id": "m1",
    "title": "Emma",
    "pickup_branch": "EAST",
    "status": "in_transit",
    "position": None,
}


@pytest.mark.parametrize(
    ("answered", "alert", "sorted_to", "destination"),
    [
        ({"next": "shelf", "hold": None}, None, "1", None),
        ({"next": "hold_shelf", "hold": HOLD | {"pickup_branch": "MAIN"}}, "01", "2", None),
        ({"next": "transit", "hold": HOLD}, "02", "3", "EAST"),
        ({"next": "transit", "hold": None}, "04", "3", "MAIN"),
    ],
    ids=["shelf", "hold-here", "hold-elsewhere", "home"],
)
async def test_a_sorter_hears_where_a_copy_goes(
    answered: dict[str, Any], alert: str | None, sorted_to: str, destination: str | None, room: Room
) -> None:
    room.services.answers["POST loans/v1/returns"] = (200, {"loan": LOAN, "fine": None, **answered})

    answer = await (await room.machine()).ask(CHECK_IN)

    told = fields(answer)
    assert answer[5] == ("N" if alert is None else "Y")
    assert (told.get("CV"), told["CL"], told.get("CT")) == (
        alert and [alert],
        [sorted_to],
        destination and [destination],
    )
    assert told.get("CY") == (None if answered["hold"] is None else [CARD])
    assert told["CS"] == ["823 A"]


async def test_a_return_counts_while_books_and_members_are_away(room: Room) -> None:
    asking = await room.machine()
    await asking.ask("9900302.00")
    await asking.ask(f"35{DATE}AOlib|AA{CARD}|")
    await asking.ask(f"17{DATE}AOlib|AB{BARCODE}|")  # a token is there
    room.services.away = {"books", "members"}

    assert (await asking.ask(CHECK_IN))[:3] == "101"


async def test_a_machine_hears_of_a_person_what_it_asks_for_and_no_more(room: Room) -> None:
    asking = await room.machine()

    summary = await asking.ask(INFORMATION.format("          ", "2468"))
    charged = await asking.ask(INFORMATION.format("  Y       ", "2468"))
    fines = await asking.ask(INFORMATION.format("   Y      ", "2468"))

    assert summary[37:61] == "000000000001000100000000"
    told = fields(summary)
    assert (told["AE"], told["BL"], told["CQ"], told["BV"]) == (["Ada Lovelace"], ["Y"], ["Y"], ["1.40"])
    assert not {"AS", "AT", "AU", "AV"} & told.keys()
    assert fields(charged)["AU"] == [BARCODE]
    assert fields(fines)["AV"] == ["1.40 EUR overdue f1"]


@pytest.mark.parametrize("pin", ["", "9999"], ids=["empty", "wrong"])
async def test_an_empty_pin_fails_as_a_wrong_one_does(pin: str, room: Room) -> None:
    room.services.refuse("POST members/v1/members/verify", 401, "wrong-card-or-pin")

    told = fields(await (await room.machine()).ask(INFORMATION.format(" " * 10, pin)))

    assert (told["BL"], told["CQ"]) == (["Y"], ["N"])


@pytest.mark.parametrize("card", ["", "   ", "no-such-card", "a/b?c=d&e"])
async def test_a_card_that_nobody_has_is_said_to_be_unknown(card: str, room: Room) -> None:
    room.services.answers["GET members/v1/members"] = (200, {"items": [], "next_cursor": None})
    asking = await room.machine()

    information = await asking.ask(f"63001{DATE}{' ' * 10}AOlib|AA{card}|AC|AD2468|")
    status = await asking.ask(f"23001{DATE}AOlib|AA{card}|AC|AD2468|")

    for answer in (information, status):
        assert answer[2:16] == "YYYY          "
        assert (fields(answer)["BL"], fields(answer)["CQ"]) == (["N"], ["N"])


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, "03"),
        ({"availability": "on_loan"}, "04"),
        ({"availability": "on_hold_shelf"}, "08"),
        ({"availability": "in_transit"}, "10"),
        ({"availability": "unavailable", "status": "missing"}, "13"),
        ({"availability": "unavailable", "status": "lost"}, "12"),
        ({"availability": "unavailable", "status": "in_repair"}, "01"),
    ],
)
async def test_a_gate_hears_how_a_copy_stands(changed: dict[str, str], status: str, room: Room) -> None:
    room.services.answers["GET books/v1/copies"] = (200, {"items": [COPY | changed], "next_cursor": None})
    room.services.answers["GET loans/v1/loans"] = (200, {"items": [], "next_cursor": None})

    answer = await (await room.machine()).ask(f"17{DATE}AOlib|AB{BARCODE}|AC|")

    assert answer[:4] == f"18{status}"
    assert (fields(answer)["CF"], fields(answer)["AJ"]) == (["2"], ["Emma"])


async def test_an_unknown_copy_is_not_found(room: Room) -> None:
    room.services.answers["GET books/v1/copies"] = (200, {"items": [], "next_cursor": None})

    answer = await (await room.machine()).ask(f"17{DATE}AOlib|AB/../x|AC|")

    assert answer[:4] == "1801"
    assert fields(answer)["AF"] == ["Item not found."]


async def test_all_loans_are_renewed_and_those_that_cannot_be_are_named(room: Room) -> None:
    other = LOAN | {"loan_id": "l2", "barcode": "30000000000027"}
    room.services.answers["GET loans/v1/loans"] = (200, {"items": [LOAN, other], "next_cursor": None})
    room.services.refuse("POST loans/v1/loans/l2/renew", 422, "renewal-limit-reached")

    answer = await (await room.machine()).ask(f"65{DATE}AOlib|AA{CARD}|")

    assert answer[:11] == "66100010001"
    assert (fields(answer)["BM"], fields(answer)["BN"]) == ([BARCODE], ["30000000000027"])


async def test_money_that_a_machine_took_is_paid_once(room: Room) -> None:
    paid = f"37{DATE}0100EURBV1.40|AOlib|AA{CARD}|CGf1|BK4711|"
    asking = await room.machine()

    answers = [await asking.ask(paid) for _ in range(2)]

    assert [answer[:3] for answer in answers] == ["38Y", "38Y"]
    [body] = room.services.sent("POST loans/v1/borrowers/m1/payments")
    assert body == {"amount": {"amount": 140, "currency": "EUR"}, "fine_ids": ["f1"], "reference": "selfcheck:4711"}


@pytest.mark.parametrize("amount", ["", "-1.40", "1.405", "one", "1.4.0", "99999999"])
async def test_what_is_no_amount_is_not_paid(amount: str, room: Room) -> None:
    answer = await (await room.machine()).ask(f"37{DATE}0100EURBV{amount}|AOlib|AA{CARD}|")

    assert answer[:3] == "38N"


async def test_a_hold_is_placed_changed_and_cancelled(room: Room) -> None:
    hold = HOLD | {"status": "waiting", "position": 3}
    room.services.answers |= {
        "POST loans/v1/holds": (201, hold),
        "GET loans/v1/holds": (200, {"items": [hold], "next_cursor": None}),
        "GET loans/v1/holds/h1": (200, hold),
        "PATCH loans/v1/holds/h1": (200, hold | {"pickup_branch": "WEST"}),
        "POST loans/v1/holds/h1/cancel": (200, hold | {"status": "cancelled", "position": None}),
    }
    asking = await room.machine()

    placed = await asking.ask(f"15+{DATE}BW20260801    000000|BSEAST|AOlib|AA{CARD}|AB{BARCODE}|")
    changed = await asking.ask(f"15*{DATE}BSWEST|AOlib|AA{CARD}|AB{BARCODE}|")
    cancelled = await asking.ask(f"15-{DATE}AOlib|AA{CARD}|AB{BARCODE}|")

    assert [answer[:3] for answer in (placed, changed, cancelled)] == ["161"] * 3
    assert (fields(placed)["BR"], fields(changed)["BS"]) == (["3"], ["WEST"])
    [body] = room.services.sent("POST loans/v1/holds")
    assert body == {"book_id": "b1", "card_number": CARD, "pickup_branch": "EAST", "expires_on": "2026-08-01"}


async def test_a_machine_lifts_the_blocks_of_machines_alone(room: Room) -> None:
    at = "members/v1/members/m1/blocks"
    ours, theirs = {"block_id": "b1", "reason": "self-check: card retained"}, {"block_id": "b2", "reason": "unpaid"}
    room.services.answers |= {
        f"POST {at}": (201, ours),
        f"GET {at}": (200, {"items": [ours, theirs], "next_cursor": None}),
        f"DELETE {at}/b1": (200, {}),
    }
    asking = await room.machine()

    blocked = await asking.ask(f"01Y{DATE}AOlib|ALcard retained|AA{CARD}|AC|")
    enabled = await asking.ask(f"25{DATE}AOlib|AA{CARD}|AC|")

    assert (blocked[:2], enabled[:2]) == ("24", "26")
    deleted = [request.url.path for request in room.services.asked if request.method == "DELETE"]
    assert deleted == ["/v1/members/m1/blocks/b1"]


async def test_a_message_that_is_sent_twice_is_done_once_and_answered_the_same(room: Room) -> None:
    one, other = await room.machine(), await room.machine()

    answers = [await one.ask(CHECK_OUT), await one.ask(CHECK_OUT), await other.ask(CHECK_OUT)]

    assert len(set(answers)) == 1
    assert len(room.services.sent("POST loans/v1/loans")) == 1


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
        b"19" + b"x" * 40,
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
