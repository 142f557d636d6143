"""Say by which identity providers people sign in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from members_service.application.identity.grants.authority import may_do_everything, may_give
from members_service.application.identity.grants.grant_role import BranchCodes, expect_branches
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.grants import Bounds, UnknownBranchOfGrant
from members_service.domain.identity.identity_provider import (
    Audience,
    IdentityProvider,
    InvalidIssuer,
    IssuerTaken,
    ProviderNotFound,
)
from members_service.domain.identity.roles import UnknownRole
from shared.kernel.clock import Clock
from shared.kernel.errors import InvalidValue, OutOfDate, refuse_if_stale, refuses
from shared.kernel.ids import new_id
from shared.kernel.rights import RightMissing


class SecretMissing(InvalidValue):
    """A new provider needs the secret that it knows this library by."""

    code = "client-secret-missing"
    detail = "Say the client_secret that the provider has given out; it is left out where the present one stays."
    field = "client_secret"


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """What holds from now on. `version` is the one that the caller has seen; 0: it is new; None: any.

    A `client_secret` of None stays as it is. `by` is the account that asks for it.
    """

    code: str
    version: int | None
    client_secret: str | None
    fields: Mapping[str, Any]
    by: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderRemoval:
    """`version` is the one that the caller has seen; None: any version. `by` is the account that asks for it."""

    code: str
    version: int | None = None
    by: str | None = None


@refuses(ProviderNotFound)
@dataclass(frozen=True, slots=True)
class ShowProviders:
    """Show an identity provider; its secret is never shown."""

    unit_of_work: IdentityWorkFactory

    async def all(self) -> Sequence[IdentityProvider]:
        """Return every one, by code; a library has few."""
        async with self.unit_of_work() as uow:
            return await uow.providers.all()

    async def __call__(self, code: str) -> IdentityProvider:
        async with self.unit_of_work() as uow:
            return await provider_of(uow, code)


@refuses(InvalidIssuer, IssuerTaken, SecretMissing, OutOfDate, RightMissing, UnknownBranchOfGrant, UnknownRole)
@dataclass(frozen=True, slots=True)
class ChangeProvider:
    """Say how people sign in by an identity provider (OpenID Connect). It counts at once, without a restart.

    - First register the library there as a confidential client with the code flow: its redirect address is
      `/v1/auth/providers/{code}/callback` of members, that of back-channel logout `/v1/auth/providers/{code}/logout`.
    - Then put it here with `enabled: false`, try it (`POST …/try`), and put it again with `enabled: true`.
    - The issuer is https and public, unless the operator allows its host (`MEMBERS_PROVIDER_HOSTS`). It stays: another
      issuer is another provider.
    - `groups` gives roles to groups of the provider, in some branches or in all. If there are any, they alone decide
      which roles somebody has who signs in by it; who is in none of them is a member, or is not let in. Nobody gives a
      group what they do not hold themselves.
    - A provider for staff signs in whomever it names, admins too: to set it up you need every right, everywhere, for
      good.
    - With `enrol`, readers who are not known become members when they sign in; staff who are in one of the `groups` get
      an account.
    - Whoever signs in by it has no password here. A PIN stays for machines.
    """

    unit_of_work: IdentityWorkFactory
    allowed: Callable[[str], bool]
    branches: BranchCodes
    clock: Clock

    async def __call__(self, command: ProviderChange) -> IdentityProvider:
        now = self.clock.now()
        await self._expect_branches(command)
        async with self.unit_of_work() as uow:
            present = await uow.providers.find(command.code)
            version = 0 if present is None else present.version
            refuse_if_stale(command.version, version, thing="identity provider")
            secret = command.client_secret or (None if present is None else present.client_secret)
            if secret is None:
                raise SecretMissing
            if present is not None and command.fields["issuer"] != present.issuer:
                raise InvalidIssuer("The issuer of a provider stays. Remove this one, and make another.")
            provider = IdentityProvider(
                id=new_id() if present is None else present.id,
                code=command.code,
                client_secret=secret,
                version=version + 1,
                **command.fields,
            )
            provider.expect_issuer(self.allowed)
            if Audience.STAFF in {one.audience for one in (provider, present) if one is not None}:
                may_do_everything()
            await _expect_grants(provider, uow)
            await uow.providers.put(provider)
            uow.audit.add(_record(provider, AuditAction.PROVIDER_CHANGED, by=command.by, at=now))
            await uow.commit()
        return provider

    async def _expect_branches(self, command: ProviderChange) -> None:
        """Raise UnknownBranchOfGrant where a group is given a role in a branch that there is not."""
        reaches = [
            reach for roles in command.fields["groups"].values() for reach in roles.values() if reach is not None
        ]
        codes = frozenset[str]().union(*reaches)
        if codes:
            await expect_branches(codes, self.branches)


async def _expect_grants(provider: IdentityProvider, uow: IdentityWork) -> None:
    """Raise UnknownRole for a role that there is not, and RightMissing where whoever acts holds less than it gives."""
    definitions = await uow.roles.all()
    for roles in provider.groups.values():
        for role, branches in roles.items():
            if role not in definitions:
                raise UnknownRole(field="groups")
            may_give(definitions[role], Bounds(branches))


@refuses(ProviderNotFound, OutOfDate, RightMissing)
@dataclass(frozen=True, slots=True)
class RemoveProvider:
    """Let nobody sign in by an identity provider any more.

    - Whoever did has no password here: their sessions end, and each needs a reset, at the desk or from an admin.
    - To remove a provider for staff you need every right, everywhere, for good, as to set it up.
    - To keep the links while it is out of use, change `enabled` instead.
    """

    unit_of_work: IdentityWorkFactory
    clock: Clock

    async def __call__(self, command: ProviderRemoval) -> None:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            provider = await provider_of(uow, command.code)
            refuse_if_stale(command.version, provider.version, thing="identity provider")
            if provider.audience is Audience.STAFF:
                may_do_everything()
            for account_id in await uow.foreign_identities.forget_all_of(provider.id):
                account = await uow.accounts.get(account_id)
                account.sign_in_here()
                await uow.sessions.end_all(account.id, now=now)
            await uow.providers.remove(provider)
            uow.audit.add(_record(provider, AuditAction.PROVIDER_REMOVED, by=command.by, at=now))
            await uow.commit()


async def provider_of(uow: IdentityWork, code: str) -> IdentityProvider:
    """Return the provider with this code. Raises ProviderNotFound."""
    provider = await uow.providers.find(code)
    if provider is None:
        raise ProviderNotFound
    return provider


def _record(provider: IdentityProvider, action: AuditAction, *, by: str | None, at: datetime) -> AuditRecord:
    return AuditRecord(action, at, by=by, facts={"provider": provider.code})
