"""The client of books and members for what they counted."""

from typing import Any

import pytest

from loans_service.adapters.reports.figures_over_http import FiguresOverHttp
from loans_service.domain.reports.formula import Figure
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient
from tests.loans.adapters.neighbour import Neighbour, asked_through

ROW: dict[str, Any] = {"year": "2026", "item_type": "book", "branch": None, "value": 7}


async def of_year(client: NeighbourClient) -> list[Figure]:
    return [*await FiguresOverHttp(asked_through(client)).of_year("stock", 2026, by=["branch", "item_type"])]


async def test_figures_come_with_the_dimensions_that_were_asked_for(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    neighbour.body = {"atom": "stock", "rows": [ROW]}

    assert [Figure({"branch": None, "item_type": "book"}, 7)] == await of_year(client)
    assert "by=year%2Cbranch%2Citem_type&from=2026-01-01&to=2026-12-31" == neighbour.asked[0].url.query.decode()


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
