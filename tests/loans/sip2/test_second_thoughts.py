"""What a machine takes back, says again, or must not do without a PIN."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.loans.sip2.fake_services import COPY, FINE, LOAN, Room, account, open_room
from tests.loans.sip2.self_check import BARCODE, CARD, CHECK_OUT, DATE, fields

CHECK_IN = f"09N{DATE}{DATE}APhall|AOlib|AB{BARCODE}|AC|"
LENDS, RETURNS = "POST loans/v1/loans", "POST loans/v1/returns"


def lent(minutes: float, **more: Any) -> dict[str, Any]:
    """Return a loan that was made so many minutes ago."""
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    return LOAN | {"checked_out_at": at.isoformat().replace("+00:00", "Z"), "renewals": 0} | more


def loans_are(room: Room, *loans: dict[str, Any]) -> None:
    room.services.answers["GET loans/v1/loans"] = (200, {"items": list(loans), "next_cursor": None})


async def test_what_was_just_lent_and_could_not_be_unlocked_is_taken_back(room: Room) -> None:
    loans_are(room, lent(1))

    answer = await (await room.machine()).ask(f"{CHECK_OUT}BIY|")

    assert ("121N", ["This was not lent. Please ask at the desk."]) == (answer[:4], fields(answer)["AF"])
    assert [{"copy_barcode": BARCODE, "branch": "MAIN"}] == room.services.sent(RETURNS)
    assert [] == room.services.sent(LENDS)


@pytest.mark.parametrize("loan", [lent(20), lent(1, renewals=1)], ids=["long ago", "renewed"])
async def test_a_loan_that_somebody_keeps_is_no_mistake_of_a_machine(loan: dict[str, Any], room: Room) -> None:
    loans_are(room, loan)

    answer = await (await room.machine()).ask(f"{CHECK_OUT}BIY|")

    assert "120" == answer[:3]
    assert [] == room.services.sent(RETURNS)


async def test_nothing_is_lent_or_renewed_by_taking_back(room: Room) -> None:
    loans_are(room)

    answer = await (await room.machine()).ask(f"{CHECK_OUT.replace('11N', '11Y')}BIY|")

    assert "120" == answer[:3]
    assert [] == room.services.sent(LENDS)
    assert [] == room.services.sent("POST loans/v1/loans/l1/renew")


async def test_a_return_is_not_taken_back_by_a_machine(room: Room) -> None:
    answer = await (await room.machine()).ask(f"{CHECK_IN}BIY|")

    assert ("100", ["99"]) == (answer[:3], fields(answer)["CV"])
    assert [] == room.services.sent(RETURNS)


class Receipts(httpx.AsyncBaseTransport):
    """Loans, as far as it keeps answers by their keys; `now` is how its only loan stands."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.now = lent(1)
        self.made = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            listed = {"items": [self.now], "next_cursor": None}
            return httpx.Response(200, json=self.now if request.url.path.endswith(self.now["loan_id"]) else listed)
        key = request.headers["idempotency-key"]
        if key in self.kept:
            return httpx.Response(200, json=self.kept[key], headers={"Idempotency-Replayed": "true"})
        if request.url.path.endswith("/loans"):
            self.made += 1
            self.now = lent(0, loan_id=f"l{self.made}")
            self.kept[key] = self.now
        else:
            self.now = self.now | {"status": "returned"}
            self.kept[key] = {"loan": self.now, "next": "shelf", "hold": None, "fine": None}
        return httpx.Response(200, json=self.kept[key])


@pytest.fixture
def loans(room: Room) -> Receipts:
    made = Receipts()
    room.services.real["loans"] = made
    return made


async def test_a_machine_whose_clock_stands_still_hands_out_nothing_for_nothing(room: Room, loans: Receipts) -> None:
    asking = await room.machine()

    answers = [await asking.ask(message) for message in (CHECK_OUT, CHECK_IN, CHECK_OUT)]

    assert ["121", "101", "121"] == [answer[:3] for answer in answers]
    assert (2, "open") == (loans.made, loans.now["status"])


async def test_nor_does_it_keep_what_came_back_in_the_same_moment(room: Room, loans: Receipts) -> None:
    asking = await room.machine()
    for message in (CHECK_OUT, CHECK_IN, CHECK_OUT):
        await asking.ask(message)

    await asking.ask(CHECK_IN)

    assert "returned" == loans.now["status"]


async def test_an_answer_that_was_lost_is_given_again_and_nothing_more_is_done(room: Room, loans: Receipts) -> None:
    asking = await room.machine()

    for message in (CHECK_OUT, CHECK_OUT, CHECK_IN, CHECK_IN):
        await asking.ask(message)

    assert (1, 2) == (loans.made, len(loans.kept))


@pytest.mark.parametrize(
    ("item_type", "medium"), [("book", "001"), ("magazine", "002"), ("dvd", "006"), ("tool", "000")]
)
async def test_a_machine_hears_what_kind_of_thing_it_is_to_unlock(item_type: str, medium: str, room: Room) -> None:
    copy, loan = COPY | {"item_type": item_type}, LOAN | {"item_type": item_type}
    room.services.answers["GET books/v1/copies"] = (200, {"items": [copy], "next_cursor": None})
    room.services.answers[LENDS] = (201, loan)
    asking = await room.machine()

    answers = [await asking.ask(message) for message in (CHECK_OUT, CHECK_IN, f"17{DATE}AOlib|AB{BARCODE}|")]

    assert [[medium]] * 3 == [fields(answer)["CK"] for answer in answers]


async def test_an_account_may_have_media_of_its_own(tmp_path: Path) -> None:
    async with open_room(tmp_path, account(media_types={"book": "009"})) as room:
        answer = await (await room.machine()).ask(CHECK_IN)

    assert ["009"] == fields(answer)["CK"]


async def test_what_is_written_on_an_item_is_not_kept_and_not_asked_for_again(room: Room) -> None:
    answer = await (await room.machine()).ask(f"19{DATE}AOlib|AB{BARCODE}|CHbroken|")

    assert ("200", [BARCODE]) == (answer[:3], fields(answer)["AB"])


async def test_money_with_a_wrong_pin_is_not_taken(room: Room) -> None:
    room.services.refuse("POST members/v1/members/verify", 401, "wrong-card-or-pin")

    answer = await (await room.machine()).ask(f"37{DATE}0100EURBV1.40|AOlib|AA{CARD}|AD0000|BK1|")

    assert ("38N", ["The PIN is wrong."]) == (answer[:3], fields(answer)["AF"])
    assert [] == room.services.sent("POST loans/v1/borrowers/m1/payments")


async def test_a_fine_is_named_by_the_short_number_that_was_shown(room: Room) -> None:
    fine = FINE | {"fine_id": "01890a5d-ac96-774b-bcce-b302099a8057"}
    room.services.answers["GET loans/v1/fines"] = (200, {"items": [fine], "next_cursor": None})
    asking = await room.machine()
    shown = fields(await asking.ask(f"63001{DATE}   Y      AOlib|AA{CARD}|AD2468|"))["AV"]

    await asking.ask(f"37{DATE}0100EURBV1.40|AOlib|AA{CARD}|CG{shown[0].split()[-1]}|")

    assert ["1.40 EUR Emma 9a8057"] == shown
    [paid] = room.services.sent("POST loans/v1/borrowers/m1/payments")
    assert [fine["fine_id"]] == paid["fine_ids"]


async def test_where_an_account_wants_a_pin_nothing_is_told_or_done_without(tmp_path: Path) -> None:
    async with open_room(tmp_path, account(pin="required")) as room:
        asking = await room.machine()
        told = fields(await asking.ask(f"63001{DATE}Y         AOlib|AA{CARD}|"))
        refused = [await asking.ask(message) for message in (CHECK_OUT, f"29NN{DATE}{DATE}AA{CARD}|AB{BARCODE}|")]
        lent_with_it = await asking.ask(f"{CHECK_OUT}AD2468|")

    assert ["N"] == told["CQ"]
    assert not {"BD", "BE", "BF", "AU", "PB"} & told.keys()
    assert (["120", "300"], "121") == ([answer[:3] for answer in refused], lent_with_it[:3])


async def test_the_day_of_birth_is_told_with_the_right_pin_alone(room: Room) -> None:
    member = {
        "member_id": "m1",
        "name": "Ada",
        "category": "adult",
        "date_of_birth": "1815-12-10",
        "home_branch": "EAST",
    }
    room.services.answers["GET members/v1/members"] = (200, {"items": [member], "next_cursor": None})
    asking = await room.machine()

    without = fields(await asking.ask(f"63001{DATE}          AOlib|AA{CARD}|"))
    told = fields(await asking.ask(f"63001{DATE}          AOlib|AA{CARD}|AD2468|"))

    assert "PB" not in without
    assert (["18151210"], ["EAST"]) == (told["PB"], told["AQ"])
