"""The refusals that acts on a loan can meet."""

from shared.kernel.errors import Conflict, NotFound, Refused


class LoanNotFound(NotFound):
    """There is no such loan, or not for this caller."""

    code = "loan-not-found"
    detail = "There is no loan with this id, or it is not yours to see."


class LoanNotOpen(Conflict):
    """The loan is closed."""

    code = "loan-not-open"
    detail = "This loan is closed: the copy came back, or was paid for. Nothing is left to do."


class LoanLost(Conflict):
    """The copy counts as lost."""

    code = "loan-lost"
    detail = "The copy of this loan counts as lost. Say first that it was found, or take it back."


class ClaimedReturned(Conflict):
    """The borrower says that the copy was brought back."""

    code = "claimed-returned"
    detail = "The borrower says that this copy was returned. Say first that it was found, or take it back."


class NothingToFind(Conflict):
    """The copy is neither lost nor claimed returned."""

    code = "loan-not-lost"
    detail = "The copy of this loan is not missing. Take it back with a return instead."


class NothingClaimed(Conflict):
    """Nobody says that the copy was brought back."""

    code = "loan-not-claimed"
    detail = "Nobody claims that the copy of this loan was returned. Note the claim first, or return the copy."


class InvalidReturnTime(Refused):
    """A copy cannot have come back at that moment."""

    code = "invalid-return-time"
    detail = "A copy comes back after it was lent, and not in the future. Correct or drop `returned_at`."
