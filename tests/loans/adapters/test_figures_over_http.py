"""The client of books and members for what they counted."""

from collections.abc import Sequence
from typing import Any

import pytest

from loans_service.adapters.reports.figures_over_http import FiguresOverHttp
from loans_service.domain.reports.formula import Figure
from loans_service.domain.reports.reporting_year import ReportingYear
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient
from tests.loans.adapters.neighbour import Neighbour, asked_through

ROW: dict[str, Any] = {"year": "2026", "item_type": "book", "branch": None, "value": 7}


async def of_year(
    client: NeighbourClient, *, by: Sequence[str] = ("branch", "item_type"), first_month: int = 1
) -> list[Figure]:
    year = ReportingYear.of(2026, first_month=first_month)
    return [*await FiguresOverHttp(asked_through(client)).of_year("stock", year, by=by)]


async def test_figures_come_with_the_dimensions_that_were_asked_for(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    neighbour.body = {"atom": "stock", "rows": [ROW]}

    assert [Figure({"branch": None, "item_type": "book"}, 7)] == await of_year(client)
    assert "by=year%2Cbranch%2Citem_type&from=2026-01-01&to=2026-12-31" == neighbour.asked[0].url.query.decode()


@pytest.mark.parametrize(("by", "asked"), [(["item_type"], "by=item_type&"), ([], "")])
async def test_a_year_that_begins_elsewhere_is_asked_for_as_a_period(
    neighbour: Neighbour, client: NeighbourClient, by: list[str], asked: str
) -> None:
    neighbour.body = {"rows": [{"item_type": "book", "value": 7}]}

    assert [7] == [figure.value for figure in await of_year(client, by=by, first_month=7)]
    assert f"{asked}from=2025-07-01&to=2026-06-30" == neighbour.asked[0].url.query.decode()


@pytest.mark.parametrize(
    "row",
    [
        {**ROW, "value": None},
        {**ROW, "value": "many"},
        {**ROW, "value": 1.5},
        {**ROW, "item_type": 3},
        {**ROW, "item_type": ["book"]},
        {"year": "2026", "branch": None, "value": 7},
        {"item_type": "book", "branch": None},
        None,
    ],
)
async def test_of_a_row_that_says_something_else_nothing_is_taken(
    neighbour: Neighbour, client: NeighbourClient, row: Any
) -> None:
    neighbour.body = {"rows": [ROW, row]}

    with pytest.raises(NeighbourUnavailable):
        await of_year(client)
