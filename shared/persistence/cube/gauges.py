"""The figures of the year so far as gauges, for trends."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client import Gauge

from shared.kernel.cube import FEWEST, Atom, Kind, Span
from shared.persistence.cube.answering import AnswerFigures, Question

_BRANCH = "branch"


@dataclass(frozen=True)
class MeasureFigures:
    """Sets a gauge for each atom and branch. People are told as a whole, and fewer than five not at all."""

    answer: AnswerFigures
    service: str
    gauge: Gauge
    _set: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])

    async def __call__(self) -> None:
        found: dict[tuple[str, str, str], int] = {}
        for atom in self.answer.atoms.values():
            for branch, value in (await self._of_year(atom)).items():
                if not atom.of_people or value >= FEWEST:
                    found[self.service, atom.name, branch] = value
        for gone in self._set - found.keys():
            self.gauge.remove(*gone)
        self._set.clear()
        self._set.update(found)
        for labels, value in found.items():
            self.gauge.labels(*labels).set(value)

    async def _of_year(self, atom: Atom) -> Mapping[str, int]:
        by_branch = (_BRANCH,) if _BRANCH in atom.dimensions and not atom.of_people else ()
        span = (str(Span.YEAR),) if atom.kind is Kind.PEOPLE else ()
        figures = await self.answer(Question(atom.name, (*span, *by_branch)))
        return {str(row.get(_BRANCH, "")): int(row["value"] or 0) for row in figures.rows}
