"""Annual reports: forms that are filled in from what was counted and what people enter, and then never change."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select, update

from loans_service.adapters.reports.form_files import FormFiles
from loans_service.application.reports.fill_in import Forms
from loans_service.domain.reports.form import Form
from loans_service.domain.reports.formula import Figure
from loans_service.persistence.reports.report_tables import annual_reports
from tests.answers import codes_of
from tests.loans.api.conftest import ADMIN, Service, a_token
from tests.loans.api.statistics.figures import roll_up

YEAR = 2026


async def report(service: Service, form: str, *, year: int = YEAR, **headers: str) -> httpx.Response:
    return await service.get(f"/v1/reports/{form}?year={year}", ADMIN, **headers)


async def lines(service: Service, form: str, *, year: int = YEAR) -> dict[str, Any]:
    answer = await report(service, form, year=year)
    assert 200 == answer.status_code, answer.text
    return {line["code"]: line for line in answer.json()["lines"]}


async def enter(
    service: Service, value: int | None, *, code: str = "501", if_match: str | None = None, year: int = YEAR
) -> httpx.Response:
    body = {"value": value, "note": "Counted at the door."}
    path = f"/v1/reports/pls/{year}/entries/{code}"
    return await service.put(path, body, if_match=if_match, token=ADMIN)


def have(service: Service, *, forms: Forms | None = None, **of_library: Any) -> None:
    """Let the library have a fiscal year or groups of item types of its own, or other forms."""
    reports = service.app.state.reports
    desk = replace(reports.show_report.desk, forms=forms or FormFiles(**of_library))
    for name in ("show_report", "enter_value", "freeze_report"):
        setattr(reports, name, replace(getattr(reports, name), desk=desk))


async def freeze(service: Service, *, year: int = YEAR) -> httpx.Response:
    return await service.post(f"/v1/reports/pls/{year}/freeze", {}, token=ADMIN)


async def lend_and_renew(service: Service) -> None:
    """Lend two copies and renew one of the loans."""
    made = (await service.check_out()).json()
    service.clock.pass_by(timedelta(days=1))
    assert 200 == (await service.post(f"/v1/loans/{made['loan_id']}/renew", {})).status_code
    await service.bring_back()
    assert 201 == (await service.check_out()).status_code
    await roll_up(service.database)


async def test_two_forms_that_define_loans_differently_are_both_right(service: Service) -> None:
    await lend_and_renew(service)

    with_renewals, without = (await lines(service, "pls"))["553"], (await lines(service, "acrl"))["60"]

    formula = "loans[item_type!=$electronic] + renewals[item_type!=$electronic]"
    assert (3, formula, "counted") == tuple(with_renewals[name] for name in ("value", "formula", "source"))
    assert [("loans", 2), ("renewals", 1)] == [(part["term"], part["value"]) for part in with_renewals["parts"]]
    assert (2, "loans[item_type!=$electronic]") == (without["value"], without["formula"])
    assert 1 == (await lines(service, "acrl"))["61"]["value"]


async def test_the_three_services_are_asked_and_what_nobody_counted_is_to_be_entered(service: Service) -> None:
    service.figures["stock"] = [Figure({"item_type": "book"}, 40), Figure({"item_type": "dvd"}, 7)]
    found = await lines(service, "pls")

    assert (40, 7, 0) == tuple(found[code]["value"] for code in ("450", "454", "452"))
    assert (None, "enter") == (found["503"]["value"], found["503"]["source"])
    assert [None] == [part["value"] for part in found["503"]["parts"]]
    assert (None, "enter", []) == tuple(found["501"][name] for name in ("value", "source", "parts"))


async def test_nothing_is_said_of_a_year_in_which_nobody_counted_anything_yet(service: Service) -> None:
    before = await lines(service, "pls", year=YEAR - 1)
    service.figures["members"] = [Figure({}, 12)]
    without_loans = await lines(service, "acrl", year=YEAR - 1)

    assert {"enter"} == {line["source"] for line in before.values()}
    assert (0, "counted") == tuple(without_loans["60"][name] for name in ("value", "source"))


async def test_what_people_enter_is_kept_and_replaced_under_its_version(service: Service) -> None:
    first = await enter(service, 5_000)
    without = await enter(service, 6_000)
    stale = await enter(service, 6_000, if_match='"7"')
    second = await enter(service, 6_000, if_match=first.headers["etag"])

    assert [201, 428, 412, 200] == [each.status_code for each in (first, without, stale, second)]
    line = (await lines(service, "pls"))["501"]
    assert (6_000, "entered", "Counted at the door.", 2) == (
        *(line[name] for name in ("value", "source")),
        *(line["entry"][name] for name in ("note", "version")),
    )
    assert 200 == (await enter(service, None, if_match="*")).status_code
    assert "enter" == (await lines(service, "pls"))["501"]["source"]


async def test_what_was_entered_counts_before_what_was_counted_which_is_still_shown(service: Service) -> None:
    await lend_and_renew(service)
    await enter(service, 900, code="553")

    line = (await lines(service, "pls"))["553"]

    assert (900, "entered", [2, 1]) == (line["value"], line["source"], [part["value"] for part in line["parts"]])


async def test_a_frozen_report_never_changes(service: Service) -> None:
    await lend_and_renew(service)
    await enter(service, 5_000)
    service.clock.time = service.clock.time.replace(year=YEAR + 1, month=1, day=9)

    frozen = await freeze(service)
    assert 200 == frozen.status_code, frozen.text
    service.figures["stock"] = [Figure({"item_type": "book"}, 40)]
    again, entered = await freeze(service), await enter(service, 1, if_match="*")
    shown = await report(service, "pls")

    assert [(409, ["report-frozen"])] * 2 == [(each.status_code, codes_of(each)) for each in (again, entered)]
    assert frozen.json() == shown.json()
    assert "2027-01-09T10:00:00Z" <= shown.json()["frozen_at"]
    assert {"501": 5_000, "553": 3} == {
        line["code"]: line["value"] for line in shown.json()["lines"] if line["code"] in ("501", "553")
    }


async def test_a_form_for_the_fiscal_year_is_filled_in_for_that_of_the_library(service: Service) -> None:
    have(service, first_month=7)
    await lend_and_renew(service)  # in March
    await service.bring_back()
    service.clock.time = service.clock.time.replace(month=7, day=3)
    assert 201 == (await service.check_out()).status_code
    await roll_up(service.database)

    answer = (await report(service, "pls")).json()
    values = [
        (await lines(service, form, year=year))[code]["value"]
        for form, code, year in (("pls", "553", 2026), ("pls", "553", 2027), ("dbs", "14.1", 2026), ("dbs", "9", 2026))
    ]

    assert ("2025-07-01", "2026-06-30") == (answer["begins_on"], answer["ends_on"])
    assert [3, 1, 4, 1] == values
    assert (409, ["year-not-over"]) == ((early := await freeze(service, year=2027)).status_code, codes_of(early))
    frozen = await freeze(service)
    have(service)
    assert (200, frozen.json()) == (frozen.status_code, (await report(service, "pls")).json())


async def test_who_borrowed_in_a_year_that_is_no_calendar_year_is_to_be_entered(service: Service) -> None:
    class ForFiscalYears(FormFiles):
        def get(self, name: str) -> Form:
            return replace(super().get(name), first_month=7)

    await lend_and_renew(service)
    have(service, forms=ForFiscalYears())

    line = (await lines(service, "dbs"))["9"]

    assert (None, "enter", [None]) == (line["value"], line["source"], [part["value"] for part in line["parts"]])


async def test_a_library_says_which_item_types_are_in_a_group(service: Service) -> None:
    service.figures["stock"] = [Figure({"item_type": "novel"}, 40), Figure({"item_type": "book"}, 7)]
    await lend_and_renew(service)
    usual = await lines(service, "pls")
    have(service, groups={"print": ["novel"], "children": ["book"]})
    own = await lines(service, "pls")

    assert [(7, None), (40, 3)] == [(found["450"]["value"], found["551"]["value"]) for found in (usual, own)]
    assert "enter" == usual["551"]["source"] == own["552"]["source"]
    assert ["loans[item_type=book]", "renewals[item_type=book]"] == [part["term"] for part in own["551"]["parts"]]


async def test_what_was_frozen_before_there_were_fiscal_years_tells_of_a_calendar_year(service: Service) -> None:
    service.clock.time = service.clock.time.replace(year=YEAR + 1)
    frozen = (await freeze(service)).json()
    (row,) = await service.database.rows(select(annual_reports))
    document = {key: value for key, value in row.document.items() if key not in ("begins_on", "ends_on")}
    async with service.database.begin() as transaction:
        await transaction.run(update(annual_reports).values(document=document))
        await transaction.commit()

    have(service, first_month=7)

    shown = (await report(service, "pls")).json()
    assert (frozen, "2026-01-01") == (shown, shown["begins_on"])


async def test_a_year_that_goes_on_is_not_frozen_and_one_to_come_not_shown(service: Service) -> None:
    assert (409, ["year-not-over"]) == ((early := await freeze(service)).status_code, codes_of(early))
    assert (422, ["year-not-begun"]) == ((late := await report(service, "pls", year=2999)).status_code, codes_of(late))


async def test_there_is_no_other_form_and_no_other_line(service: Service) -> None:
    unknown = await report(service, "fscs")
    line = await enter(service, 5, code="999")

    assert [(404, ["form-not-found"]), (404, ["line-not-found"])] == [
        (each.status_code, codes_of(each)) for each in (unknown, line)
    ]


async def test_a_report_comes_as_a_file_and_as_a_page_to_be_printed(service: Service) -> None:
    await lend_and_renew(service)
    await enter(service, 5_000)

    file = await report(service, "pls", Accept="text/csv")
    page = await report(service, "pls", Accept="text/html")

    rows = [line.split(",") for line in file.text.splitlines()]
    assert ["code", "number", "title", "value", "source", "formula", "note"] == rows[0]
    formula = "loans[item_type!=$electronic] + renewals[item_type!=$electronic]"
    assert ["553", "553", "Physical Item Circulation", "3", "counted", formula, ""] in rows
    assert "Counted at the door." in file.text
    assert '<html lang="en">' in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_without_a_neighbour_a_report_is_not_half_right(service: Service) -> None:
    service.figures.down = True

    answer = await report(service, "pls")

    assert (503, "neighbour-unavailable") == (answer.status_code, answer.json()["code"])


async def test_reports_are_for_those_who_may_see_figures_of_few_people(service: Service) -> None:
    figures, persons = 1 << 48, 1 << 23
    seen = {
        rights: (await service.get("/v1/reports/pls?year=2026", a_token(role="admin", rights=rights))).status_code
        for rights in (f"{figures | persons:x}:*", f"{figures:x}:*", f"{persons:x}:*", f"{figures | persons:x}:MAIN")
    }

    assert [200, 403, 403, 403] == [*seen.values()]
