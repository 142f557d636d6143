"""The link between an account and somebody whom a provider knows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.domain.identity.account import Account
from members_service.domain.identity.identity_provider import ForeignPerson, IdentityProvider
from shared.kernel.errors import Conflict


class JustLinked(Conflict):
    """Two browsers brought the same person for the first time, and the other one was faster."""

    code = "just-linked"
    detail = "Somebody has just signed in like this for the first time. Try again."


@dataclass(frozen=True, slots=True)
class ForeignIdentity:
    """An account signs in as this subject of this issuer; nothing else of the person decides that."""

    id: UUID
    account_id: UUID
    provider_id: UUID
    issuer: str
    subject: str
    linked_at: datetime


def may_join(provider: IdentityProvider, person: ForeignPerson, account: Account) -> bool:
    """Whether somebody who comes for the first time is taken for the owner of the account with the same address.

    Only where the provider has verified the address and its domain is the provider's; where the account is of those for
    whom it is meant; and where nobody else signs in to it by a provider: an address may have been given anew.
    """
    return (
        provider.vouches_for(person)
        and person.email is not None
        and person.email.key == account.email.key
        and provider.is_for(account.roles)
        and not account.signs_in_elsewhere
        and not account.disabled
    )
