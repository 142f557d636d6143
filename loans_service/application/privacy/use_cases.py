"""All that is done for the privacy of borrowers on their own request, each bound to what it needs."""

from loans_service.application.ports import Ports
from loans_service.application.privacy.choose_history import ChooseHistory
from loans_service.application.privacy.export_borrower import ExportBorrower
from loans_service.application.privacy.forget_history import ForgetHistory


class PrivacyUseCases:
    """The use cases of privacy; made once, handed to the routes."""

    def __init__(self, ports: Ports) -> None:
        self.export_borrower = ExportBorrower(ports.views, ports.holds, ports.fines, ports.merged, ports.clock)
        self.choose_history = ChooseHistory(ports.unit_of_work)
        self.forget_history = ForgetHistory(ports.unit_of_work, ports.clock)
