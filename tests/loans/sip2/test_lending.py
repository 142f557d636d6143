"""Copies that machines lend, take back, sort and renew."""

from typing import Any

import pytest

from tests.loans.sip2.fake_services import COPY, LOAN, Room
from tests.loans.sip2.self_check import BARCODE, CARD, CHECK_OUT, DATE, fields

CHECK_IN = f"09N{DATE}{DATE}APhall|AOlib|AB{BARCODE}|AC|"


async def test_a_copy_is_lent_and_its_due_date_told_in_the_zone_of_the_place(room: Room) -> None:
    answer = await (await room.machine()).ask(CHECK_OUT)

    told = fields(answer)
    assert answer[:6] == "121NUY"
    assert (told["AJ"], told["AH"], told["AF"]) == (["Emma"], ["20260605    235959"], ["Due 05 Jun 2026."])
    assert room.services.sent("POST loans/v1/loans") == [
        {"copy_barcode": BARCODE, "card_number": CARD, "branch": "MAIN"}
    ]


async def test_times_are_those_of_the_branch_where_the_machine_stands(room: Room) -> None:
    room.services.answers["GET books/v1/branches/MAIN"] = (200, {"code": "MAIN", "timezone": "America/New_York"})
    room.services.answers["POST loans/v1/loans"] = (201, LOAN | {"due_at": "2026-06-06T03:59:59Z"})

    told = fields(await (asking := await room.machine()).ask(CHECK_OUT))
    await asking.ask(f"09Y{DATE}20260531    090000AP|AOlib|AB{BARCODE}|AC|")

    assert (told["AH"], told["AF"]) == (["20260605    235959"], ["Due 05 Jun 2026."])
    assert room.services.sent("POST loans/v1/returns")[0]["offline"] == {"at": "2026-05-31T13:00:00Z"}


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
    (sent,) = room.services.sent("POST loans/v1/loans/l1/renew")
    assert sent["seen"], "the machine has scanned it"


@pytest.mark.parametrize("scanned", ["AB1", "ab 1"])
async def test_a_copy_is_renewed_however_its_barcode_is_written(scanned: str, room: Room) -> None:
    room.services.answers["GET loans/v1/loans"] = (200, {"items": [LOAN | {"barcode": "AB 1"}], "next_cursor": None})

    answer = await (await room.machine()).ask(f"29NN{DATE}{' ' * 18}AOlib|AA{CARD}|AB{scanned}|")

    assert answer[:4] == "301Y"


async def test_what_happened_while_the_machine_was_alone_counts_as_of_then(room: Room) -> None:
    asking = await room.machine()
    await asking.ask(f"11NY{DATE}20260620    235900AOlib|AA{CARD}|AB{BARCODE}|AC|")
    await asking.ask(f"09Y{DATE}20260531    090000AP|AOlib|AB{BARCODE}|AC|")

    [lent], [returned] = room.services.sent("POST loans/v1/loans"), room.services.sent("POST loans/v1/returns")
    assert lent["offline"] == {"at": "2026-06-01T08:11:12Z", "due_at": "2026-06-20T21:59:00Z"}
    assert returned["offline"] == {"at": "2026-05-31T07:00:00Z"}


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


FOR_A_WHILE = {"branch": "EAST", "location": "HALL", "item_type": "dvd", "until": None, "since": None}
IN_EAST = {"branch": "EAST", "location": "HALL", "why": "temporary", "since": "2026-03-01T09:00:00Z"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"temporary": FOR_A_WHILE, "stands": IN_EAST}, ["MAIN", "EAST", "HALL", "006"]),
        ({"temporary": FOR_A_WHILE | {"branch": None, "location": None}}, ["MAIN", "MAIN", "KIDS", "006"]),
    ],
)
async def test_a_gate_hears_where_a_copy_stands_for_a_while_and_as_what_it_is_lent(
    changed: dict[str, Any], told: list[str], room: Room
) -> None:
    copy = COPY | {"location": "KIDS"} | changed
    room.services.answers["GET books/v1/copies"] = (200, {"items": [copy], "next_cursor": None})
    room.services.answers["GET loans/v1/loans"] = (200, {"items": [], "next_cursor": None})

    answer = fields(await (await room.machine()).ask(f"17{DATE}AOlib|AB{BARCODE}|AC|"))

    assert told == [answer[name][0] for name in ("AQ", "AP", "CR", "CK")]


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


@pytest.mark.parametrize(
    ("card", "answered", "shown"),
    [
        ("999", (200, {"items": [], "next_cursor": None}), "This card is not known."),
        ("", (200, {"items": [], "next_cursor": None}), "This card is not known."),
        (CARD, (403, {"code": "forbidden", "detail": "No."}), "This machine may not do that."),
    ],
)
async def test_nothing_is_renewed_for_a_card_that_is_nobodys_nor_for_a_machine_that_may_not(
    card: str, answered: tuple[int, Any], shown: str, room: Room
) -> None:
    room.services.answers["GET loans/v1/loans"] = answered
    if card != CARD:
        room.services.answers["GET members/v1/members"] = answered

    answer = await (await room.machine()).ask(f"65{DATE}AOlib|AA{card}|")

    assert answer[:11] == "66000000000"
    assert fields(answer)["AF"] == [shown]


async def test_somebody_without_loans_has_renewed_all_of_them(room: Room) -> None:
    room.services.answers["GET loans/v1/loans"] = (200, {"items": [], "next_cursor": None})

    assert (await (await room.machine()).ask(f"65{DATE}AOlib|AA{CARD}|"))[:11] == "66100000000"
