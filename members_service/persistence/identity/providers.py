"""Identity providers, and who signs in by them: secrets and subjects sealed, found by keyed digests."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.identity.foreign_identity import ForeignIdentity
from members_service.domain.identity.identity_provider import (
    Audience,
    ClaimNames,
    Enrolment,
    IdentityProvider,
    IssuerTaken,
)
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.tables import foreign_identities, identity_providers
from shared.persistence.database import violates
from shared.persistence.work import out_of_date

CLIENT_SECRET, SUBJECT = "client_secret", "subject"
_ALL = select(identity_providers).order_by(identity_providers.c.code)


def subject_key(keys: DataKeys, issuer: str, subject: str) -> bytes:
    """Return the digest by which somebody of an issuer is found."""
    return keys.digest(f"{issuer}\n{subject}", purpose="foreign identities")


class IdentityProviders:
    """The identity providers that are known here."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys

    async def all(self) -> Sequence[IdentityProvider]:
        """Return every one, by code; a library has few."""
        return [self._read(row) for row in (await self._session.execute(_ALL)).mappings()]

    async def find(self, code: str) -> IdentityProvider | None:
        """Return the one with this code."""
        return await self._one(identity_providers.c.code == code)

    async def get(self, provider_id: UUID) -> IdentityProvider | None:
        """Return the one with this id."""
        return await self._one(identity_providers.c.provider_id == provider_id)

    async def of_account(self, account_id: UUID) -> IdentityProvider | None:
        """Return the provider by which an account signs in."""
        query = select(foreign_identities.c.provider_id).where(foreign_identities.c.account_id == account_id)
        found = (await self._session.scalars(query)).first()
        return None if found is None else await self.get(found)

    async def _one(self, condition: Any) -> IdentityProvider | None:
        row = (await self._session.execute(_ALL.where(condition))).mappings().first()
        return None if row is None else self._read(row)

    async def put(self, provider: IdentityProvider) -> None:
        """Store it, in place of the version before its own. Raises OutOfDate and IssuerTaken."""
        values = self._row(provider)
        try:
            if provider.version == 1:
                await self._session.execute(insert(identity_providers).values(values))
                return
            before = identity_providers.c.version == provider.version - 1
            mine = identity_providers.c.provider_id == provider.id
            changed = await self._session.execute(update(identity_providers).where(mine, before).values(values))
        except IntegrityError as error:
            if violates(error, "uq_identity_providers_issuer", "identity_providers.issuer"):
                raise IssuerTaken from error
            raise out_of_date() from error
        if not changed.rowcount:  # type: ignore[attr-defined]  # an UPDATE has one
            raise out_of_date()

    async def remove(self, provider: IdentityProvider) -> None:
        """Raises OutOfDate when it was changed meanwhile."""
        present = (
            identity_providers.c.provider_id == provider.id,
            identity_providers.c.version == provider.version,
        )
        removed = await self._session.execute(delete(identity_providers).where(*present))
        if not removed.rowcount:  # type: ignore[attr-defined]  # a DELETE has one
            raise out_of_date()

    def _row(self, provider: IdentityProvider) -> dict[str, Any]:
        return {
            "provider_id": provider.id,
            "code": provider.code,
            "title": provider.title,
            "issuer": provider.issuer,
            "client_id": provider.client_id,
            CLIENT_SECRET: self._keys.seal(provider.client_secret, owner=provider.id, field=CLIENT_SECRET),
            "audience": provider.audience,
            "mail_domains": list(provider.mail_domains),
            "claims": asdict(provider.claims),
            "groups": {
                name: {role: None if reach is None else sorted(reach) for role, reach in roles.items()}
                for name, roles in provider.groups.items()
            },
            "enrol": None if provider.enrol is None else asdict(provider.enrol),
            "max_age": provider.max_age,
            "enabled": provider.enabled,
            "version": provider.version,
        }

    def _read(self, row: Mapping[Any, Any]) -> IdentityProvider:
        provider_id: UUID = row["provider_id"]
        return IdentityProvider(
            id=provider_id,
            code=row["code"],
            title=row["title"],
            issuer=row["issuer"],
            client_id=row["client_id"],
            client_secret=self._keys.open(row[CLIENT_SECRET], owner=provider_id, field=CLIENT_SECRET),
            audience=Audience(row["audience"]),
            mail_domains=tuple(row["mail_domains"]),
            claims=ClaimNames(**row["claims"]),
            groups={
                name: {role: None if reach is None else frozenset(reach) for role, reach in roles.items()}
                for name, roles in row["groups"].items()
            },
            enrol=None if row["enrol"] is None else Enrolment(**row["enrol"]),
            max_age=row["max_age"],
            enabled=row["enabled"],
            version=row["version"],
        )


class ForeignIdentities:
    """Who signs in by a provider."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys
        self._added: list[ForeignIdentity] = []

    def add(self, identity: ForeignIdentity) -> None:
        self._added.append(identity)

    async def find(self, issuer: str, subject: str) -> ForeignIdentity | None:
        """Return the link of this subject of the issuer."""
        here = foreign_identities.c.subject_key == subject_key(self._keys, issuer, subject)
        row = (await self._session.execute(select(foreign_identities).where(here))).mappings().first()
        if row is None:
            return None
        return ForeignIdentity(
            id=row["identity_id"],
            account_id=row["account_id"],
            provider_id=row["provider_id"],
            issuer=issuer,
            subject=subject,
            linked_at=row["linked_at"],
        )

    async def forget_all_of(self, provider_id: UUID) -> Sequence[UUID]:
        """Forget everybody of a provider; return their accounts, in one order."""
        theirs = foreign_identities.c.provider_id == provider_id
        query = select(foreign_identities.c.account_id).where(theirs).order_by(foreign_identities.c.account_id)
        found = (await self._session.scalars(query)).all()
        await self._session.execute(delete(foreign_identities).where(theirs))
        return found

    async def write(self) -> None:
        """Insert the new ones; their accounts are on record."""
        for identity in self._added:
            values = {
                "identity_id": identity.id,
                "account_id": identity.account_id,
                "provider_id": identity.provider_id,
                "issuer": identity.issuer,
                SUBJECT: self._keys.seal(identity.subject, owner=identity.id, field=SUBJECT),
                "subject_key": subject_key(self._keys, identity.issuer, identity.subject),
                "linked_at": identity.linked_at,
            }
            await self._session.execute(insert(foreign_identities).values(values))
