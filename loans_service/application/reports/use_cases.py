"""The use cases of annual reports, bound to what they need."""

from loans_service.application.ports import Ports
from loans_service.application.reports.fill_in import FormDesk
from loans_service.application.reports.keep_report import EnterValue, FreezeReport
from loans_service.application.reports.show_report import ListForms, ShowReport


class ReportUseCases:
    """Everything that can be asked for about annual reports."""

    def __init__(self, ports: Ports) -> None:
        desk = FormDesk(ports.forms, ports.figures, ports.clock, ports.zone)
        self.list_forms = ListForms(desk)
        self.show_report = ShowReport(desk, ports.reports)
        self.enter_value = EnterValue(ports.unit_of_work, desk)
        self.freeze_report = FreezeReport(ports.unit_of_work, desk, ports.reports)
