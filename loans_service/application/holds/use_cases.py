"""The use cases of holds, bound to what they need."""

from loans_service.application.holds.change_hold import CancelForWard, CancelHold, ResumeHold, SuspendHold
from loans_service.application.holds.choose_targets import ChooseTargets
from loans_service.application.holds.empty_closed_branches import EmptyClosedBranches
from loans_service.application.holds.find_active import FindActive
from loans_service.application.holds.join_queues import JoinQueues
from loans_service.application.holds.list_holds_ratio import ListHoldsRatio
from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.holds.placing.ask_all import AskAll
from loans_service.application.holds.placing.explain_hold import ExplainHold
from loans_service.application.holds.placing.find_pickup_branches import FindPickupBranches
from loans_service.application.holds.placing.move_hold import MoveHold
from loans_service.application.holds.placing.place_hold import PlaceHold
from loans_service.application.holds.reorder_queue import ReorderQueue
from loans_service.application.holds.report_not_found import ReportNotFound
from loans_service.application.holds.revise_hold import ReviseHold
from loans_service.application.holds.send_copy import SendCopy
from loans_service.application.holds.show_holds import ListHolds, ListHoldShelf, ListTransits, ShowHold, ShowQueue
from loans_service.application.ports import Ports


class HoldUseCases:
    """Everything that can be asked for about holds, queues and hold shelves."""

    def __init__(self, ports: Ports) -> None:
        unit_of_work, queries, clock = ports.unit_of_work, ports.holds, ports.clock
        ask_all = AskAll(ports.catalogue, ports.stock, ports.members)
        self.place_hold = PlaceHold(unit_of_work, ask_all, clock)
        self.explain_hold = ExplainHold(unit_of_work, ask_all, clock)
        self.find_pickup_branches = FindPickupBranches(ports.rules, ask_all, ports.branches)
        self.cancel_hold = CancelHold(unit_of_work, queries, clock)
        self.cancel_for_ward = CancelForWard(self.cancel_hold, ports.members)
        self.suspend_hold = SuspendHold(unit_of_work, queries, clock)
        self.find_active = FindActive(queries, ports.members)
        self.resume_hold = ResumeHold(unit_of_work, queries, clock)
        self.revise_hold = ReviseHold(unit_of_work, queries, ports.catalogue, ports.stock, clock)
        self.move_hold = MoveHold(unit_of_work, queries, ask_all, clock)
        self.report_not_found = ReportNotFound(unit_of_work, queries, clock)
        self.reorder_queue = ReorderQueue(unit_of_work, clock)
        self.send_copy = SendCopy(unit_of_work, ports.catalogue, clock)
        self.choose_targets = ChooseTargets(
            unit_of_work, ports.due_requests, ports.stock, clock, ports.report_target_failure
        )
        self.note_copy_report = NoteCopyReport(unit_of_work, clock)
        self.join_queues = JoinQueues(unit_of_work, clock)
        self.show_hold = ShowHold(queries, clock)
        self.show_queue = ShowQueue(queries, clock)
        self.list_holds = ListHolds(queries, ports.members, ports.merged, clock)
        self.empty_closed_branches = EmptyClosedBranches(
            unit_of_work, queries, ports.branches, clock, ports.report_target_failure
        )
        self.list_transits = ListTransits(queries, clock)
        self.list_hold_shelf = ListHoldShelf(queries, clock)
        self.list_holds_ratio = ListHoldsRatio(queries, ports.titles)
        self.queries = queries
