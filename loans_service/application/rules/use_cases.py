"""The use cases of the rules, bound to what they need."""

from loans_service.application.ports import Ports
from loans_service.application.rules.change_calendar import ChangeCalendar
from loans_service.application.rules.change_policy import ChangePolicy
from loans_service.application.rules.note_zones import NoteZones
from loans_service.application.rules.show_rules import ShowCalendar, ShowPolicy
from loans_service.application.rules.simulate_policy import SimulatePolicy


class RulesUseCases:
    """Everything that can be asked for about the policy and the calendar."""

    def __init__(self, ports: Ports) -> None:
        unit_of_work, clock, currency = ports.unit_of_work, ports.clock, ports.currency
        self.show_policy = ShowPolicy(ports.rules, currency)
        self.change_policy = ChangePolicy(unit_of_work, ports.branches, ports.categories, clock, currency)
        self.simulate_policy = SimulatePolicy(unit_of_work, ports.rules, ports.past, clock, currency)
        self.show_calendar = ShowCalendar(ports.rules)
        self.change_calendar = ChangeCalendar(unit_of_work, ports.branches, clock, ports.holidays_of)
        self.note_zones = NoteZones(unit_of_work, ports.branches)
