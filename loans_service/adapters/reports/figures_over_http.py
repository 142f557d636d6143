"""What books and members counted, asked over HTTP."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from loans_service.domain.reports.formula import Figure
from loans_service.domain.reports.reporting_year import ReportingYear
from shared.outgoing_http import Neighbour


class _Row(BaseModel):
    """A figure, and beside it the value of each dimension that was asked for; null for cells that were merged."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str | None]

    value: int


class _Statistics(BaseModel):
    rows: list[_Row]


class FiguresOverHttp:
    """Implements `fill_in.Figures`."""

    def __init__(self, neighbour: Neighbour) -> None:
        self._neighbour = neighbour

    async def of_year(self, atom: str, year: ReportingYear, *, by: Sequence[str]) -> Sequence[Figure]:
        """Ask for the figures of a year. Raises NeighbourUnavailable, also when a row lacks what was asked for."""
        words = ["year", *by] if year.is_calendar_year else [*by]
        period = {"from": year.begins_on.isoformat(), "to": year.ends_on.isoformat()}
        params = ({"by": ",".join(words)} if words else {}) | period
        answer = await self._neighbour.get(f"/v1/statistics/{atom}", _Statistics, params=params)
        if any({*by} - row.__pydantic_extra__.keys() for row in answer.rows):
            raise self._neighbour.unreadable()
        return [Figure({name: row.__pydantic_extra__[name] for name in by}, row.value) for row in answer.rows]
