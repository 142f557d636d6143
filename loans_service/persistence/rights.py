"""What the role that serves may do in the database: all that the service does there, and no more."""

from shared.persistence.migrating.app_role import Rights

RIGHTS = Rights(
    only_added={
        "policies": (),
        "payments": ("member_id",),  # emptied when the member is forgotten
        "till_receipts": ("member_id", "by", "why", "paid_by"),
        "till_receipt_lines": ("fine_id", "given_back"),
        "till_movements": (),
        # Actors and notes are emptied when a loan or fine is anonymised; the channel they told is kept.
        "loan_history": ("by", "why", "acted_by", "channel"),
        "fine_entries": ("by", "why"),
    },
)
