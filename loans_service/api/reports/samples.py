"""Samples of annual reports."""

from dataclasses import asdict
from datetime import date

from loans_service.api.reports.reports import EntryRequest, FormsResponse
from loans_service.api.sample_facts import LATE
from loans_service.application.reports.report_views import EntryView, FormView, LineView, PartView, ReportView

_A_FORM = FormView(
    "pls",
    "Public Libraries Survey (United States)",
    "Institute of Museum and Library Services",
    "fiscal year 2024",
    "https://www.imls.gov",
    "Reported for the fiscal year.",
)
_AN_ENTRY = EntryView(20_150, "Counted at the door.", "01a20e28-1091-7c1a-9b57-7cb0a1d1c0de", LATE, 1)
_LINES = (
    LineView(
        code="501",
        number="501",
        checked=False,
        title="Library Visits",
        definition="How often somebody came into the library, for whatever reason.",
        value=20_150,
        formula=None,
        parts=(),
        source="entered",
        entry=_AN_ENTRY,
    ),
    LineView(
        code="553",
        number="553",
        checked=True,
        title="Physical Item Circulation",
        definition="Check-outs of physical items of all kinds, renewals included.",
        value=48_211,
        formula="loans + renewals",
        parts=(PartView("loans", "loans", 1, 31_009), PartView("renewals", "loans", 1, 17_202)),
        source="counted",
        entry=None,
    ),
)

SAMPLES = (
    FormsResponse(items=[_A_FORM]),
    ReportView(
        **asdict(_A_FORM),
        year=2025,
        begins_on=date(2024, 7, 1),
        ends_on=date(2025, 6, 30),
        frozen_at=None,
        frozen_by=None,
        lines=_LINES,
    ),
    EntryRequest(value=20_150, note="Counted at the door."),
    _AN_ENTRY,
)
