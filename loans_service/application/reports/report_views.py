"""What is shown of annual forms and reports."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal, Self

from loans_service.domain.reports.annual_report import Entry
from loans_service.domain.reports.form import Form, FormLine
from loans_service.domain.reports.formula import Counter
from loans_service.domain.reports.reporting_year import ReportingYear

Source = Literal["counted", "entered", "enter"]


@dataclass(frozen=True, slots=True)
class FormView:
    """A form: which edition it is, where its numbers were looked up, and what of it was not to be had."""

    form: str
    title: str
    publisher: str
    edition: str
    source: str
    remarks: str


@dataclass(frozen=True, slots=True)
class PartView:
    """A term of a formula: what is counted, by which service, and how much that was in the year.

    `value` is null if nobody counted it in that year.
    """

    term: str
    service: Counter
    sign: Literal[1, -1]
    value: int | None


@dataclass(frozen=True, slots=True)
class EntryView:
    """What somebody entered in a line; its `version` goes into `If-Match` when it is replaced."""

    value: int | None
    note: str | None
    by: str
    at: datetime
    version: int

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Show an entry."""
        return cls(entry.value, entry.note, entry.by, entry.at, entry.version)


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a report. What was entered counts before what was counted; `parts` show that all the same.

    `number` is its section or line number in the form, null if that could not be had; `checked`: it was looked up
    there. `source` is `enter` where the library cannot know the value: people enter it.
    """

    code: str
    number: str | None
    checked: bool
    title: str
    definition: str
    value: int | None
    formula: str | None
    parts: tuple[PartView, ...]
    source: Source
    entry: EntryView | None

    @classmethod
    def of(cls, line: FormLine, parts: tuple[PartView, ...], entry: Entry | None) -> Self:
        """Show a line with what was counted and entered."""
        value, source = _value(parts, entry)
        return cls(
            code=line.code,
            number=line.number,
            checked=line.checked,
            title=line.title,
            definition=line.definition,
            value=value,
            formula=None if line.formula is None else line.formula.text,
            parts=parts,
            source=source,
            entry=None if entry is None else EntryView.of(entry),
        )


def _value(parts: tuple[PartView, ...], entry: Entry | None) -> tuple[int | None, Source]:
    """Return the value of a line, and where it comes from."""
    if entry is not None and entry.value is not None:
        return entry.value, "entered"
    counted = [part.sign * part.value for part in parts if part.value is not None]
    return (sum(counted), "counted") if parts and len(counted) == len(parts) else (None, "enter")


@dataclass(frozen=True, slots=True)
class ReportView:
    """A form as it is filled in for a year, from its first day to its last.

    A frozen one says what was handed in, and never changes.
    """

    form: str
    title: str
    publisher: str
    edition: str
    source: str
    remarks: str
    year: int
    begins_on: date
    ends_on: date
    frozen_at: datetime | None
    frozen_by: str | None
    lines: tuple[LineView, ...]

    def document(self) -> dict[str, Any]:
        """Return it as JSON keeps it, without when and by whom it was frozen."""
        lines = [asdict(line) for line in self.lines]
        for line in lines:
            if line["entry"] is not None:
                line["entry"]["at"] = line["entry"]["at"].isoformat()
        whole = {name: getattr(self, name) for name in ("form", "title", "publisher", "edition", "source", "remarks")}
        days = {name: getattr(self, name).isoformat() for name in ("begins_on", "ends_on")}
        return whole | {"year": self.year, **days, "lines": lines}

    @classmethod
    def of_document(cls, document: Any, *, frozen_at: datetime | None, frozen_by: str | None) -> Self:
        """Show a report that was frozen. One of before there were other years is of the calendar year."""
        year = ReportingYear.of(document["year"])
        whole = {"begins_on": year.begins_on.isoformat(), "ends_on": year.ends_on.isoformat()} | document
        days = {name: date.fromisoformat(whole[name]) for name in ("begins_on", "ends_on")}
        lines = tuple(map(_line, document["lines"]))
        return cls(**whole | days | {"lines": lines}, frozen_at=frozen_at, frozen_by=frozen_by)


def _line(kept: dict[str, Any]) -> LineView:
    entry = kept["entry"]
    if entry is not None:
        entry = EntryView(**entry | {"at": datetime.fromisoformat(entry["at"])})
    return LineView(**kept | {"entry": entry, "parts": tuple(PartView(**part) for part in kept["parts"])})


def form_view(form: Form) -> FormView:
    """Show a form."""
    return FormView(form.name, form.title, form.publisher, form.edition, form.source, form.remarks)
