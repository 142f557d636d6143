"""The use cases of holds, bound to what they need."""

from loans_service.application.holds.change_hold import CancelHold, ResumeHold, ReviseHold, SuspendHold
from loans_service.application.holds.placing.ask_all import AskAll
from loans_service.application.holds.placing.explain_hold import ExplainHold
from loans_service.application.holds.placing.find_pickup_branches import FindPickupBranches
from loans_service.application.holds.placing.place_hold import PlaceHold
from loans_service.application.holds.reorder_queue import ReorderQueue
from loans_service.application.holds.report_not_found import ReportNotFound
from loans_service.application.holds.send_copy import SendCopy
from loans_service.application.holds.show_holds import ListHolds, ShowHold, ShowQueue
from loans_service.application.ports import Ports


class HoldUseCases:
    """Everything that can be asked for about holds, queues and hold shelves."""

    def __init__(self, ports: Ports) -> None:
        work, views, clock = ports.unit_of_work, ports.holds, ports.clock
        ask_all = AskAll(ports.catalogue, ports.stock, ports.members)
        self.place_hold = PlaceHold(work, ask_all, clock)
        self.explain_hold = ExplainHold(work, ask_all, clock)
        self.find_pickup_branches = FindPickupBranches(ports.rules, ask_all, ports.branches)
        self.cancel_hold = CancelHold(work, views, clock)
        self.suspend_hold = SuspendHold(work, views, clock)
        self.resume_hold = ResumeHold(work, views, clock)
        self.revise_hold = ReviseHold(work, views, ports.catalogue, ports.stock, clock)
        self.report_not_found = ReportNotFound(work, views, clock)
        self.reorder_queue = ReorderQueue(work, clock)
        self.send_copy = SendCopy(work, ports.catalogue, clock)
        self.show_hold = ShowHold(views, clock)
        self.show_queue = ShowQueue(views, clock)
        self.list_holds = ListHolds(views, ports.members, ports.merged, clock)
        self.views = views
