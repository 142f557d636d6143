"""Turn a second factor on with the app's first code, and draw recovery codes."""

from dataclasses import dataclass
from datetime import datetime

from members_service.application.identity.second_factor.use_own_code import OwnCode, UseOwnCode
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.account import Account, AccountNotFound
from members_service.domain.identity.second_factor import (
    RECOVERY_CODES,
    Code,
    SecondFactor,
    SecondFactorNotOffered,
    SecondFactorOn,
    WrongCode,
    recovery_code,
)
from members_service.domain.owner_check import TooManyAttempts
from shared.kernel.clock import Clock
from shared.kernel.errors import refusals_of, refuses
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Each of them lets its owner in once without the app; shown this once."""

    recovery_codes: tuple[str, ...]


@refuses(AccountNotFound, SecondFactorOn, SecondFactorNotOffered, TooManyAttempts, WrongCode)
@dataclass(frozen=True, slots=True)
class ConfirmSecondFactor:
    """Confirm a second factor with the first code of the app: from now on each sign-in asks for one.

    - The recovery codes are shown this once. Each lets its owner in once without the app: keep them apart from it.
    - Wrong tries are limited together with those of signing in.
    - Every other session of the account ends: whoever else had signed in had the password alone.
    """

    unit_of_work: IdentityWorkFactory
    own_code: UseOwnCode
    secret_generator: SecretGenerator
    clock: Clock

    async def __call__(self, command: OwnCode, receipt: Receipt | None = None) -> RecoveryCodes:
        now, authenticator = self.clock.now(), self.own_code.authenticator
        async with self.unit_of_work() as uow:
            await _offered(command, uow=uow, now=now)
        source = await self.own_code.admit(command, now=now)
        async with self.unit_of_work(receipt) as uow:
            account, factor = await _offered(command, uow=uow, now=now)
            record = command.record(AuditAction.SECOND_FACTOR_FAILED, now=now)
            if not factor.takes_step(authenticator.step_of(Code.parse(command.otp), factor.secret, now=now)):
                uow.audit.add(record)
                await uow.commit()
                raise WrongCode
            drawn = turn_on(account, factor, record=record, uow=uow, secret_generator=self.secret_generator)
            await uow.sessions.end_all(account.id, besides=command.own_session, now=now)
            answer = RecoveryCodes(drawn)
            await uow.attempts.give_back(source, now=now)
            await uow.commit(answer=answer)
        return answer


@refuses(*refusals_of(UseOwnCode))
@dataclass(frozen=True, slots=True)
class DrawRecoveryCodes:
    """Draw ten new recovery codes; those from before work no longer.

    It needs a sign-in of the last five minutes and a code, of the app or a recovery code. The new ones are shown this
    once.
    """

    unit_of_work: IdentityWorkFactory
    own_code: UseOwnCode
    secret_generator: SecretGenerator
    clock: Clock

    async def __call__(self, command: OwnCode, receipt: Receipt | None = None) -> RecoveryCodes:
        now = self.clock.now()
        source = await self.own_code.admit_owner(command, now=now)
        async with self.unit_of_work(receipt) as uow:
            account = await self.own_code.expect(command, source, uow=uow, now=now)
            factor = await uow.second_factors.of(account.id)
            codes = _drawn(self.secret_generator)
            if factor is not None:
                factor.keep_recovery_codes(codes)
            uow.audit.add(command.record(AuditAction.RECOVERY_CODES_DRAWN, now=now))
            answer = RecoveryCodes(codes)
            await uow.commit(answer=answer)
        return answer


def turn_on(
    account: Account, factor: SecondFactor, *, record: AuditRecord, uow: IdentityWork, secret_generator: SecretGenerator
) -> tuple[str, ...]:
    """Ask for this factor at each sign-in from now on, and return its recovery codes, to be shown once."""
    codes = _drawn(secret_generator)
    factor.keep_recovery_codes(codes)
    account.turn_second_factor(on=True)
    uow.audit.add(record.of(AuditAction.SECOND_FACTOR_ENROLLED, by=account.id))
    return codes


async def _offered(command: OwnCode, *, uow: IdentityWork, now: datetime) -> tuple[Account, SecondFactor]:
    account = await uow.accounts.get(command.account_id)
    if account.second_factor:
        raise SecondFactorOn
    factor = await uow.second_factors.of(account.id)
    if factor is None or not factor.is_offered(now):
        raise SecondFactorNotOffered
    return account, factor


def _drawn(secret_generator: SecretGenerator) -> tuple[str, ...]:
    return tuple(recovery_code(secret_generator.secret()) for _ in range(RECOVERY_CODES))
