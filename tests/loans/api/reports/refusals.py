"""How a client is refused annual reports."""

from typing import Any

import httpx

from loans_service.application.reports.keep_report import EnterValue, FreezeReport
from loans_service.application.reports.show_report import ShowReport
from loans_service.domain.rights import STATISTICS
from tests.loans.api.conftest import ADMIN, Service, a_token
from tests.refusals import Meets, Tables

NO_PERSONS = a_token(role="admin", rights=f"{1 << STATISTICS.number:x}:*")


def show(form: str = "pls", year: int = 2026, *, token: str = ADMIN, in_vain: bool = False) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        service.figures.down = in_vain
        return await service.get(f"/v1/reports/{form}?year={year}", token)

    return meets


def freeze(form: str = "pls", year: int = 2025, *, token: str = ADMIN, in_vain: bool = False) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        service.figures.down = in_vain
        return await service.post(f"/v1/reports/{form}/{year}/freeze", {}, token=token)

    return meets


def enter(form: str = "pls", year: int = 2025, code: str = "501", **how: Any) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        return await service.put(f"/v1/reports/{form}/{year}/entries/{code}", {"value": 1}, **how)

    return meets


def once_frozen(then: Meets[Service]) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        frozen = await freeze()(service)
        assert 200 == frozen.status_code, frozen.text
        return await then(service)

    return meets


TABLES: Tables[Service] = {
    ShowReport: {
        "form-not-found": show("fscs"),
        "year-not-begun": show(year=2999),
        "right-missing": show(token=NO_PERSONS),
        "neighbour-unavailable": show(in_vain=True),
    },
    EnterValue: {
        "form-not-found": enter("fscs"),
        "line-not-found": enter(code="999"),
        "year-not-begun": enter(year=2999),
        "report-frozen": once_frozen(enter()),
        "out-of-date": enter(if_match='"7"'),
    },
    FreezeReport: {
        "form-not-found": freeze("fscs"),
        "report-frozen": once_frozen(freeze()),
        "year-not-over": freeze(year=2026),
        "right-missing": freeze(token=NO_PERSONS),
        "neighbour-unavailable": freeze(in_vain=True),
    },
}
