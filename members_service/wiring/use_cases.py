"""All use cases of the service together."""

from dataclasses import dataclass

from members_service.application.identity.use_cases import IdentityUseCases
from members_service.application.ports import Ports
from members_service.wiring.identity import identity_of
from members_service.wiring.ports import ports_of
from members_service.wiring.resources import Resources


@dataclass(frozen=True, slots=True)
class UseCases:
    """What the routes, the command line and demo data ask, by concept."""

    ports: Ports
    identity: IdentityUseCases


def use_cases_of(resources: Resources) -> UseCases:
    """Return all use cases, bound to what is open."""
    return UseCases(ports_of(resources), identity_of(resources))
