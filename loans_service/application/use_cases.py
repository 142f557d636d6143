"""All that the service can be asked, concept by concept."""

from loans_service.application.consistency.use_cases import ConsistencyUseCases
from loans_service.application.fines.use_cases import FinesUseCases
from loans_service.application.holds.use_cases import HoldUseCases
from loans_service.application.lending.amendments.charge_borrower import settle_loss
from loans_service.application.lending.use_cases import LendingUseCases
from loans_service.application.moving_in.use_cases import MovingInUseCases
from loans_service.application.notices.use_cases import NoticeUseCases
from loans_service.application.ports import Ports
from loans_service.application.privacy.use_cases import PrivacyUseCases
from loans_service.application.reports.use_cases import ReportUseCases
from loans_service.application.rules.use_cases import RulesUseCases
from loans_service.application.tills.use_cases import TillUseCases


class UseCases:
    """What the routes, the background side and commands ask, by concept."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.lending = LendingUseCases(ports)
        self.holding = HoldUseCases(ports)
        self.fines = FinesUseCases(ports, settle_loss)
        self.tills = TillUseCases(ports)
        self.rules = RulesUseCases(ports)
        self.reports = ReportUseCases(ports)
        self.privacy = PrivacyUseCases(ports)
        self.consistency = ConsistencyUseCases(ports)
        self.notices = NoticeUseCases(ports)
        self.moving_in = MovingInUseCases(ports)
