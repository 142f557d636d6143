"""Whatever is sent, the answer is the right problem document and never a 500."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.loans.api.conftest import ADMIN, Service
from tests.loans.api.situations import the_table
from tests.shared.bad_input import BadRequest, Good, bad_bodies, bad_headers, bad_keys, bad_targets, check_answer

LOAN = Good(
    "/v1/loans", {"copy_barcode": "1", "card_number": "1", "branch": "MAIN", "due_at": "2026-03-05T12:00:00Z"}, "branch"
)
RETURN = Good("/v1/returns", {"copy_barcode": "1", "branch": "MAIN"}, "branch")
CALENDAR = Good("/v1/calendars/NOWHERE", {"timezone": "UTC", "country": "DE"}, "country")
CLOSING = Good("/v1/calendars/NOWHERE/closures", {"from": "2026-03-02", "to": "2026-03-03", "name": "Flood"}, "name")
POLICY = Good("/v1/policies", {"hold_shelf_days": 7, "terms": [], "rules": [], "lost": {}}, "rules")


def as_put(requests: Iterator[BadRequest]) -> Iterator[BadRequest]:
    for bad in requests:
        yield replace(bad, method="PUT", headers=(*bad.headers, ("If-Match", "*")))


def bad_requests() -> Iterator[BadRequest]:
    for good in (LOAN, replace(LOAN, path="/v1/loans/decision"), RETURN):
        yield from bad_bodies(good)
        yield from bad_keys(good)
    for good in (CALENDAR, POLICY):
        yield from as_put(bad_bodies(good))
    yield from bad_targets("/v1/loans")
    yield from bad_headers("/v1/loans")


async def test_bad_input_is_refused(service: Service) -> None:
    wrong = []
    for bad in bad_requests():
        answer = await bad.send(service.http, {"Authorization": f"Bearer {ADMIN}"})
        try:
            check_answer(bad, answer)
        except AssertionError as error:
            wrong.append(f"{bad.method} {bad.target} {bad.name}: {error}")

    assert [] == wrong


BODY = {"copy_barcode": "30000000000019", "card_number": "ADA"}
EDGES: dict[str, list[Any]] = {
    "number": [-1, 0, 2**31, 2**63, 2**200, 1.5, None, "1", True, [], {}],
    "text": ["", " ", "\x00", "ß" * 300, "../..", "0", None, 7, [], {}],
    "day": [
        "0001-01-01",
        "9999-12-31",
        "2999-12-31",
        "1900-01-01",
        "2026-02-30",
        "",
        "now",
        0,
        None,
        "2026-03-02T00:00Z",
    ],
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every part of a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield (*path, name)
        yield from places(each, (*path, name))


def bent(value: Any, path: tuple[Any, ...], instead: Any) -> Any:
    """Return the JSON value with something else at that place."""
    first, *rest = path
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[first] = bent(copied[first], tuple(rest), instead) if rest else instead
    return copied


SMALL_TABLE: dict[str, Any] = {
    "rules": [
        {
            "name": "anything",
            "branch": None,
            "period": {"amount": 3, "unit": "weeks"},
            "period_when_others_wait": {"amount": 12, "unit": "hours"},
            "fixed_due_date": "2026-12-31",
            "due_schedule": [{"from": "2026-02-02", "to": "2026-06-15", "due": "2026-06-30", "exact": True}],
            "renewal_period": {"amount": 1, "unit": "weeks"},
            "renewals": 2,
            "fine": {"per_day": {"amount": 20}, "most": {"amount": 1000, "currency": "EUR"}, "grace_days": 1},
        }
    ],
    "terms": [
        {
            "most_loans": 10,
            "most_loans_per_item_type": {"dvd": 3},
            "most_loans_of": [{"item_types": ["dvd", "game"], "branches": ["MAIN"], "most": 5}],
            "most_holds": 5,
            "most_overdue": 3,
            "most_owed": {"amount": 1000},
        }
    ],
    "hold_shelf_days": 7,
    "keep_history_days": 90,
    "valid_from": "2026-01-01",
    "cases": [
        {
            "name": "a case",
            "category": "adult",
            "item_type": "book",
            "lent_on": "2026-03-02",
            "days_late": 3,
            "expect": {"due_on": "2026-03-23", "fine": 60},
        }
    ],
}
FULL_CALENDAR = {
    "timezone": "Europe/Vienna",
    "weekly": {"mon": [["09:00", "12:00"], ["13:00", "18:00"]]},
    "closed": [{"from": "2026-08-03", "to": "2026-08-14", "name": "Summer"}],
    "country": "AT",
    "subdivision": "9",
}


@pytest.mark.parametrize("kind", EDGES)
async def test_no_value_at_any_place_of_a_policy_or_calendar_is_too_much(service: Service, kind: str) -> None:
    table = SMALL_TABLE | {"lost": (await the_table(service))["lost"]}
    for address, whole in (("/v1/policies", table), ("/v1/calendars/MAIN", FULL_CALENDAR)):
        for path in places(whole):
            for edge in EDGES[kind]:
                answer = await service.put(address, bent(whole, path, edge), if_match="*")
                assert answer.status_code in {200, 201, 422}, (path, edge, answer.text)
                if answer.status_code == 422:
                    continue
                lent = await service.post("/v1/loans/decision", BODY)
                assert 200 == lent.status_code, (path, edge, lent.text)


@pytest.mark.parametrize("branch", ["ß" * 40, "a" * 41, "a b", "%00", ".", "MAIN%0A"])
async def test_a_calendar_is_for_a_branch_that_can_be(service: Service, branch: str) -> None:
    assert (await service.put(f"/v1/calendars/{branch}", FULL_CALENDAR)).status_code in {400, 404, 422}
