"""All use cases of the service together."""

from dataclasses import dataclass

from members_service.application.identity.use_cases import IdentityUseCases
from members_service.application.membership.use_cases import MembershipUseCases
from members_service.application.privacy.use_cases import PrivacyUseCases
from members_service.wiring.identity import identity_ports_of
from members_service.wiring.membership import membership_of
from members_service.wiring.privacy import privacy_of
from members_service.wiring.resources import Resources


@dataclass(frozen=True, slots=True)
class UseCases:
    """What the routes, the command line and demo data ask, by concept."""

    membership: MembershipUseCases
    identity: IdentityUseCases
    privacy: PrivacyUseCases


def use_cases_of(resources: Resources) -> UseCases:
    """Return all use cases, bound to what is open."""
    return UseCases(membership_of(resources), IdentityUseCases(identity_ports_of(resources)), privacy_of(resources))
