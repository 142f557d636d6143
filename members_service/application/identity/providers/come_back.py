"""Take in a browser that comes back from an identity provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from members_service.application.identity.grants.follow_up import GrantsBefore
from members_service.application.identity.providers.admit import admit
from members_service.application.identity.providers.link import link
from members_service.application.identity.providers.ports import Providers, Readers, Returned, SealedNotes
from members_service.application.identity.sign_in.authorize import GiveCode, PageSignIn, SignedIn
from members_service.application.identity.sign_in.verify_credentials import warn_of_new_place
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.account import Account
from members_service.domain.identity.attempts import GuessableSecret
from members_service.domain.identity.authentication import Authentication
from members_service.domain.identity.foreign_identity import may_join
from members_service.domain.identity.grants import Bounds, GrantsTooLong
from members_service.domain.identity.identity_provider import (
    Audience,
    ClaimsRejected,
    FactorNotProved,
    ForeignPerson,
    IdentityProvider,
    NotForYou,
    ProviderNotFound,
)
from members_service.domain.identity.journey import JOURNEY_LASTS, Journey, Stranger
from members_service.domain.identity.second_factor import Requirement
from members_service.persistence.identity.attempts import SignInThrottle
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from shared.kernel.rights import Reach


class Outcome(StrEnum):
    """What a sign-in by a provider leads to."""

    SIGNS_IN = "signs_in"
    JOINS = "joins"
    ENROLS = "enrols"
    OPENS = "opens"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a sign-in would do: the claims that came, what would follow, and the roles that groups would bring."""

    claims: Mapping[str, Any]
    follows: Outcome
    roles: Mapping[str, Reach] | None


@dataclass(frozen=True, slots=True)
class ComeBack:
    """Sign in whom a provider has proved.

    - Who is known by issuer and subject signs in. Who comes for the first time is joined to the account with the same
      address only where the provider has verified it and its domain is the provider's; else a password links both.
      Nobody is joined who is not let in: the way in of before stays then.
    - The groups of the provider decide the roles, if it has any here: those that are gone there are gone here.
    - Codes that prove nobody are counted for each address like one-time tokens, and refused when there are too many.
    - Raises TooManyAttempts, ClaimsRejected, NotForYou, FactorNotProved, BreakGlass, GrantsTooLong, NobodyHere,
      ProviderNotFound, ProviderFailed, ProviderSlow or ScopeNotGranted; then nobody is signed in.
    """

    unit_of_work: IdentityWorkFactory
    providers: Providers
    notes: SealedNotes
    readers: Readers
    give_code: GiveCode
    throttle: SignInThrottle
    requirement: Requirement
    clock: Clock

    def journey_of(self, note: str, *, state: str) -> Journey | None:
        """Return the journey that ends now; None if this browser never set out on it, or too long ago."""
        kept, trial = self.notes.open_journey(note), self.notes.open_journey(state)
        journey = kept if kept is not None and kept.state == state else None
        if trial is not None and trial.trial:
            journey = trial
        return None if journey is None or self.clock.now() >= journey.until else journey

    async def __call__(
        self, code: str, journey: Journey, returned: Returned, command: PageSignIn, *, redirect_uri: str
    ) -> SignedIn | Stranger:
        now, attempt = self.clock.now(), GuessableSecret.of_one_time_token(address=command.credentials.address)
        await self.throttle.admit(attempt, now=now)
        try:
            provider, claims = await self._claims(code, journey, returned, redirect_uri=redirect_uri, now=now)
            await self._give_back(attempt, now=now)
            person = provider.read(claims)
            outcome = await self._sign_in(provider, person, command, now=now)
            if isinstance(outcome, Stranger) and await self._made_known(provider, person, now=now):
                outcome = await self._sign_in(provider, person, command, now=now)
            return outcome
        except LibraryError as error:
            await self._note_failure(code, error, command, now=now)
            raise

    async def _give_back(self, attempt: GuessableSecret, *, now: datetime) -> None:
        async with self.unit_of_work() as uow:
            await uow.attempts.give_back(attempt, now=now)
            await uow.commit()

    async def forecast(self, code: str, journey: Journey, returned: Returned, *, redirect_uri: str) -> Forecast:
        """Return what would follow; nothing is changed."""
        provider, claims = await self._claims(code, journey, returned, redirect_uri=redirect_uri, now=self.clock.now())
        person = provider.read(claims)
        return Forecast(claims, await self._outcome(provider, person), provider.roles_of(person))

    async def _claims(
        self, code: str, journey: Journey, returned: Returned, *, redirect_uri: str, now: datetime
    ) -> tuple[IdentityProvider, Mapping[str, Any]]:
        async with self.unit_of_work() as uow:
            provider = await uow.providers.find(code)
        if provider is None or provider.id != journey.provider_id:
            raise ClaimsRejected("the browser set out for another provider")
        if not provider.enabled and not journey.trial:
            raise ProviderNotFound
        claims = await self.providers.claims_of(provider, returned, journey, redirect_uri=redirect_uri, now=now)
        return provider, claims

    async def _outcome(self, provider: IdentityProvider, person: ForeignPerson) -> Outcome:
        async with self.unit_of_work() as uow:
            if await uow.foreign_identities.find(person.issuer, person.subject) is not None:
                return Outcome.SIGNS_IN
            same = None if person.email is None else await uow.accounts.with_email(person.email)
            if same is not None:
                return Outcome.JOINS if may_join(provider, person, same) else Outcome.STRANGER
        if provider.enrol is not None and provider.audience is Audience.READERS and provider.vouches_for(person):
            return Outcome.ENROLS
        opens = provider.audience is Audience.STAFF and provider.vouches_for(person) and provider.roles_of(person)
        return Outcome.OPENS if opens else Outcome.STRANGER

    async def _made_known(self, provider: IdentityProvider, person: ForeignPerson, *, now: datetime) -> bool:
        """Make a member or an account of who comes for the first time; the sign-in then joins it.

        It is committed by itself: whoever is interrupted here is joined the next time. False: nobody was made.
        """
        if not provider.vouches_for(person):
            return False
        outcome = await self._outcome(provider, person)
        if outcome is Outcome.ENROLS and provider.enrol is not None:
            await self.readers.enrol(person, provider.enrol)
        roles = provider.roles_of(person)
        if outcome is Outcome.OPENS and roles and person.email is not None:
            account = Account(id=new_id(), email=person.email, roles=frozenset(roles), member_id=None, now=now)
            account.bounds = {role: Bounds(where) for role, where in roles.items() if where is not None}
            async with self.unit_of_work() as uow:
                account.definitions = await uow.roles.all()
                account.expect_to_fit_in_token(now)
                uow.accounts.add(account)
                GrantsBefore().announce(account, uow=uow, now=now, on_record=False)
                facts = {"provider": provider.code, "roles": " ".join(sorted(roles))}
                uow.audit.add(account.record(AuditAction.ACCOUNT_OPENED, now, facts=facts))
                await uow.commit()
        return outcome is not Outcome.STRANGER

    async def _sign_in(
        self, provider: IdentityProvider, person: ForeignPerson, command: PageSignIn, *, now: datetime
    ) -> SignedIn | Stranger:
        try:
            return await self._let_in(provider, person, command, now=now)
        except GrantsTooLong:  # what the groups have taken away must not count on
            async with self.unit_of_work() as uow:
                known = await uow.foreign_identities.find(person.issuer, person.subject)
                if known is not None:
                    await uow.sessions.end_all(known.account_id, now=now)
                    await uow.commit()
            raise

    async def _let_in(
        self, provider: IdentityProvider, person: ForeignPerson, command: PageSignIn, *, now: datetime
    ) -> SignedIn | Stranger:
        async with self.unit_of_work() as uow:
            known = await uow.foreign_identities.find(person.issuer, person.subject) is not None
            account = await self._account(provider, person, uow, now=now)
            if account is None:
                groups, until = person.groups.intersection(provider.groups), now + JOURNEY_LASTS
                return Stranger(provider.id, person.subject, command.browser, until, groups, person.second_factor)
            try:
                await admit(account, provider, person, self.requirement, uow=uow, now=now)
            except (NotForYou, FactorNotProved):
                if known:
                    await uow.commit()  # what the groups have taken away is gone, whoever is let in
                raise
            authentication = Authentication.of_provider(
                second_factor=person.second_factor, session_there=person.session_there
            )
            signed_in = await self.give_code(account, command, uow=uow, authentication=authentication, now=now)
            record = account.record(
                AuditAction.SIGNED_IN,
                now,
                by=str(account.id),
                client_id=command.credentials.client_id,
                address=command.credentials.address,
                facts={"provider": provider.code},
            )
            if account.does_more:
                owner, to = account.member_id or account.id, account.email.address
                await warn_of_new_place(record, owner, to=to, uow=uow, now=now)
            uow.audit.add(record)
            await uow.commit()
        return signed_in

    async def _account(
        self, provider: IdentityProvider, person: ForeignPerson, uow: IdentityWork, *, now: datetime
    ) -> Account | None:
        """Return the locked account of the person, which may be joined only now; None: nobody here is known."""
        known = await uow.foreign_identities.find(person.issuer, person.subject)
        if known is not None:
            return await uow.accounts.get(known.account_id)
        if person.email is None:
            return None
        account = await uow.accounts.with_email(person.email)
        if account is None or not may_join(provider, person, account):
            return None
        await link(account, provider, person.subject, uow=uow, now=now)
        return account

    async def _note_failure(self, code: str, error: LibraryError, command: PageSignIn, *, now: datetime) -> None:
        """Leave a record of who was not let in: of the provider and why, since nobody knows who it was."""
        why = error.why if isinstance(error, ClaimsRejected) else error.code
        async with self.unit_of_work() as uow:
            uow.audit.add(
                AuditRecord(
                    AuditAction.SIGN_IN_ELSEWHERE_FAILED,
                    now,
                    client_id=command.credentials.client_id,
                    address=command.credentials.address,
                    facts={"provider": code, "why": why},
                )
            )
            await uow.commit()
