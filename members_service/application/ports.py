"""One transaction of the whole service. The ports of each concept stand beside it."""

from typing import Protocol

from members_service.application.privacy.ports import PrivacyWork
from shared.kernel.receipts import Opens


class UnitOfWork(PrivacyWork, Protocol):
    """One transaction of any concept; privacy's has all of them in it."""


OpensWork = Opens[UnitOfWork]
