"""Names, titles and addresses that hold what the protocol is made of, read by a client that others have written."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from Sip2.sip2 import Sip2  # type: ignore[import-untyped]  # it has no types

from tests.loans.sip2.fake_services import ADA, COPY, FINE, LOAN, Room, account, open_room
from tests.loans.sip2.self_check import BARCODE, CARD

HOSTILE = "Eve\uff5cBLN|CQY\r10\x00\x85BV0.00\u2028\u202eAFWelcome\u2066\x7f\uff5cPCstaff"


@pytest.fixture(params=["cp850", "latin-1", "utf-8"])
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    """A library in which everything that somebody wrote is hostile, and the PIN is wrong."""
    async with open_room(tmp_path, account(encoding=request.param)) as opened:
        member = ADA | dict.fromkeys(("name", "address", "email", "phone"), HOSTILE)
        copy = COPY | dict.fromkeys(("shelf_mark", "location", "note", "condition", "volume"), HOSTILE)
        loan = LOAN | {"title": HOSTILE, "item_type": "book"}
        hold = {"hold_id": "h1", "member_id": "m1", "title": HOSTILE, "barcode": BARCODE, "copy_id": "c1",
                "status": "waiting", "pickup_branch": "MAIN"}  # fmt: skip
        fine = FINE | {"loan": LOAN | {"title": HOSTILE}}
        listed = {
            "GET members/v1/members": member, "GET loans/v1/loans": loan, "GET loans/v1/holds": hold,
            "GET loans/v1/fines": fine, "GET books/v1/copies": copy,
        }  # fmt: skip
        opened.services.answers |= {name: (200, {"items": [one], "next_cursor": None}) for name, one in listed.items()}
        opened.services.answers |= {
            "GET members/v1/members/m1": (200, member),
            "GET books/v1/books/b1": (200, {"title": HOSTILE}),
            "POST loans/v1/loans": (201, loan),
            "POST loans/v1/returns": (200, {"loan": loan, "next": "hold_shelf", "hold": hold, "fine": None}),
        }
        yield opened


def conversation(client: Sip2) -> dict[str, dict[str, Any]]:
    """Ask all that tells of people and things; return what the client has read in the answers."""
    client.connect()
    assert (
        "1"
        == client.sip_login_response(client.get_response(client.sip_login_request("selfcheck", "secret-of-the-hall")))[
            "fixed"
        ]["Ok"]
    )
    client.patron, client.patronpwd = CARD, "2468"
    heard = {
        "23": client.sip_patron_status_response(client.get_response(client.sip_patron_status_request())),
        "17": client.sip_item_information_response(client.get_response(client.sip_item_information_request(BARCODE))),
        "11": client.sip_checkout_response(client.get_response(client.sip_checkout_request(BARCODE))),
        "09": client.sip_checkin_response(client.get_response(client.sip_checkin_request(BARCODE))),
    }
    for summary in ("hold", "overdue", "charged", "fine", "recall", "unavail"):
        asked = client.sip_patron_information_request(summary)
        heard[f"63 {summary}"] = client.sip_patron_information_response(client.get_response(asked))
    client.disconnect()
    return heard


async def test_no_name_title_or_address_becomes_a_field_of_its_own(room: Room) -> None:
    client = Sip2()
    client.log = logging.getLogger("sip2 of others")  # else it writes into a file here
    client.hostName, client.hostPort, client.tlsEnable, client.socketTimeout = "127.0.0.1", room.port, False, 20

    heard = await asyncio.to_thread(conversation, client)

    for code, answer in heard.items():
        fields = answer["variable"]
        assert not {"PC"} & fields.keys() or ["adult"] == fields["PC"], code
        assert fields.get("BL", ["Y"]) == ["Y"], code
        assert fields.get("CQ", ["Y"]) == ["Y"], code
        assert fields.get("BV", ["1.40"]) == ["1.40"], code
        assert not [text for texts in fields.values() for text in texts if "Welcome" in text[:1]], code
    assert any("Eve" in text for text in heard["23"]["variable"]["AE"])
