"""Copies on their way that do not arrive."""

from datetime import timedelta
from typing import Any

import pytest

from tests.loans.api.conftest import Service
from tests.loans.api.holds.pulling import shelve
from tests.loans.api.situations import hold


async def on_their_way(library: Service, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await library.get(f"/v1/transits{query}")).json()["items"]
    return items


async def sent(library: Service, barcode: str, to_branch: str) -> None:
    answer = await library.post("/v1/transits", {"copy_barcode": barcode, "to_branch": to_branch})
    assert 200 == answer.status_code, answer.text


async def test_a_transit_tells_from_where_to_where_since_when_and_for_which_hold(library: Service) -> None:
    jessicas = await hold(library, "JESSICA", pickup_branch="EAST")
    began = library.clock.now()
    await library.bring_back()

    (away,) = await on_their_way(library)

    assert ("MAIN", "EAST", "MAIN", jessicas["hold_id"]) == tuple(
        away[name] for name in ("from_branch", "to_branch", "home_branch", "hold_id")
    )
    assert ("30000000000019", began.isoformat().replace("+00:00", "Z")) == (away["barcode"], away["since"])
    await library.bring_back(branch="EAST")
    assert [] == await on_their_way(library), "it has arrived"


async def test_transits_that_never_arrive_are_found_by_their_days_and_branches_the_oldest_first(
    library: Service,
) -> None:
    library.catalogue.branches.append("WEST")
    shelve(library, "C2", "C3")
    for barcode, to_branch in (("30000000000019", "EAST"), ("C2", "WEST"), ("C3", "EAST")):
        await sent(library, barcode, to_branch)
        library.clock.pass_by(timedelta(days=3))

    async def barcodes(query: str) -> list[str]:
        return [each["barcode"] for each in await on_their_way(library, query)]

    assert ["30000000000019", "C2", "C3"] == await barcodes("")
    assert ["30000000000019", "C2"] == await barcodes("?older_than_days=6")
    assert ["C2"] == await barcodes("?branch=west")
    assert ["30000000000019", "C2", "C3"] == await barcodes("?branch=MAIN"), "all of them left it"
    first = (await library.get("/v1/transits?limit=2")).json()
    assert ["C3"] == await barcodes(f"?limit=2&cursor={first['next_cursor']}")


@pytest.mark.parametrize("query", ["older_than_days=-1", "older_than_days=week", "older_than_days=9999", "colour=red"])
async def test_a_question_for_transits_that_makes_no_sense_is_refused(library: Service, query: str) -> None:
    assert 422 == (await library.get(f"/v1/transits?{query}")).status_code
