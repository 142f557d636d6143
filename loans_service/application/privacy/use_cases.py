"""The use cases of borrowers' privacy, bound to what they need."""

from loans_service.application.holds.change_hold import CancelHold
from loans_service.application.ports import Ports
from loans_service.application.privacy.choose_history import ChooseHistory
from loans_service.application.privacy.clear_borrower import ClearBorrower, ClearBorrowers, NoteLeaving
from loans_service.application.privacy.export_borrower import ExportBorrower
from loans_service.application.privacy.follow_member import FollowCategory, FollowHistoryChoice, JoinBorrowers
from loans_service.application.privacy.forget_history import ForgetHistory


class PrivacyUseCases:
    """What borrowers request for themselves, and what follows events of members."""

    def __init__(self, ports: Ports) -> None:
        unit_of_work, clock = ports.unit_of_work, ports.clock
        cancel_hold = CancelHold(unit_of_work, ports.holds, clock)
        clear_borrower = ClearBorrower(unit_of_work, cancel_hold, clock)
        self.export_borrower = ExportBorrower(ports.loans, ports.holds, ports.fines, ports.tills, ports.merged, clock)
        self.choose_history = ChooseHistory(unit_of_work)
        self.forget_history = ForgetHistory(unit_of_work, clock)
        self.note_leaving = NoteLeaving(unit_of_work, clear_borrower)
        self.clear_borrowers = ClearBorrowers(unit_of_work, clear_borrower)
        self.join_borrowers = JoinBorrowers(unit_of_work, cancel_hold, clock)
        self.follow_category = FollowCategory(unit_of_work, clock)
        self.follow_history_choice = FollowHistoryChoice(unit_of_work, clock)
