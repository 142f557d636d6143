"""What lending itself counted, asked for its cube."""

from collections.abc import Sequence

from loans_service.domain.reports.formula import Figure
from loans_service.domain.reports.reporting_year import ReportingYear
from shared.persistence.cube.answering import AnswerFigures, Question


class OwnFigures:
    """Implements `fill_in.Figures`."""

    def __init__(self, answer: AnswerFigures) -> None:
        self._answer = answer

    async def of_year(self, atom: str, year: ReportingYear, *, by: Sequence[str]) -> Sequence[Figure]:
        """Return what was counted of an atom in a year, by these dimensions."""
        words = ("year", *by) if year.is_calendar_year else tuple(by)
        question = Question(atom, words, year.begins_on, year.ends_on)
        found = await self._answer(question)
        return [Figure({name: _text(row[name]) for name in by}, int(row["value"] or 0)) for row in found.rows]


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)
