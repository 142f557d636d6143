"""What can be said against an act on a loan."""

from shared.kernel.errors import Conflict, NotFound, Refused


class LoanNotFound(NotFound):
    """There is no such loan, or not for this caller."""

    code = "loan-not-found"

    def __init__(self) -> None:
        super().__init__("There is no loan with this id, or it is not yours to see.")


class LoanNotOpen(Conflict):
    """The loan is closed."""

    code = "loan-not-open"

    def __init__(self) -> None:
        super().__init__("This loan is closed: the copy came back before.")


class LoanLost(Conflict):
    """The copy counts as lost."""

    code = "loan-lost"

    def __init__(self) -> None:
        super().__init__("The copy of this loan counts as lost. Say first that it was found, or take it back.")


class ClaimedReturned(Conflict):
    """The borrower says that the copy was brought back."""

    code = "claimed-returned"

    def __init__(self) -> None:
        super().__init__("The borrower says that this copy was returned. Say first that it was found, or take it back.")


class NothingToFind(Conflict):
    """The copy is neither lost nor claimed returned."""

    code = "loan-not-lost"

    def __init__(self) -> None:
        super().__init__("The copy of this loan is not missing. Take it back with a return instead.")


class InvalidReturnTime(Refused):
    """A copy cannot have come back at that moment."""

    code = "invalid-return-time"

    def __init__(self) -> None:
        super().__init__("A copy comes back after it was lent, and not in the future. Correct or drop `returned_at`.")
