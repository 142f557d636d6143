"""What a self-check machine is told, with the routes of loans themselves behind it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.loans.api.conftest import Service, a_token
from tests.loans.api.situations import change_rules, hold, shelve
from tests.loans.makers import ADA, EMMA
from tests.loans.sip2 import fake_services
from tests.loans.sip2.fake_services import Room, open_room
from tests.loans.sip2.self_check import BARCODE, DATE, fields

INFORMATION = f"63001{DATE}{{:10}}AOlib|AAADA|AC|"


@pytest.fixture
async def room(library: Service, tmp_path: Path) -> AsyncIterator[Room]:
    """A machine's room: its client may read loans, Ada's card and Emma are known."""
    async with open_room(tmp_path) as opened:
        opened.services.real["loans"] = httpx.ASGITransport(library.app)
        _let_the_client_have(opened, "loans:read loans:write")
        ada, copy = fake_services.ADA | {"member_id": str(ADA)}, fake_services.COPY | {"book_id": str(EMMA)}
        opened.services.answers |= {
            "GET members/v1/members": (200, {"items": [ada], "next_cursor": None}),
            "GET books/v1/copies": (200, {"items": [copy], "next_cursor": None}),
            f"GET books/v1/books/{EMMA}": (200, {"title": "Emma"}),
        }
        yield opened


def _let_the_client_have(room: Room, scope: str) -> None:
    token = {"access_token": a_token(scope=scope, client_id="kiosk"), "expires_in": 900}
    room.services.answers["POST members/v1/auth/token"] = (200, token)


async def test_a_loan_that_was_recalled_is_counted_and_listed(room: Room, library: Service) -> None:
    await change_rules(library, recall={"minimum_days": 7, "due_in_days": 3})
    await library.check_out()
    await library.check_out(copy_barcode=shelve(library, "NOT RECALLED"))
    await hold(library, "JESSICA", kind="recall")
    await library.choose_targets()
    asking = await room.machine()

    summary = await asking.ask(INFORMATION.format(""))
    recalled = await asking.ask(INFORMATION.format("    Y"))

    assert "000000000002000000010000" == summary[37:61]
    assert [BARCODE] == fields(recalled)["BU"]


async def test_a_fine_is_listed_with_the_title_that_it_is_for(room: Room, library: Service) -> None:
    loan = (await library.check_out()).json()
    library.clock.pass_by(timedelta(days=40))
    await library.bring_back()

    [fine] = (await library.get(f"/v1/fines?loan_id={loan['loan_id']}")).json()["items"]
    told = fields(await (await room.machine()).ask(INFORMATION.format("   Y")))

    owed = f"{fine['owed']['amount'] / 100:.2f} EUR"
    assert [f"{owed} {loan['title']} {fine['fine_id'][-6:]}"] == told["AV"]


async def test_a_machine_that_may_not_read_loans_is_told_how_many_wait_for_a_book(room: Room, library: Service) -> None:
    _let_the_client_have(room, "books:read")
    for card in ("JESSICA", "STEVE"):
        await hold(library, card)

    told = fields(await (await room.machine()).ask(f"17{DATE}AOlib|AB{BARCODE}|AC|"))

    assert ["2"] == told["CF"]
