"""All that is done for the privacy of borrowers on their own request, each bound to what it needs."""

from dataclasses import dataclass

from loans_service.application.privacy.choose_history import ChooseHistory
from loans_service.application.privacy.export_borrower import ExportBorrower
from loans_service.application.privacy.forget_history import ForgetHistory


@dataclass(frozen=True, slots=True)
class PrivacyUseCases:
    """The use cases of privacy; made once, handed to the routes."""

    export_borrower: ExportBorrower
    choose_history: ChooseHistory
    forget_history: ForgetHistory
