"""An annual form: its lines, and from what each is computed."""

from collections.abc import Iterator
from dataclasses import dataclass

from loans_service.domain.reports.formula import Formula
from loans_service.domain.reports.reporting_year import ReportingYear
from shared.kernel.errors import NotFound

MOST_OF_AN_ENTRY = 10**15
LONGEST_NOTE = 500


class FormNotFound(NotFound):
    """No form has this name."""

    code = "form-not-found"
    detail = "There is no such form. The list of reports names those there are."


class LineNotFound(NotFound):
    """The form has no line with this code."""

    code = "line-not-found"
    detail = "This form has no line with this code. The report lists its lines."


@dataclass(frozen=True, slots=True)
class FormLine:
    """A line of a form. `number` is its section or number in the form as printed; None if that could not be had.

    `checked`: that number was looked up in the form itself. Without a formula the library cannot know its value, and
    people enter it.
    """

    code: str
    number: str | None
    checked: bool
    title: str
    definition: str
    formula: Formula | None


@dataclass(frozen=True, slots=True)
class Form:
    """A form in one `edition`; `source` is where its numbers were looked up, `remarks` tells what was not to be had.

    Its year begins in `first_month`.
    """

    name: str
    title: str
    publisher: str
    edition: str
    source: str
    remarks: str
    lines: tuple[FormLine, ...]
    first_month: int = 1

    def year(self, year: int) -> ReportingYear:
        """Return the days of a year of this form."""
        return ReportingYear.of(year, first_month=self.first_month)

    def line(self, code: str) -> FormLine:
        """Return the line with this code. Raises LineNotFound."""
        for each in self.lines:
            if each.code == code:
                return each
        raise LineNotFound

    @property
    def questions(self) -> dict[str, frozenset[str]]:
        """What is to be asked for all of its lines: the dimensions by which, for each atom."""
        asked: dict[str, frozenset[str]] = {}
        for atom, dimensions in self._questions():
            asked[atom] = asked.get(atom, frozenset()) | dimensions
        return asked

    def _questions(self) -> Iterator[tuple[str, frozenset[str]]]:
        for line in self.lines:
            if line.formula is not None:
                yield from line.formula.questions
