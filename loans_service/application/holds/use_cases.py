"""The use cases of holds, bound to what they need."""

from dataclasses import dataclass
from typing import Self

from loans_service.application.holds.change_hold import CancelHold, ResumeHold, ReviseHold, SuspendHold
from loans_service.application.holds.hold_views import HoldViews
from loans_service.application.holds.placing.ask_all import AskAll
from loans_service.application.holds.placing.explain_hold import ExplainHold
from loans_service.application.holds.placing.find_pickup_branches import FindPickupBranches
from loans_service.application.holds.placing.place_hold import PlaceHold
from loans_service.application.holds.reorder_queue import ReorderQueue
from loans_service.application.holds.report_not_found import ReportNotFound
from loans_service.application.holds.send_copy import SendCopy
from loans_service.application.holds.show_holds import ListHolds, ShowHold, ShowQueue
from loans_service.application.ports import Ports


@dataclass(frozen=True, slots=True)
class HoldUseCases:
    """Everything that can be asked for about holds, queues and hold shelves."""

    place_hold: PlaceHold
    explain_hold: ExplainHold
    find_pickup_branches: FindPickupBranches
    cancel_hold: CancelHold
    suspend_hold: SuspendHold
    resume_hold: ResumeHold
    revise_hold: ReviseHold
    report_not_found: ReportNotFound
    reorder_queue: ReorderQueue
    send_copy: SendCopy
    show_hold: ShowHold
    show_queue: ShowQueue
    list_holds: ListHolds
    views: HoldViews

    @classmethod
    def bound(cls, ports: Ports) -> Self:
        """Bind them."""
        work, views, clock = ports.unit_of_work, ports.holds, ports.clock
        ask_all = AskAll(ports.catalogue, ports.stock, ports.members)
        return cls(
            place_hold=PlaceHold(work, ask_all, clock),
            explain_hold=ExplainHold(work, ask_all, clock),
            find_pickup_branches=FindPickupBranches(ports.rules, ask_all, ports.branches),
            cancel_hold=CancelHold(work, views, clock),
            suspend_hold=SuspendHold(work, views, clock),
            resume_hold=ResumeHold(work, views, clock),
            revise_hold=ReviseHold(work, views, ports.catalogue, ports.stock, clock),
            report_not_found=ReportNotFound(work, views, clock),
            reorder_queue=ReorderQueue(work, clock),
            send_copy=SendCopy(work, ports.catalogue, clock),
            show_hold=ShowHold(views, clock),
            show_queue=ShowQueue(views, clock),
            list_holds=ListHolds(views, ports.members, clock),
            views=views,
        )
