"""The samples of periodicals in the document."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from books_service.api.serials.issues import IssuePatchRequest, IssueRequest
from books_service.api.serials.subscriptions import (
    IssueCopyRequest,
    SubscriptionRequest,
    SubscriptionResponse,
)
from books_service.application.serials.views import IssueReceived, IssueView
from books_service.application.stock.views import CopyView
from books_service.domain.serials.issue import IssueState
from books_service.domain.serials.pattern import Frequency, Pattern
from books_service.domain.serials.subscription import IssueCopy

_NATURE = UUID("01a20f56-0b5a-72ae-b315-6757a5c0ed17")
_AN_ISSUE = IssueView(
    issue_id=UUID("01a20f59-4b46-7a3f-a01c-0d3c0a7f1a17"),
    book_id=_NATURE,
    title="Weather and climate",
    volume="2026/02",
    state=IssueState.EXPECTED,
    expected_on=date(2026, 2, 1),
    late_on=date(2026, 2, 8),
    late=True,
    received_on=None,
    claimed_on=date(2026, 2, 16),
    supplier="Harbour Subscriptions",
    version=2,
)


def serial_samples(copy: CopyView) -> tuple[object, ...]:
    """Return them; `copy` is what a copy looks like."""
    received = replace(
        _AN_ISSUE,
        volume="2026/03",
        state=IssueState.RECEIVED,
        expected_on=date(2026, 3, 1),
        late_on=date(2026, 3, 8),
        late=False,
        received_on=date(2026, 3, 2),
        claimed_on=None,
    )
    return (
        SubscriptionRequest.model_validate(
            {
                "pattern": {"frequency": Frequency.MONTHLY, "omitted_months": [8]},
                "from": date(2026, 1, 1),
                "copies": [
                    IssueCopyRequest(branch="MAIN", item_type="journal", route=["Editorial office", "Press desk"])
                ],
                "supplier": "Harbour Subscriptions",
            }
        ),
        SubscriptionResponse(
            book_id=_NATURE,
            title="Weather and climate",
            pattern=Pattern.of(Frequency.MONTHLY, starts=date(2026, 1, 1), omitted_months=[8]),
            starts=date(2026, 1, 1),
            ends=None,
            copies=[IssueCopy("MAIN", item_type="journal", route=["Editorial office", "Press desk"])],
            late_after_days=7,
            supplier="Harbour Subscriptions",
            next_volume="2026/04",
            next_on=date(2026, 4, 1),
            version=1,
        ),
        IssueRequest(volume="2026/03", received_on=date(2026, 3, 2), barcodes=["30000000500014"]),
        IssuePatchRequest(claimed_on=date(2026, 2, 16)),
        _AN_ISSUE,
        IssueReceived(received, [replace(copy, book_id=_NATURE, volume="2026/03", item_type="journal")]),
    )
