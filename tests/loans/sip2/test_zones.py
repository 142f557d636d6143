"""The zones of the branches where machines stand."""

from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import SecretStr

from loans_service.sip2 import zones
from loans_service.sip2.accounts import MachineAccount
from loans_service.sip2.library import Addresses, LibraryClient, Services
from loans_service.sip2.zones import Zones
from tests.loans.sip2.fake_services import FakeServices, account

NEW_YORK = (200, {"timezone": "America/New_York"})


def library(services: FakeServices) -> LibraryClient:
    http = httpx.AsyncClient(transport=httpx.MockTransport(services))
    known = MachineAccount(**account(secret=SecretStr("secret-of-the-hall"), branch="A/B"))
    return Services(Addresses("http://books", "http://members", "http://loans"), http).for_account(known)


async def test_a_zone_is_asked_for_once_in_a_while() -> None:
    services, known = FakeServices(), Zones(ZoneInfo("Europe/Paris"))
    services.answers["GET books/v1/branches/A/B"] = NEW_YORK
    asking = library(services)

    found = [str(await known.of("A/B", asking)) for _ in range(3)]

    assert found == ["America/New_York"] * 3
    assert [b"/v1/branches/A%2FB"] == [each.url.raw_path for each in services.asked if each.method == "GET"]


@pytest.mark.parametrize(
    "answer",
    [(404, {"code": "branch-not-found"}), (200, {"timezone": "Nowhere/None"}), (200, {"timezone": "../x"}), (200, {})],
)
async def test_where_no_zone_is_told_the_last_one_counts_else_that_of_the_library(
    answer: tuple[int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zones, "_LASTS", 0.0)
    monkeypatch.setattr(zones, "_AGAIN_AFTER", 0.0)
    services, known = FakeServices(), Zones(ZoneInfo("Europe/Paris"))
    asking, found = library(services), []

    for told in (answer, NEW_YORK, answer):
        services.answers["GET books/v1/branches/MAIN"] = told
        found.append(str(await known.of("MAIN", asking)))
    services.away = {"books"}
    found.append(str(await known.of("MAIN", asking)))

    assert found == ["Europe/Paris", "America/New_York", "America/New_York", "America/New_York"]
