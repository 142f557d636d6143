"""Go on signing in on our page, after the password was right: with a code, or by setting a second factor up."""

from dataclasses import dataclass, replace
from datetime import datetime

from members_service.application.identity.second_factor.check_code import check_code
from members_service.application.identity.second_factor.confirm_second_factor import turn_on
from members_service.application.identity.second_factor.offer_second_factor import offer
from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.application.identity.sign_in.authorize import GiveCode, NextStep, PageSignIn, SignedIn
from members_service.application.identity.sign_in.verify_credentials import FindAccount, VerifiedSignIn
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import Account
from members_service.domain.identity.authentication import PASSWORD_AND_CODE
from members_service.domain.identity.second_factor import Code
from members_service.domain.identity.sign_in_step import SignInStep, Stage, stage_of
from members_service.persistence.identity.attempts import SignInThrottle
from shared.kernel.clock import Clock
from shared.kernel.errors import NotAllowed


class StepOver(NotAllowed):
    """The note is not one of ours, too old, or the account is another one now: the password is asked for again."""

    code = "step-over"
    detail = "This took too long. Sign in again."


@dataclass(frozen=True, slots=True)
class StepTaken:
    """What the browser sends back: the note, the secret that it showed, and the code that was typed."""

    sign_in: PageSignIn
    note: str
    secret: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class TakeStep:
    """Take the next step of a sign-in on our page.

    - A wrong code counts like a wrong password, under the same limits.
    - A second factor that is set up here is on as soon as its first code was right; then its recovery codes are shown,
      and the sign-in goes on when they have been seen: once, so that nobody comes back to that page for another.
    - Raises StepOver when the password has to be typed again.
    """

    unit_of_work: IdentityWorkFactory
    find_account: FindAccount
    throttle: SignInThrottle
    second_factor: SecondFactorPorts
    give_code: GiveCode
    secret_generator: SecretGenerator
    clock: Clock

    async def __call__(self, step: StepTaken) -> SignedIn | NextStep:
        now, stage = self.clock.now(), stage_of(step.note)
        verified, proved = await self._proved(step, stage, now=now)
        async with self.unit_of_work() as uow:
            account = await verified.take(uow)
            if account.second_factor is (stage is Stage.ENROLMENT):
                raise StepOver  # somebody set it up, or removed it, meanwhile
            if stage is Stage.ENROLMENT:
                return await self._enrol(step, proved, verified, account, uow=uow, now=now)
            if stage is Stage.NOTHING and not await self._goes_on(step, account, uow=uow):
                raise StepOver  # it went on from there before
            if stage is Stage.CODE and not await self._has_code(step, verified, account, uow=uow, now=now):
                return NextStep(stage, step.note, wrong=True)
            await verified.welcome(uow, now=now, counted=stage is Stage.CODE)
            signed_in = await self.give_code(account, step.sign_in, uow=uow, authentication=PASSWORD_AND_CODE, now=now)
            await uow.commit()
        return signed_in

    async def _proved(
        self, step: StepTaken, stage: Stage | None, *, now: datetime
    ) -> tuple[VerifiedSignIn, SignInStep]:
        """Return what the note proves. Raises StepOver, or TooManyAttempts where a code is about to be looked at."""
        found = await self.find_account(step.sign_in.credentials.source.name)
        credentials = step.sign_in.credentials.of(found)
        source = credentials.source
        if stage is not Stage.NOTHING:
            await self.throttle.admit(source, now=now)
        if found is None or found.password_hash is None or found.disabled or stage is None:
            raise StepOver
        proved = SignInStep(stage, source.name, found.password_hash, step.sign_in.browser, step.secret)
        if not proved.fits(step.note, self.second_factor.key(), now=now):
            raise StepOver
        return VerifiedSignIn(credentials, found), proved

    async def _has_code(
        self, step: StepTaken, verified: VerifiedSignIn, account: Account, *, uow: IdentityWork, now: datetime
    ) -> bool:
        record = verified.credentials.record(AuditAction.SECOND_FACTOR_FAILED, verified.found, now=now)
        authenticator = self.second_factor.authenticator
        is_right = await check_code(step.code, account, record=record, uow=uow, authenticator=authenticator, now=now)
        if not is_right:
            await uow.commit()
        return is_right

    async def _goes_on(self, step: StepTaken, account: Account, *, uow: IdentityWork) -> bool:
        factor = await uow.second_factors.of(account.id)
        return factor is not None and factor.goes_on_from(step.secret)

    async def _enrol(
        self,
        step: StepTaken,
        proved: SignInStep,
        verified: VerifiedSignIn,
        account: Account,
        *,
        uow: IdentityWork,
        now: datetime,
    ) -> NextStep:
        authenticator = self.second_factor.authenticator
        record = verified.credentials.record(AuditAction.SECOND_FACTOR_FAILED, verified.found, now=now)
        number = authenticator.step_of(Code.parse(step.code), proved.secret, now=now)
        if number is None:
            uow.audit.add(record)
            await uow.commit()
            address = authenticator.address(proved.secret, account=account.email.address)
            return NextStep(Stage.ENROLMENT, step.note, proved.secret, address, wrong=True)
        factor = await offer(account, proved.secret, uow=uow, now=now)
        factor.takes_step(number)
        codes = turn_on(account, factor, record=record, uow=uow, secret_generator=self.secret_generator)
        await uow.sessions.end_all(account.id, now=now)
        await uow.attempts.give_back(verified.credentials.source, now=now)
        await uow.commit()
        done = replace(proved, stage=Stage.NOTHING, secret=factor.state)
        return NextStep(Stage.NOTHING, done.note(self.second_factor.key(), now=now), factor.state, recovery_codes=codes)
