"""The samples of branches in the document."""

from datetime import UTC, datetime

from books_service.api.stock.branches import BranchPatchRequest, BranchRequest, ClosureRequest, LocationRequest
from books_service.application.stock.views import BranchClosure, BranchView
from books_service.domain.stock.branch import Location

_ADDED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_A_BRANCH = BranchView(
    code="EAST",
    name="Eastern branch",
    timezone="Europe/Vienna",
    locations=(Location("CHILDREN", "Children's room"),),
    address="Harbour Street 7, 1020 Vienna",
    phone="+43 1 5550117",
    email="east@library.example",
    added_at=_ADDED,
    closed_at=None,
    copies_to=None,
    version=1,
)

BRANCH_SAMPLES = (
    BranchRequest(
        code="EAST",
        name="Eastern branch",
        timezone="Europe/Vienna",
        locations=[LocationRequest(code="CHILDREN", name="Children's room")],
        address="Harbour Street 7, 1020 Vienna",
        phone="+43 1 5550117",
        email="east@library.example",
    ),
    BranchPatchRequest(name="Library at the harbour"),
    _A_BRANCH,
    ClosureRequest(copies_to="MAIN", dry_run=True),
    BranchClosure(
        "EAST", "MAIN", dry_run=True, closed_at=_ADDED, copies=812, on_loan=40, on_hold_shelf=3, in_transit=2
    ),
)
