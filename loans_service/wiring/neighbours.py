"""The neighbours that the service asks."""

from loans_service.adapters.neighbours import Neighbours
from loans_service.settings import WorkerSettings
from shared.outgoing_http import Transports


def neighbours_of(settings: WorkerSettings, transports: Transports | None = None) -> Neighbours:
    """Return the clients of books and members; `transports` lead to those that are in the same process."""
    return Neighbours.at(
        settings.books_url,
        settings.members_url,
        timeout=settings.request_timeout,
        ca_file=settings.tls_ca_file,
        transports=transports or {},
    )
