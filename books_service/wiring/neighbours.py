"""The neighbour that the service asks."""

from books_service.settings import Settings
from shared.outgoing_http import NeighbourClient, Transports


def neighbours_of(settings: Settings, transports: Transports | None = None) -> NeighbourClient:
    """Return the client of members; `transports` may lead to one that is in the same process."""
    return NeighbourClient(
        base_url=settings.members_url,
        neighbour="members",
        service="books",
        timeout=settings.request_timeout,
        ca_file=settings.tls_ca_file,
        transport=(transports or {}).get("members"),
    )
