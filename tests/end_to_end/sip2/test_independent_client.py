"""A client that others have written (`Sip2`, PyPI) asks everything that it can, and understands each answer."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from Sip2.sip2 import Sip2  # type: ignore[import-untyped]  # it has no types

from tests.end_to_end.library import done
from tests.end_to_end.sip2.machines import PIN, SECRET, Site
from tests.ports import HOST

Answer = dict[str, Any]


@pytest.fixture
def client(site: Site) -> Iterator[Sip2]:
    """Connected by the account of an app: UTF-8, answers that end with CRLF."""
    made = Sip2()
    made.log = logging.getLogger("sip2 of others")  # else it writes into a file here
    made.hostName, made.hostPort, made.tlsEnable, made.socketTimeout = HOST, site.port, False, 20
    made.connect()
    yield made
    made.disconnect()


async def ask(client: Sip2, request: Callable[..., str], *what: object, **more: object) -> Answer:
    """Send what one method of the client builds; return what the method beside it reads out of the answer."""
    read = getattr(client, request.__name__.replace("_request", "_response"))
    answer: Answer = await asyncio.to_thread(lambda: read(client.get_response(request(*what, **more))))
    return answer


async def test_it_asks_everything_that_it_can(site: Site, client: Sip2) -> None:
    card, [copy, other] = await site.reader(), await site.library.shelve(copies=2)
    desk, member_id = await site.library.librarian(), await site.member_id(card)
    charge = {"member_id": member_id, "kind": "damage", "amount": {"amount": 140, "currency": "EUR"}}
    done(await desk.post(f"{site.library.loans}/v1/charges", charge))

    assert "1" == (await ask(client, client.sip_login_request, "app", SECRET))["fixed"]["Ok"]
    status = await ask(client, client.sip_sc_status_request)
    assert ("Y", "Y", "Y", "2.00") == tuple(
        status["fixed"][name] for name in ("OnlineStatus", "CheckinOk", "CheckoutOk", "ProtocolVersion")
    )
    client.patron, client.patronpwd = card, PIN
    person = await ask(client, client.sip_patron_status_request)
    assert (["Y"], ["Y"]) == (person["variable"]["BL"], person["variable"]["CQ"])
    item = await ask(client, client.sip_item_information_request, copy.barcode)
    assert ("03", ["Middlemarch"]) == (item["fixed"]["CirculationStatus"], item["variable"]["AJ"])

    lent = await ask(client, client.sip_checkout_request, copy.barcode)
    assert ("1", "N", [copy.barcode]) == (lent["fixed"]["Ok"], lent["fixed"]["RenewalOk"], lent["variable"]["AB"])
    charged = await ask(client, client.sip_patron_information_request, "charged")
    assert ("0001", [copy.barcode]) == (charged["fixed"]["ChargedItemsCount"], charged["variable"]["AU"])
    renewed = await ask(client, client.sip_renew_request, copy.barcode)
    assert ("1", "Y") == (renewed["fixed"]["Ok"], renewed["fixed"]["RenewalOk"])
    everything = await ask(client, client.sip_renew_all_request)  # which it sends without a date
    assert "1" == everything["fixed"]["Ok"]
    back = await ask(client, client.sip_checkin_request, copy.barcode)
    assert ("1", "N") == (back["fixed"]["Ok"], back["fixed"]["Alert"])

    held = await ask(client, client.sip_hold_request, "+", itemIdentifier=other.barcode)
    assert "1" == held["fixed"]["Ok"], held
    assert "|BR1|" in f"|{client.last_response[22:]}"  # it takes what follows the date for another date
    waiting = await ask(client, client.sip_patron_information_request, "unavail")
    assert ["Middlemarch"] == waiting["variable"]["CD"]
    assert "1" == (await ask(client, client.sip_hold_request, "-", itemIdentifier=other.barcode))["fixed"]["Ok"]

    fines = await ask(client, client.sip_patron_information_request, "fine")
    [line] = fines["variable"]["AV"]
    paid = await ask(client, client.sip_fee_paid_request, 1, 0, "1.40", line.split()[-1], "77")
    assert ("Y", ["77"]) == (paid["fixed"]["PaymentAccepted"], paid["variable"]["BK"])
    assert ["0.00"] == (await ask(client, client.sip_patron_status_request))["variable"]["BV"]

    enabled = await ask(client, client.sip_patron_enable_request)
    assert ["Y"] == enabled["variable"]["CQ"]
    ended = await ask(client, client.sip_end_patron_session_request)
    assert "Y" == ended["fixed"]["EndSession"]
    again = await asyncio.to_thread(client.get_response, client.sip_sc_resend_request())
    assert again.startswith("36Y")


async def test_it_hears_refusals_in_the_language_of_its_account(site: Site, client: Sip2) -> None:
    await ask(client, client.sip_login_request, "app", SECRET)
    client.patron, client.patronpwd = "nobody", PIN
    [copy] = await site.library.shelve()

    person = await ask(client, client.sip_patron_status_request)
    client.patronpwd = ""
    lent = await ask(client, client.sip_checkout_request, copy.barcode)
    item = await ask(client, client.sip_item_information_request, "a/b?c=d")

    assert (["N"], ["N"], ["Cette carte est inconnue."]) == tuple(
        person["variable"][name] for name in ("BL", "CQ", "AF")
    )
    assert ("0", ["Cette carte est inconnue."]) == (lent["fixed"]["Ok"], lent["variable"]["AF"])
    assert ("01", ["Document inconnu."]) == (item["fixed"]["CirculationStatus"], item["variable"]["AF"])


async def test_a_wrong_secret_is_told_as_such(client: Sip2) -> None:
    assert "0" == (await ask(client, client.sip_login_request, "app", "wrong"))["fixed"]["Ok"]
