"""How lending is asked: what notices still say, and who of those whom an import brought borrows by now."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from members_service.adapters.notices.loans_over_http import LoansOverHttp
from members_service.application.privacy.undo_members import LendingNotSetUp
from members_service.domain.notices.circulation import Circulation, Question
from members_service.settings import WorkerSettings
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import AccessToken, Neighbour, NeighbourClient, Transports


class NoLending:
    """Implements `ports.Lending` of notices and `Borrowing` of privacy where loans is not set up."""

    async def circulation(self, question: Question) -> Circulation:
        """What depends on it waits."""
        if question:
            raise NeighbourUnavailable("MEMBERS_LOANS_URL is not set; notices about loans and holds wait.")
        return Circulation()

    async def borrowers(self, member_ids: Collection[UUID]) -> Collection[UUID]:  # noqa: ARG002 - it knows of nobody
        raise LendingNotSetUp


@dataclass(frozen=True, slots=True)
class Lending:
    """Lending, and the connections to it."""

    port: LoansOverHttp | NoLending
    clients: tuple[NeighbourClient, ...] = ()

    async def aclose(self) -> None:
        """Close every connection."""
        for client in self.clients:
            await client.aclose()


def lending_of(settings: WorkerSettings, transports: Transports | None = None) -> Lending:
    """Return lending; `transports` may lead to services in the same process."""
    if settings.loans_url is None or settings.self_url is None or settings.client_secret is None:
        return Lending(NoLending())

    def client(neighbour: str, url: str) -> NeighbourClient:
        return NeighbourClient(
            base_url=url,
            neighbour=neighbour,
            service="members",
            timeout=settings.request_timeout,
            ca_file=settings.tls_ca_file,
            transport=(transports or {}).get(neighbour),
        )

    loans, members = client("loans", settings.loans_url), client("members", settings.self_url)
    secret = settings.client_secret.get_secret_value()
    token = AccessToken.of_client(members, client_id=settings.client_id, client_secret=secret)
    return Lending(LoansOverHttp(Neighbour(loans, token)), (loans, members))
