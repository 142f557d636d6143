"""Copies that were used in the library are counted, and nobody with them."""

from typing import Any

import httpx
from sqlalchemy import select

from loans_service.persistence.metadata import metadata
from loans_service.persistence.tables import loans
from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import ADAS, Service, a_token
from tests.loans.api.statistics.figures import roll_up, rows
from tests.loans.makers import ADA, a_copy

EMMA = "30000000000019"
KIOSK = a_token(scope="loans:write", client_id="kiosk", subject="kiosk")


async def use(service: Service, *barcodes: str, branch: str = "MAIN", **how: Any) -> httpx.Response:
    return await service.post("/v1/in-house-uses", {"barcodes": barcodes, "branch": branch}, **how)


async def uses(service: Service, by: str = "day,branch,item_type,channel") -> list[dict[str, Any]]:
    return await rows(service, f"in_house_uses?by={by}&from=2026-03-01&to=2026-03-31")


async def test_what_lay_on_the_tables_is_counted_where_it_was_used(service: Service) -> None:
    service.catalogue.copies.append(a_copy(barcode="DVD", copy_id=new_id(), item_type="dvd", branch="EAST"))

    answer = await use(service, EMMA, "dvd", "DVD")

    assert (200, 2) == (answer.status_code, answer.json()["counted"])
    assert [True, True] == [each["counted"] for each in answer.json()["items"]]
    of_it = {"day": "2026-03-02", "branch": "MAIN", "channel": "desk", "value": 1}
    assert [of_it | {"item_type": each} for each in ("book", "dvd")] == await uses(service)


async def test_a_copy_on_loan_was_not_used_here_and_an_unknown_one_is_no_copy(service: Service) -> None:
    service.catalogue.copies.append(a_copy(barcode="LENT", copy_id=new_id()))
    await service.check_out(copy_barcode="LENT")

    answer = await use(service, "LENT", "NONE", EMMA, token=KIOSK)

    items = answer.json()["items"]
    assert [(False, "copy-on-loan"), (False, "copy-not-found"), (True, None)] == [
        (each["counted"], each["problem"] and each["problem"]["code"]) for each in items
    ]
    assert [{"channel": "machine", "value": 1}] == await uses(service, by="channel")


async def test_the_same_request_twice_is_counted_once(service: Service) -> None:
    first, again = await use(service, EMMA, key="trolley"), await use(service, EMMA, key="trolley")

    assert (first.json(), "true") == (again.json(), again.headers["idempotency-replayed"])
    assert [{"day": "2026-03-02", "value": 1}] == await uses(service, by="day")


async def test_a_scan_at_the_return_desk_counts_a_use_only_of_what_was_not_on_loan(service: Service) -> None:
    await service.check_out()
    was_lent = await service.bring_back(in_house=True)
    assert was_lent.json()["loan"] is not None
    assert [] == await uses(service)

    was_here = await service.bring_back(in_house=True, branch="EAST")

    assert (200, None, "transit") == (was_here.status_code, was_here.json()["loan"], was_here.json()["next"])
    assert [{"branch": "EAST", "value": 1}] == await uses(service, by="branch")


async def test_nothing_says_who_used_a_copy(service: Service) -> None:
    await use(service, EMMA)
    await roll_up(service.database)

    for table in metadata.sorted_tables:
        assert str(ADA) not in str([tuple(row) for row in await service.database.rows(select(table))]), table.name
    assert [] == await service.database.rows(select(loans))


async def test_an_unknown_branch_and_whoever_takes_nothing_back_are_refused(service: Service) -> None:
    unknown = await use(service, EMMA, branch="ATLANTIS")
    member = await use(service, EMMA, token=ADAS)
    elsewhere = await use(service, EMMA, token=a_token(role="librarian", rights=f"{1 << 1:x}:EAST"))

    assert (422, ["unknown-branch"]) == (unknown.status_code, codes_of(unknown))
    assert [403, 403] == [member.status_code, elsewhere.status_code]
    assert [] == await uses(service)


async def test_without_books_nothing_is_counted(service: Service) -> None:
    service.catalogue.down = True

    assert 503 == (await use(service, EMMA)).status_code
