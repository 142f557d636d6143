"""All that is done with the rules, each bound to what it needs."""

from dataclasses import dataclass

from loans_service.application.rules.change_calendar import ChangeCalendar
from loans_service.application.rules.change_policy import ChangePolicy
from loans_service.application.rules.show_rules import ShowCalendar, ShowPolicy
from loans_service.application.rules.simulate_policy import SimulatePolicy


@dataclass(frozen=True, slots=True)
class RulesUseCases:
    """The use cases of the rules; made once, handed to the routes."""

    show_policy: ShowPolicy
    change_policy: ChangePolicy
    simulate_policy: SimulatePolicy
    show_calendar: ShowCalendar
    change_calendar: ChangeCalendar
