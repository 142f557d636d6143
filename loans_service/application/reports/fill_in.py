"""Fill a form in for a year: ask all three services what they counted."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from loans_service.application.reports.report_views import LineView, PartView, ReportView
from loans_service.domain.reports.annual_report import AnnualReport
from loans_service.domain.reports.form import Form, FormLine
from loans_service.domain.reports.formula import ATOMS, Counter, Figure, Part
from loans_service.domain.reports.reporting_year import ReportingYear
from loans_service.domain.rights import SEE_CONTACTS
from shared.kernel.clock import Clock
from shared.kernel.rights import authorise_everywhere


class Figures(Protocol):
    """What a service counted."""

    async def of_year(self, atom: str, year: ReportingYear, *, by: Sequence[str]) -> Sequence[Figure]:
        """Return what was counted of an atom in a year, by these dimensions; of a level, what it was last.

        Empty if nothing was counted, or nobody did so. Raises NeighbourUnavailable.
        """
        ...


class Forms(Protocol):
    """The forms that there are."""

    def all(self) -> Sequence[Form]:
        """Return all of them."""
        ...

    def get(self, name: str) -> Form:
        """Raise FormNotFound."""
        ...


Counted = Mapping[str, Sequence[Figure]]
"""What was counted in a year, by the names of the atoms; not of those that nobody counts in such a year."""

LEVELS = frozenset({"stock", "members"})
"""What is not counted but photographed: of these no photograph means that nobody knows, not that there were none.

Every form asks for them: a year without even a photograph is one of before the library counted anything.
"""

PEOPLE = frozenset({"active_borrowers"})
"""Of whom each is counted once in a calendar year, and so in no other: who it was, nobody knows any more."""


@dataclass(frozen=True, slots=True)
class FormDesk:
    """What is needed to fill a form in."""

    forms: Forms
    figures: Mapping[Counter, Figures]
    clock: Clock
    zone: ZoneInfo

    async def counted(self, form: Form, year: ReportingYear) -> Counted:
        """Ask for all that the form needs at the same time; each atom once. Raises NeighbourUnavailable."""
        asked = {atom: by for atom, by in form.questions.items() if atom not in PEOPLE or year.is_calendar_year}
        questions = {atom: sorted(by) for atom, by in (dict.fromkeys(LEVELS, ()) | asked).items()}
        answers = await asyncio.gather(
            *(self.figures[ATOMS[atom]].of_year(atom, year, by=by) for atom, by in questions.items()),
            return_exceptions=True,  # so that nothing is asked any more when the first failure is told
        )
        counted = dict[str, Sequence[Figure]]()
        for atom, answer in zip(questions, answers, strict=True):
            if isinstance(answer, BaseException):
                raise answer
            counted[atom] = answer
        return counted if any(counted.values()) else {}

    @property
    def now(self) -> datetime:
        """The present moment, in the library's time zone."""
        return self.clock.now().astimezone(self.zone)


def expect_full_sight() -> None:
    """Raise RightMissing for who may not see persons everywhere: the totals of a form leave none of the few out."""
    authorise_everywhere(SEE_CONTACTS)


def filled_in(form: Form, report: AnnualReport, counted: Counted) -> ReportView:
    """Return the form with what was counted and entered."""
    lines = (LineView.of(line, _parts(line, counted), report.entries.get(line.code)) for line in form.lines)
    days = form.year(report.year)
    return ReportView(
        *(form.name, form.title, form.publisher, form.edition, form.source, form.remarks),
        *(report.year, days.begins_on, days.ends_on),
        frozen_at=None,
        frozen_by=None,
        lines=tuple(lines),
    )


def as_handed_in(report: AnnualReport) -> ReportView:
    """Return a frozen report as it was then."""
    return ReportView.of_document(report.document, frozen_at=report.frozen_at, frozen_by=report.frozen_by)


def _parts(line: FormLine, figures: Counted) -> tuple[PartView, ...]:
    if line.formula is None:
        return ()
    return tuple(
        PartView(
            part.text,
            part.counter,
            1 if part.sign > 0 else -1,
            _value(part, figures.get(part.atom)),
        )
        for part in line.formula.parts
    )


def _value(part: Part, figures: Sequence[Figure] | None) -> int | None:
    """Return what a part comes to, if that is known."""
    if figures is None or not part.is_known or (part.atom in LEVELS and not figures):
        return None
    return part.value(figures)
