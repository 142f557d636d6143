"""Sign somebody in on our own page, for the client that sent the person there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from members_service.application.identity.providers.admit import admit
from members_service.application.identity.providers.link import link
from members_service.application.identity.second_factor.check_code import stage_for
from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.application.identity.sign_in.browser_sessions import BrowserSessions
from members_service.application.identity.sign_in.verify_credentials import Credentials, VerifyCredentials
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import Account
from members_service.domain.identity.authentication import PASSWORD, Authentication
from members_service.domain.identity.authorization_code import AuthorizationCode, Challenge
from members_service.domain.identity.identity_provider import ForeignPerson, NotForYou
from members_service.domain.identity.journey import Stranger
from members_service.domain.identity.passkey import PasskeyNeeded
from members_service.domain.identity.roles import existing_scopes
from members_service.domain.identity.second_factor import Requirement
from members_service.domain.identity.session import NotSignedInHere, Session, granted
from members_service.domain.identity.sign_in_step import SignInStep, Stage, stage_of
from members_service.domain.one_time_token import digest
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class PageSignIn:
    """Who signs in, and what for: the request of the client has passed `CheckAuthorization`.

    `browser` is the secret of the browser in which it happens; what is proved there counts nowhere else. `cookie` is
    that of the browser's session, and with `once` no such session begins. A `stranger`, whom a provider has proved in
    this browser, is linked to the account that signs in.
    """

    credentials: Credentials
    redirect_uri: str
    challenge: str
    browser: str = ""
    cookie: str = ""
    once: bool = False
    stranger: Stranger | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Done: `code` is for the client, `cookie` for the browser, for as long as it `lasts`; empty leaves it as it is."""

    code: str
    cookie: str = ""
    lasts: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class NextStep:
    """The password was right, and something is still to be done; `note` says so when it comes back.

    `secret` and `address` are those of a second factor to be set up, `recovery_codes` those of one just set up, both to
    be shown once; its `secret` is then the state that it is in. `wrong` says that the last code was wrong.
    """

    stage: Stage
    note: str
    secret: str = ""
    address: str = ""
    recovery_codes: tuple[str, ...] = ()
    wrong: bool = False

    @classmethod
    def of_form(cls, note: str, secret: str) -> Self:
        """Return the step that a form says it belongs to; nothing of it is proved yet."""
        return cls(stage_of(note) or Stage.CODE, note, secret)

    @property
    def asks_for_code(self) -> bool:
        """Whether a code is to be typed."""
        return self.stage is not Stage.NOTHING

    @property
    def enrols(self) -> bool:
        """Whether a second factor is to be set up."""
        return self.stage is Stage.ENROLMENT


@dataclass(frozen=True, slots=True)
class GiveCode:
    """Gives the client a code and begins the browser's session, inside of a transaction. Raises ScopeNotGranted."""

    browser_sessions: BrowserSessions
    secret_generator: SecretGenerator
    requirement: Requirement

    async def __call__(
        self, account: Account, command: PageSignIn, *, uow: IdentityWork, authentication: Authentication, now: datetime
    ) -> SignedIn:
        """Return the code for who has just proved who it is.

        Raises NotForYou, BreakGlass, FactorNotProved and GrantsTooLong for a stranger, who is not linked then.
        """
        if command.stranger is not None:
            await self._link(account, command.stranger, command, uow=uow, now=now)
        if command.once:
            return SignedIn(self._code(account, command, None, uow=uow, authentication=authentication, now=now))
        session, text = await self.browser_sessions.begin(
            account, command.cookie, uow=uow, authentication=authentication, now=now
        )
        code = self._code(account, command, session, uow=uow, authentication=authentication, now=now)
        return SignedIn(code, text, session.ends_at - now)

    async def _link(
        self, account: Account, stranger: Stranger, command: PageSignIn, *, uow: IdentityWork, now: datetime
    ) -> None:
        provider = await uow.providers.get(stranger.provider_id)
        if provider is None or stranger.browser != command.browser or now >= stranger.until:
            raise NotForYou
        await link(account, provider, stranger.subject, uow=uow, now=now)
        person = ForeignPerson(
            provider.issuer, stranger.subject, groups=stranger.groups, second_factor=stranger.second_factor
        )
        await admit(account, provider, person, self.requirement, uow=uow, now=now)  # else no way in would be left

    def from_session(
        self, account: Account, command: PageSignIn, session: Session, *, uow: IdentityWork, now: datetime
    ) -> SignedIn:
        """Return the code for somebody who goes on with the session of the browser."""
        return SignedIn(
            self._code(
                account,
                command,
                session,
                uow=uow,
                authentication=session.authentication,
                signed_in_at=session.signed_in_at or session.started_at,
                now=now,
            )
        )

    def _code(
        self,
        account: Account,
        command: PageSignIn,
        session: Session | None,
        *,
        uow: IdentityWork,
        authentication: Authentication,
        signed_in_at: datetime | None = None,
        now: datetime,
    ) -> str:
        granted(account.scopes(now), command.credentials.scopes)
        text = self.secret_generator.secret()
        uow.codes.add(
            AuthorizationCode(
                digest=digest(text),
                account_id=account.id,
                client_id=command.credentials.client_id,
                redirect_uri=command.redirect_uri,
                challenge=Challenge(command.challenge),
                requested=existing_scopes(command.credentials.scopes),
                now=now,
                authentication=authentication,
                parent_id=None if session is None else session.id,
                signed_in_at=signed_in_at,
            )
        )
        return text


@dataclass(frozen=True, slots=True)
class Authorize:
    """Return a code that this client can exchange for the session, once and within a minute.

    Tries are limited and refused as when the client hands the password in itself. Somebody who has a second factor, or
    needs one and has none, is asked for it next. Raises PasskeyNeeded where passkeys are the only one, and
    ScopeNotGranted when the account has none of the scopes that the client requests.
    """

    unit_of_work: IdentityWorkFactory
    verify: VerifyCredentials
    second_factor: SecondFactorPorts
    give_code: GiveCode
    clock: Clock

    async def __call__(self, command: PageSignIn) -> SignedIn | NextStep:
        now = self.clock.now()
        verified = await self.verify(command.credentials)
        async with self.unit_of_work() as uow:
            account = await verified.take(uow)
            granted(account.scopes(now), command.credentials.scopes)
            stage = stage_for(account, self.second_factor.requirement)
            if stage is not Stage.NOTHING:
                await uow.attempts.give_back(verified.credentials.source, now=now)
                await uow.commit()
                if stage is Stage.ENROLMENT and account.has_passkey:
                    raise PasskeyNeeded  # else whoever has only the password would set up a factor of their own
                return self._next(stage, account, command, name=verified.credentials.source.name, now=now)
            await verified.welcome(uow, now=now)
            signed_in = await self.give_code(account, command, uow=uow, authentication=PASSWORD, now=now)
            await uow.commit()
        return signed_in

    def _next(self, stage: Stage, account: Account, command: PageSignIn, *, name: str, now: datetime) -> NextStep:
        authenticator = self.second_factor.authenticator
        secret = authenticator.new_secret() if stage is Stage.ENROLMENT else ""
        step = SignInStep(stage, name, account.password_hash or "", command.browser, secret)
        address = authenticator.address(secret, account=account.email.address) if secret else ""
        return NextStep(stage, step.note(self.second_factor.key(), now=now), secret, address)


@dataclass(frozen=True, slots=True)
class ContinueSignIn:
    """Give a client a code for the account that is signed in in this browser.

    Raises NotSignedInHere when the browser's session is over, or when the account needs a second factor by now that the
    session did not ask for; ScopeNotGranted when the account has none of the scopes that the client requests. A session
    that begins like this does not count as a fresh sign-in: the password was typed before.
    """

    unit_of_work: IdentityWorkFactory
    give_code: GiveCode
    requirement: Requirement
    clock: Clock

    async def __call__(self, command: PageSignIn) -> SignedIn:
        now, credentials = self.clock.now(), command.credentials
        async with self.unit_of_work() as uow:
            browser_sessions = self.give_code.browser_sessions
            owner = await browser_sessions.account_of(command.cookie, uow=uow)
            if owner is None:
                raise NotSignedInHere
            account = await uow.accounts.get(owner)  # before its session, as everybody locks them: a code refers to it
            session = await browser_sessions.find(command.cookie, uow=uow, now=now)
            if (
                session is None
                or not account.may_go_on(self.requirement, proved=session.second_factor)
                or (account.second_factor and not session.second_factor)
            ):
                raise NotSignedInHere
            session.use(now)
            signed_in = self.give_code.from_session(account, command, session, uow=uow, now=now)
            uow.audit.add(
                account.record(
                    AuditAction.SIGNED_IN,
                    now,
                    by=str(account.id),
                    client_id=credentials.client_id,
                    address=credentials.address,
                    facts={"browser": session.sid},
                )
            )
            await uow.commit()
        return signed_in
