"""What books and members counted, asked over HTTP."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from loans_service.domain.reports.formula import Figure
from shared.outgoing_http import Neighbour


class _Statistics(BaseModel):
    rows: list[dict[str, Any]]


class FiguresOverHttp:
    """Implements `fill_in.Figures`."""

    def __init__(self, neighbour: Neighbour) -> None:
        self._neighbour = neighbour

    async def of_year(self, atom: str, year: int, *, by: Sequence[str]) -> Sequence[Figure]:
        """Ask for the figures of a year. Raises NeighbourUnavailable."""
        params = {"by": ",".join(["year", *by]), "from": f"{year}-01-01", "to": f"{year}-12-31"}
        answer = await self._neighbour.get(f"/v1/statistics/{atom}", _Statistics, params=params)
        return [Figure({name: row.get(name) for name in by}, row["value"]) for row in answer.rows]
