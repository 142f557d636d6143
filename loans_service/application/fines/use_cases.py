"""All that is done with fines, each bound to what it needs."""

from dataclasses import dataclass

from loans_service.application.fines.charge_member import ChargeMember
from loans_service.application.fines.pay_borrower import PayBorrower
from loans_service.application.fines.settle_fine import PayFine, WaiveFine
from loans_service.application.fines.show_fines import ListFines, ShowFine


@dataclass(frozen=True, slots=True)
class FinesUseCases:
    """The use cases of fines; made once, handed to the routes."""

    list_fines: ListFines
    show_fine: ShowFine
    pay_fine: PayFine
    waive_fine: WaiveFine
    charge_member: ChargeMember
    pay_borrower: PayBorrower
