"""The use cases of tills, bound to what they need."""

from loans_service.application.ports import Ports
from loans_service.application.tills.book_receipt import BookReceipt
from loans_service.application.tills.keep_session import CashUpTill, MoveCash, OpenTill
from loans_service.application.tills.manage_tills import ListTills, MakeTill
from loans_service.application.tills.pay_out import PayOut
from loans_service.application.tills.show_receipts import ListPayouts, ListReceipts, ReadJournal, ShowReceipt


class TillUseCases:
    """Everything that can be asked for about tills, receipts and payouts."""

    def __init__(self, ports: Ports) -> None:
        unit_of_work, clock = ports.unit_of_work, ports.clock
        self.make_till = MakeTill(unit_of_work, clock, ports.currency)
        self.list_tills = ListTills(ports.tills)
        self.open_till = OpenTill(unit_of_work, clock)
        self.move_cash = MoveCash(unit_of_work, clock)
        self.cash_up = CashUpTill(unit_of_work, clock)
        self.show_receipt = ShowReceipt(ports.tills, ports.rules.zone_of)
        self.list_receipts = ListReceipts(ports.tills)
        self.read_journal = ReadJournal(ports.tills)
        self.list_payouts = ListPayouts(ports.tills, ports.merged)
        self.pay_out = PayOut(unit_of_work, BookReceipt(ports.zone), clock)
