"""The use cases of letters, each bound to what it needs."""

from dataclasses import dataclass
from datetime import tzinfo

from members_service.application.membership.home_branch import LibraryBranches
from members_service.application.notices.letters.print_letters import DrawLetters, OrderLetters, PrintLetters
from members_service.application.notices.letters.queries import LetterQueries
from members_service.application.notices.letters.work import LetterWorkFactory
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class LetterPorts:
    """What the use cases of letters need."""

    unit_of_work: LetterWorkFactory
    queries: LetterQueries
    draw: DrawLetters
    branches: LibraryBranches
    clock: Clock
    zone: tzinfo


class LetterUseCases:
    """Letters, written in the background and printed at a desk."""

    def __init__(self, ports: LetterPorts) -> None:
        self.queries = ports.queries
        self.order = OrderLetters(ports.unit_of_work, ports.branches, ports.clock)
        self.print = PrintLetters(ports.unit_of_work, ports.queries, ports.draw, ports.clock, ports.zone)
