"""Find out whether somebody has the second factor of an account, or one of its recovery codes."""

from dataclasses import dataclass
from datetime import datetime

from members_service.application.identity.second_factor.ports import Authenticator, SecondFactorPorts
from members_service.application.identity.sign_in.verify_credentials import VerifiedSignIn
from members_service.application.identity.work import IdentityWork
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.account import Account
from members_service.domain.identity.second_factor import (
    Code,
    CodeNeeded,
    CodeNotAccepted,
    EnrolmentNeeded,
    Requirement,
)
from members_service.domain.identity.sign_in_step import Stage


def stage_for(account: Account, requirement: Requirement) -> Stage:
    """Return what is to be done once the password was right."""
    if account.second_factor:
        return Stage.CODE
    return Stage.ENROLMENT if account.needs_second_factor(requirement) else Stage.NOTHING


async def check_code(
    text: str,
    account: Account,
    *,
    record: AuditRecord,
    uow: IdentityWork,
    authenticator: Authenticator,
    now: datetime,
) -> bool:
    """Use up a code of the account, which is locked; return whether it was right. The caller commits either way.

    A wrong code and a recovery code leave a record, in the circumstances of `record`.
    """
    code, factor = Code.parse(text), await uow.second_factors.of(account.id)
    if factor is None:
        return False
    if code.is_of_app:
        is_right = factor.takes_step(authenticator.step_of(code, factor.secret, now=now))
    else:
        is_right = factor.takes_recovery_code(code)
    if not is_right:
        uow.audit.add(record.of(AuditAction.SECOND_FACTOR_FAILED))
    elif not code.is_of_app:
        uow.audit.add(record.of(AuditAction.RECOVERY_CODE_USED, by=account.id))
    return is_right


@dataclass(frozen=True, slots=True)
class AskForSecondFactor:
    """Ask whoever has a second factor, or needs one, for a code, after the password was right."""

    ports: SecondFactorPorts

    async def __call__(self, verified: VerifiedSignIn, account: Account, *, uow: IdentityWork, now: datetime) -> bool:
        """Return whether a code was asked for, and was right.

        Raises CodeNeeded, CodeNotAccepted or EnrolmentNeeded, after it has committed what has to stay: a try without a
        code is given back, one with a wrong code is not.
        """
        credentials, stage = verified.credentials, stage_for(account, self.ports.requirement)
        if stage is Stage.NOTHING:
            return False
        if stage is Stage.ENROLMENT or not credentials.otp:
            await uow.attempts.give_back(credentials.source, now=now)
            await uow.commit()
            raise EnrolmentNeeded if stage is Stage.ENROLMENT else CodeNeeded
        record = credentials.record(AuditAction.SECOND_FACTOR_FAILED, verified.found, now=now)
        authenticator = self.ports.authenticator
        if not await check_code(credentials.otp, account, record=record, uow=uow, authenticator=authenticator, now=now):
            await uow.commit()
            raise CodeNotAccepted
        return True
