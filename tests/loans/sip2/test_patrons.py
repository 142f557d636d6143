"""What machines hear of people, and what they do for them: money, holds, blocks."""

from typing import Any

import pytest

from tests.loans.sip2.fake_services import BORROWER, CHARGE, COPY, FINE, LOAN, Room
from tests.loans.sip2.self_check import BARCODE, CARD, DATE, fields

INFORMATION = f"63001{DATE}{{}}AOlib|AA{CARD}|AC|AD{{}}|"
HOLD = {
    "hold_id": "h1",
    "member_id": "m1",
    "title": "Emma",
    "pickup_branch": "EAST",
    "status": "in_transit",
    "position": None,
    "volume": None,
    "volume_key": None,
}


async def test_a_machine_hears_of_a_person_what_it_asks_for_and_no_more(room: Room) -> None:
    room.services.answers["GET loans/v1/fines"] = (200, {"items": [FINE, CHARGE], "next_cursor": None})
    asking = await room.machine()

    summary = await asking.ask(INFORMATION.format("          ", "2468"))
    charged = await asking.ask(INFORMATION.format("  Y       ", "2468"))
    fines = await asking.ask(INFORMATION.format("   Y      ", "2468"))

    assert summary[37:61] == "000000000001000200000000"
    told = fields(summary)
    assert (told["AE"], told["BL"], told["CQ"], told["BV"]) == (["Ada Lovelace"], ["Y"], ["Y"], ["1.40"])
    assert not {"AS", "AT", "AU", "AV"} & told.keys()
    assert fields(charged)["AU"] == [BARCODE]
    assert fields(fines)["AV"] == ["1.40 EUR Emma f1", "0.60 EUR damage f2"]


@pytest.mark.parametrize(
    ("news", "flags"),
    [
        ({"may_hold": False}, "  YY          "),
        ({"may_renew": False}, " Y            "),
        ({"may_borrow": False, "refusals": [{"code": "too-many-overdue", "detail": "No."}]}, "Y     Y       "),
        ({"may_borrow": False, "refusals": [{"code": "loan-limit-reached", "detail": "No."}]}, "Y    Y        "),
        ({"may_borrow": False, "refusals": [{"code": "fines-owed", "detail": "No."}]}, "Y         Y   "),
        ({"may_borrow": False, "refusals": [{"code": "too-many-lost", "detail": "No."}]}, "Y        Y    "),
        ({"may_borrow": False, "refusals": [{"code": "recall-overdue", "detail": "No."}]}, "Y           Y "),
    ],
)
async def test_each_flag_says_what_somebody_may_not_do(news: dict[str, Any], flags: str, room: Room) -> None:
    room.services.answers["GET loans/v1/borrowers/m1"] = (200, BORROWER | news)

    status = await (await room.machine()).ask(f"23001{DATE}AOlib|AA{CARD}|AC|AD2468|")

    assert flags == status[2:16]


@pytest.mark.parametrize("pin", ["", "9999"], ids=["empty", "wrong"])
async def test_an_empty_pin_fails_as_a_wrong_one_does(pin: str, room: Room) -> None:
    room.services.refuse("POST members/v1/members/verify", 401, "wrong-card-or-pin")

    told = fields(await (await room.machine()).ask(INFORMATION.format(" " * 10, pin)))

    assert (told["BL"], told["CQ"]) == (["Y"], ["N"])


async def test_what_is_lost_and_not_paid_is_counted_and_listed_alike(room: Room) -> None:
    lost = LOAN | {"loan_id": "l2", "barcode": "30000000000027", "status": "lost"}
    room.services.answers["GET loans/v1/borrowers/m1"] = (200, BORROWER | {"open_loans": 2})
    room.services.first["GET loans/v1/loans"] = [(200, {"items": [loan], "next_cursor": None}) for loan in (LOAN, lost)]

    answer = await (await room.machine()).ask(f"63001{DATE}  Y       AOlib|AA{CARD}|AC|")

    assert answer[45:49] == "0002"
    assert fields(answer)["AU"] == [LOAN["barcode"], lost["barcode"]]


@pytest.mark.parametrize("card", ["", "   ", "no-such-card", "a/b?c=d&e"])
async def test_a_card_that_nobody_has_is_said_to_be_unknown(card: str, room: Room) -> None:
    room.services.answers["GET members/v1/members"] = (200, {"items": [], "next_cursor": None})
    asking = await room.machine()

    information = await asking.ask(f"63001{DATE}{' ' * 10}AOlib|AA{card}|AC|AD2468|")
    status = await asking.ask(f"23001{DATE}AOlib|AA{card}|AC|AD2468|")

    for answer in (information, status):
        assert answer[2:16] == "YYYY          "
        assert (fields(answer)["BL"], fields(answer)["CQ"]) == (["N"], ["N"])


async def test_money_that_a_machine_took_is_paid_once(room: Room) -> None:
    paid = f"37{DATE}0100EURBV1.40|AOlib|AA{CARD}|CGf1|BK4711|"
    asking = await room.machine()

    answers = [await asking.ask(paid) for _ in range(2)]

    assert [answer[:3] for answer in answers] == ["38Y", "38Y"]
    [body] = room.services.sent("POST loans/v1/borrowers/m1/payments")
    amount = {"amount": 140, "currency": "EUR"}
    assert {"amount": amount, "method": "cash", "fine_ids": ["f1"], "reference": "selfcheck:4711"} == body


@pytest.mark.parametrize(("kind", "method"), [("00", "cash"), ("01", "card"), ("02", "card"), ("99", None)])
async def test_a_payment_says_whether_it_was_cash_or_a_card(kind: str, method: str | None, room: Room) -> None:
    await (await room.machine()).ask(f"37{DATE}01{kind}EURBV1.40|AOlib|AA{CARD}|")

    [body] = room.services.sent("POST loans/v1/borrowers/m1/payments")
    assert method == body.get("method")


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


@pytest.mark.parametrize(
    ("held", "cancelled"),
    [({"h1": "2"}, None), ({"h1": "2", "h2": "1"}, "h2"), ({"h1": "2", "h2": None}, "h2")],
    ids=["another-volume", "this-volume", "any-volume"],
)
async def test_a_copy_of_one_volume_cancels_no_hold_for_another(
    held: dict[str, str | None], cancelled: str | None, room: Room
) -> None:
    holds = [HOLD | {"hold_id": hold_id, "volume_key": volume} for hold_id, volume in held.items()]
    room.services.answers |= {
        "GET books/v1/copies": (200, {"items": [COPY | {"volume": "Bd. 1", "volume_key": "1"}], "next_cursor": None}),
        "GET loans/v1/holds": (200, {"items": holds, "next_cursor": None}),
        **{f"POST loans/v1/holds/{hold_id}/cancel": (200, HOLD | {"status": "cancelled"}) for hold_id in held},
    }

    answer = await (await room.machine()).ask(f"15-{DATE}AOlib|AA{CARD}|AB{BARCODE}|")

    assert ("160" if cancelled is None else "161") == answer[:3]
    assert [hold_id for hold_id in held if room.services.sent(f"POST loans/v1/holds/{hold_id}/cancel")] == (
        [] if cancelled is None else [cancelled]
    )


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
    without = await asking.ask(f"25{DATE}AOlib|AA{CARD}|AC|")
    kept = [request for request in room.services.asked if request.method == "DELETE"]
    enabled = await asking.ask(f"25{DATE}AOlib|AA{CARD}|AC|AD2468|")

    assert (blocked[:2], without[:2], enabled[:2]) == ("24", "26", "26")
    assert [] == kept, "whoever shows no PIN lifts nothing"
    deleted = [request.url.path for request in room.services.asked if request.method == "DELETE"]
    assert deleted == ["/v1/members/m1/blocks/b1"]
