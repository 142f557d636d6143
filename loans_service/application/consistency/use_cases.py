"""The use cases of consistency, bound to what they need."""

from loans_service.application.consistency.check_consistency import CheckConsistency, RepairConsistency
from loans_service.application.consistency.compare_all import CompareAll
from loans_service.application.consistency.money import ShowBalance
from loans_service.application.ports import Ports


class ConsistencyUseCases:
    """Everything that can be asked for about what books and lending know of the same copies."""

    def __init__(self, ports: Ports) -> None:
        self.show_balance = ShowBalance(ports.money, ports.currency)
        self.check = CheckConsistency(ports.circulation, ports.catalogue_states, self.show_balance)
        self.repair = RepairConsistency(ports.unit_of_work, self.check, ports.clock)
        self.compare_all = CompareAll(self.check, self.repair)
