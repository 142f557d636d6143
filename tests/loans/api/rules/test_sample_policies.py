"""The policies that a library may begin with: each can be put in force, and its cases come out."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.answers import codes_of
from tests.loans.api.conftest import Service
from tests.loans.api.situations import sweep
from tests.loans.makers import ADA

FOLDER = Path(__file__).parents[4] / "docs" / "policies"
SAMPLES = sorted(FOLDER.glob("*.json"))
DAY = timedelta(days=1)


def table(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return document


async def put(service: Service, document: dict[str, Any]) -> Any:
    return await service.put("/v1/policies", document, if_match="*")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
async def test_a_sample_can_be_put_in_force_as_it_is(service: Service, sample: Path) -> None:
    answer = await put(service, table(sample.name))

    assert 200 == answer.status_code, answer.text
    assert len(answer.json()["cases"]) >= 5


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
async def test_a_case_of_a_sample_that_said_something_else_would_be_refused(service: Service, sample: Path) -> None:
    document = table(sample.name)
    document["cases"][0]["expect"]["fine"] += 1

    assert ["policy-case-fails"] == codes_of(await put(service, document))


async def test_in_spain_a_late_copy_costs_days_and_no_money(service: Service) -> None:
    await put(service, table("biblioteca-es.json"))
    loan = (await service.check_out()).json()
    service.clock.pass_by(31 * DAY)
    await sweep(service)

    returned = (await service.bring_back()).json()
    account = (await service.get(f"/v1/borrowers/{ADA}")).json()

    assert ("2026-03-23T23:59:59Z", "2026-04-12") == (loan["due_at"], returned["suspended_until"])
    assert (None, 0, "2026-04-12") == (returned["fine"], account["owed"]["amount"], account["suspended_until"])


async def test_in_austria_each_reminder_costs_more_beside_the_week_that_has_begun(service: Service) -> None:
    await put(service, table("buecherei-at.json"))
    loan = (await service.check_out()).json()
    for days in (25, 11, 14):
        service.clock.pass_by(days * DAY)
        await sweep(service)
    growing = (await service.get(f"/v1/loans/{loan['loan_id']}")).json()["accruing"]
    await service.bring_back()

    fines = (await service.get(f"/v1/fines?loan_id={loan['loan_id']}")).json()["items"]

    charged = sorted((fine["reason"], fine["amount"]["amount"]) for fine in fines)
    assert [("overdue", 200), ("reminder", 150), ("reminder", 300)] == charged
    assert 200 == growing["amount"]
