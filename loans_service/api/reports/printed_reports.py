"""A report as a page to be printed: no script, nothing from elsewhere."""

from html import escape

from loans_service.application.reports.report_views import LineView, PartView, ReportView

_STYLE = (
    "body{font-family:sans-serif;margin:2em auto;max-width:60em}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #666;padding:.3em .5em;text-align:left;vertical-align:top}"
    "td.value{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "small{color:#444}tr{break-inside:avoid}"
)
_COLUMNS = ("No.", "Line", "Value", "From")


def as_page(report: ReportView) -> str:
    """Return the report as a table, with the definition, the formula and its parts of each line."""
    title = escape(f"{report.title}, {report.year}")
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    columns = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    rows = "\n".join(map(_row, report.lines))
    days = f"From {report.begins_on} to {report.ends_on}."
    about = "".join(f"<p>{escape(text)}</p>" for text in (_edition(report), days, _state(report), report.remarks))
    table = f"<table><thead><tr>{columns}</tr></thead><tbody>\n{rows}\n</tbody></table>"
    body = f"<main><h1>{title}</h1>{about}{table}</main>"
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _edition(report: ReportView) -> str:
    return f"{report.publisher}: {report.edition}. {report.source}"


def _state(report: ReportView) -> str:
    if report.frozen_at is None:
        return "Not handed in: its figures may still change."
    return f"Handed in on {report.frozen_at:%Y-%m-%d}. It never changes."


def _row(line: LineView) -> str:
    number = escape(line.number or "-")
    if not line.checked:
        number += " <small>(not looked up)</small>"
    what = f"{escape(line.title)}<br><small>{escape(line.definition)}</small>"
    value = "" if line.value is None else f"{line.value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    cells = f'<th scope="row">{number}</th><td>{what}</td><td class="value">{value}</td><td>{_from(line)}</td>'
    return f"<tr>{cells}</tr>"


def _from(line: LineView) -> str:
    lines = ["to be entered" if line.source == "enter" else line.source, *map(_part, line.parts)]
    if line.entry is not None and line.entry.note:
        lines.append(line.entry.note)
    return "<br>".join(map(escape, lines))


def _part(part: PartView) -> str:
    sign = "+" if part.sign > 0 else "-"
    return f"{sign} {part.term}: {'not known' if part.value is None else part.value}"
