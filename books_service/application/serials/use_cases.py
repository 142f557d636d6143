"""The use cases of periodicals, bound to what they need."""

from books_service.application.ports import Ports
from books_service.application.serials.expect_issues import ExpectIssues
from books_service.application.serials.print_routing_slips import PrintRoutingSlips
from books_service.application.serials.receive_issue import ReceiveIssue
from books_service.application.serials.revise_issue import ReviseIssue
from books_service.application.serials.subscribe import EndSubscription, Subscribe
from books_service.application.serials.today import Today


class SerialUseCases:
    """Everything that can be asked of periodicals; `queries` show subscriptions and issues as they are `today`."""

    def __init__(self, ports: Ports) -> None:
        unit_of_work = ports.unit_of_work
        self.today = Today(ports.clock, ports.zone)
        self.subscribe = Subscribe(unit_of_work, self.today)
        self.end_subscription = EndSubscription(unit_of_work)
        self.receive_issue = ReceiveIssue(unit_of_work, ports.clock, self.today, ports.currency)
        self.revise_issue = ReviseIssue(unit_of_work, self.today)
        self.expect_issues = ExpectIssues(unit_of_work, self.today)
        self.print_routing_slips = PrintRoutingSlips(ports.serials, ports.draw_routing_slips)
        self.queries = ports.serials
