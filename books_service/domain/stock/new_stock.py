"""What a copy that has just been added comes to in the counts of its book."""

from books_service.domain.catalogue.copy_counts import BranchCounts, CopyCounts
from books_service.domain.stock.copy import Copy


def counts_of_new(copy: Copy) -> CopyCounts:
    """Return the counts of a copy that nobody has had in hand yet: it stands at home."""
    if copy.suppressed or not copy.status.public:
        return CopyCounts(1, 0, 0, 0, 0, 0, hidden_copies=1)
    lendable = int(copy.status.lendable)
    at_home = BranchCounts(copy.branch, copies=1, lendable=lendable, available=lendable)
    return CopyCounts(1, lendable, lendable, 0, 0, 0, branches=(at_home,))
