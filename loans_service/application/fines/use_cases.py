"""The use cases of fines, bound to what they need."""

from loans_service.application.fines.charge_fees import ChargeFees
from loans_service.application.fines.charge_member import ChargeMember
from loans_service.application.fines.give_back import GiveBack, RefundReceipt, VoidReceipt
from loans_service.application.fines.lift_suspension import LiftSuspension
from loans_service.application.fines.pay_borrower import PayBorrower
from loans_service.application.fines.send_to_collection import SendToCollection
from loans_service.application.fines.settle_fine import PayFine, WaiveFine
from loans_service.application.fines.settling import SettlesLoss
from loans_service.application.fines.show_collections import ListCollections, ReadCollections
from loans_service.application.fines.show_fines import ListFines, ShowFine
from loans_service.application.fines.take_money import TakeMoney
from loans_service.application.ports import Ports
from loans_service.application.tills.book_receipt import BookReceipt


class FinesUseCases:
    """Everything that can be asked for about fines and charges."""

    def __init__(self, ports: Ports, settle_loss: SettlesLoss) -> None:
        unit_of_work, clock, book = ports.unit_of_work, ports.clock, BookReceipt(ports.zone)
        take, give_back = TakeMoney(settle_loss, book), GiveBack(settle_loss, book)
        self.show_fine = ShowFine(ports.fines)
        self.list_fines = ListFines(ports.fines, ports.merged)
        self.pay_fine = PayFine(unit_of_work, take, clock)
        self.waive_fine = WaiveFine(unit_of_work, settle_loss, clock)
        self.lift_suspension = LiftSuspension(unit_of_work, clock)
        self.charge_member = ChargeMember(unit_of_work, ports.members, clock, ports.currency)
        self.charge_fees = ChargeFees(unit_of_work, clock, ports.currency)
        self.pay_borrower = PayBorrower(unit_of_work, take, ports.members, clock, ports.currency)
        self.list_collections = ListCollections(ports.fines, ports.rules, clock)
        self.read_collections = ReadCollections(self.list_collections)
        self.send_to_collection = SendToCollection(unit_of_work, clock)
        self.void_receipt = VoidReceipt(unit_of_work, give_back, clock)
        self.refund_receipt = RefundReceipt(unit_of_work, give_back, clock)
