"""Sign somebody in on our own page, for software that sent the person there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from members_service.application.identity.accounts.account_views import AccountViews
from members_service.application.identity.accounts.ports import Passwords
from members_service.application.identity.second_factor.check_code import stage_for
from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.application.identity.sessions.begin_session import known_scopes
from members_service.application.identity.sign_in.ports import SignInThrottle
from members_service.application.identity.sign_in.verify_credentials import Credentials, verify_credentials
from members_service.application.identity.work import IdentityWork
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.identity.account import Account
from members_service.domain.identity.authorization_code import AuthorizationCode, Challenge
from members_service.domain.identity.one_time_token import digest
from members_service.domain.identity.roles import scopes_of
from members_service.domain.identity.session import granted
from members_service.domain.identity.sign_in_step import SignInStep, Stage, stage_of
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Authorize:
    """Who signs in, and what for: the request of the software has passed `check_authorization`.

    `browser` is the secret of the browser in which it happens; what is proved there counts nowhere else.
    """

    credentials: Credentials
    redirect_uri: str
    challenge: str
    scopes: frozenset[str] | None = None
    browser: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Done: `code` is for the software."""

    code: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """The password was right, and something is still to be done; `note` says so when it comes back.

    `secret` and `address` are those of a second factor to be set up, `recovery_codes` those of one just set up, both to
    be shown once. `wrong` tells that the last code was.
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


async def authorize(
    command: Authorize,
    *,
    uow: IdentityWork,
    accounts: AccountViews,
    throttle: SignInThrottle,
    passwords: Passwords,
    secret_generator: SecretGenerator,
    clock: Clock,
    second_factor: SecondFactorPorts,
) -> SignedIn | NextStep:
    """Return a code that this software can exchange for the session, once and within a minute.

    The same tries are allowed, and the same is told to whom, as when software hands the password in itself. Who has a
    second factor, or needs one and has none, is asked for it next. Raises ScopeNotGranted when the account may do
    nothing of what the software asks for.
    """
    now = clock.now()
    verified = await verify_credentials(
        command.credentials,
        uow=uow,
        accounts=accounts,
        throttle=throttle,
        passwords=passwords,
        clock=clock,
    )
    async with uow:
        account = await verified.take(uow)
        granted(scopes_of(account.roles), command.scopes)
        stage = stage_for(account, second_factor.requirement)
        if stage is not Stage.NOTHING:
            await uow.attempts.give_back(verified.source, now=now)
            await uow.commit()
            return _next(stage, account, command, ports=second_factor, now=now)
        await verified.welcome(uow, now=now)
        code = give_code(account, command, uow=uow, secret_generator=secret_generator, now=now, second_factor=False)
        await uow.commit()
    return SignedIn(code)


def give_code(
    account: Account,
    command: Authorize,
    *,
    uow: IdentityWork,
    secret_generator: SecretGenerator,
    now: datetime,
    second_factor: bool,
) -> str:
    """Give the software a code, in this transaction. Raises ScopeNotGranted."""
    granted(scopes_of(account.roles), command.scopes)
    text = secret_generator.secret()
    uow.codes.add(
        AuthorizationCode(
            digest=digest(text),
            account_id=account.id,
            client_id=command.credentials.client_id,
            redirect_uri=command.redirect_uri,
            challenge=Challenge(command.challenge),
            requested=known_scopes(command.scopes),
            now=now,
            second_factor=second_factor,
        )
    )
    return text


def _next(stage: Stage, account: Account, command: Authorize, *, ports: SecondFactorPorts, now: datetime) -> NextStep:
    secret = ports.authenticator.new_secret() if stage is Stage.ENROLMENT else ""
    step = SignInStep(stage, account.email.key, account.password_hash or "", command.browser, secret)
    address = ports.authenticator.address(secret, account=account.email.address) if secret else ""
    return NextStep(stage, step.note(ports.key(), now=now), secret, address)
