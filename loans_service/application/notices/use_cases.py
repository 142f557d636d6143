"""The use cases of notices, bound to what they need."""

from loans_service.application.notices.circulation_facts import ShowCirculationFacts
from loans_service.application.ports import Ports


class NoticeUseCases:
    """Everything that notices to members ask of lending."""

    def __init__(self, ports: Ports) -> None:
        self.show_facts = ShowCirculationFacts(ports.facts, ports.renewals, ports.unit_of_work, ports.clock)
