"""How a client is refused a policy or a calendar."""

from typing import Any

import httpx

from loans_service.application.rules.change_calendar import ChangeCalendar
from loans_service.application.rules.change_policy import ChangePolicy
from loans_service.application.rules.show_rules import ShowCalendar, ShowPolicy
from loans_service.application.rules.simulate_policy import SimulatePolicy
from tests.loans.api.conftest import ADMIN, Service
from tests.loans.api.situations import the_table
from tests.refusals import Tables

WEEKDAYS = {"timezone": "UTC", "weekly": {"mon": [["09:00", "18:00"]]}}
NEVER = {"timezone": "UTC", "weekly": {}}


async def wrong_currency(service: Service) -> dict[str, Any]:
    table = await the_table(service)
    table["lost"]["processing"]["currency"] = "USD"
    return table


async def unknown_word(service: Service) -> dict[str, Any]:
    table = await the_table(service)
    table["rules"].append(table["rules"][0] | {"name": "wrong", "category": "adults"})
    return table


async def another_outcome(service: Service) -> dict[str, Any]:
    """Change what one of the table's own cases expects."""
    table = await the_table(service)
    table["cases"] = table["cases"][:1]
    for rule in table["rules"]:
        rule["renewals"] = 7
    return table


async def put(service: Service, table: dict[str, Any], if_match: str = "*") -> httpx.Response:
    return await service.put("/v1/policies", table, if_match=if_match)


async def simulate(service: Service, table: dict[str, Any]) -> httpx.Response:
    return await service.post("/v1/policies/simulation", {"policy": table}, token=ADMIN)


async def put_in_vain(service: Service) -> httpx.Response:
    service.catalogue.down = True
    return await put(service, await the_table(service) | {"hold_shelf_days": 3})


async def put_calendar(service: Service, calendar: dict[str, Any], branch: str = "MAIN") -> httpx.Response:
    return await service.put(f"/v1/calendars/{branch}", calendar)


async def put_calendar_again(service: Service) -> httpx.Response:
    await put_calendar(service, WEEKDAYS)
    return await service.put("/v1/calendars/MAIN", WEEKDAYS, if_match='"7"')


async def put_calendar_in_vain(service: Service) -> httpx.Response:
    service.catalogue.down = True
    return await put_calendar(service, WEEKDAYS)


async def put_stale(service: Service) -> httpx.Response:
    return await put(service, await the_table(service) | {"hold_shelf_days": 3}, '"7"')


async def put_wrong_currency(service: Service) -> httpx.Response:
    return await put(service, await wrong_currency(service))


async def put_unknown_word(service: Service) -> httpx.Response:
    return await put(service, await unknown_word(service))


async def put_another_outcome(service: Service) -> httpx.Response:
    return await put(service, await another_outcome(service))


async def simulate_wrong_currency(service: Service) -> httpx.Response:
    return await simulate(service, await wrong_currency(service))


async def simulate_another_outcome(service: Service) -> httpx.Response:
    return await simulate(service, await another_outcome(service))


TABLES: Tables[Service] = {
    ChangePolicy: {
        "invalid-policy": put_wrong_currency,
        "unknown-word": put_unknown_word,
        "policy-case-fails": put_another_outcome,
        "out-of-date": put_stale,
        "neighbour-unavailable": put_in_vain,
    },
    SimulatePolicy: {
        "invalid-policy": simulate_wrong_currency,
        "policy-case-fails": simulate_another_outcome,
    },
    ShowPolicy: {"policy-not-found": lambda service: service.get("/v1/policies/3")},
    ChangeCalendar: {
        "invalid-calendar": lambda service: put_calendar(service, NEVER),
        "unknown-branch": lambda service: put_calendar(service, WEEKDAYS, "NOWHERE2"),
        "out-of-date": put_calendar_again,
        "neighbour-unavailable": put_calendar_in_vain,
    },
    ShowCalendar: {"calendar-not-found": lambda service: service.get("/v1/calendars/MAIN")},
}
