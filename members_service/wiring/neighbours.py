"""The neighbour that the service asks. Only who asks it imports this, and the client with it."""

from members_service.adapters.membership.branches_over_http import BranchesOverHttp
from members_service.settings import WorkerSettings
from shared.outgoing_http import Neighbour, NeighbourClient, Transports


def neighbours_of(settings: WorkerSettings, transports: Transports | None = None) -> NeighbourClient:
    """Return the client of books; `transports` may lead to one that is in the same process."""
    return NeighbourClient(
        base_url=settings.books_url,
        neighbour="books",
        service="members",
        timeout=settings.request_timeout,
        ca_file=settings.tls_ca_file,
        transport=(transports or {}).get("books"),
    )


def branches_of(books: NeighbourClient) -> BranchesOverHttp:
    """Return the branches as books knows them."""
    return BranchesOverHttp(Neighbour(books))
