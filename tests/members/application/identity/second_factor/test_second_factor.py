from datetime import timedelta

import pytest

from members_service.application.identity.sign_in.authorize import NextStep, SignedIn
from members_service.application.identity.sign_in.take_step import StepOver
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import WrongCredentials
from members_service.domain.identity.authorization_code import CodeNotValid
from members_service.domain.identity.roles import Role
from members_service.domain.identity.second_factor import CodeNeeded, CodeNotAccepted, EnrolmentNeeded, Requirement
from members_service.domain.identity.session import ScopeNotGranted, SessionOver
from members_service.domain.identity.sign_in_step import STEP_LASTS, Stage
from members_service.domain.owner_check import TooManyAttempts
from tests.members.desk import TRIES, Desk

A_STEP = timedelta(minutes=1)


@pytest.fixture
async def strict_desk(desk: Desk) -> Desk:
    """Open a desk where Ada is a librarian without a second factor, which its staff needs."""
    desk.requirement = Requirement.STAFF
    await desk.change(Role.LIBRARIAN)
    return desk


async def asked(desk: Desk, stage: Stage) -> NextStep:
    """Type the password on the page; return what is asked for next."""
    step = await desk.begin()
    assert isinstance(step, NextStep)
    assert stage is step.stage
    return step


# --- with the password grant -----------------------------------------------------------------------------------------


async def test_who_has_a_second_factor_signs_in_with_its_code(desk: Desk) -> None:
    await desk.enrol()

    assert (await desk.sign_in(otp=desk.code())).refresh_token is not None
    assert ("pwd", "otp") == desk.tokens.issued[-1].methods
    assert AuditAction.SIGNED_IN is (await desk.trail())[-1]


async def test_who_has_none_signs_in_as_ever(desk: Desk) -> None:
    await desk.sign_in(otp="")

    assert ("pwd",) == desk.tokens.issued[-1].methods


async def test_that_a_code_is_missing_is_told_after_the_right_password_only(desk: Desk) -> None:
    await desk.enrol()

    with pytest.raises(CodeNeeded):
        await desk.sign_in()
    with pytest.raises(WrongCredentials):
        await desk.sign_in(password="wrong", otp=desk.code())
    assert [] == await desk.sessions()


async def test_a_code_works_once(desk: Desk) -> None:
    await desk.enrol()
    await desk.sign_in(otp=desk.code())

    with pytest.raises(CodeNotAccepted):
        await desk.sign_in(otp=desk.code())
    desk.clock.pass_by(A_STEP)
    assert (await desk.sign_in(otp=desk.code())).access_token


async def test_a_recovery_code_works_once_and_is_on_record(desk: Desk) -> None:
    code, *_ = await desk.enrol()
    await desk.sign_in(otp=code)

    with pytest.raises(CodeNotAccepted):
        await desk.sign_in(otp=code)

    assert [AuditAction.RECOVERY_CODE_USED, AuditAction.SIGNED_IN, AuditAction.SECOND_FACTOR_FAILED] == (
        await desk.trail()
    )[-3:]
    assert [str(desk.ada_id), str(desk.ada_id), None] == [record.by for record in (await desk.audited())[-3:]]


async def test_wrong_codes_use_up_the_tries_of_passwords(desk: Desk) -> None:
    await desk.enrol()

    for _ in range(TRIES):
        with pytest.raises(CodeNotAccepted):
            await desk.sign_in(otp="999999")
    with pytest.raises(TooManyAttempts):
        await desk.sign_in(otp=desk.code())


async def test_to_be_asked_for_a_code_costs_no_try_and_makes_no_place_familiar(desk: Desk) -> None:
    await desk.enrol()

    for _ in range(TRIES + 1):
        with pytest.raises(CodeNeeded):
            await desk.sign_in()
    assert 0 == await desk.familiar_networks()
    await desk.sign_in(otp=desk.code())
    assert 1 == await desk.familiar_networks()


async def test_a_code_is_not_used_up_by_a_sign_in_that_may_do_nothing(desk: Desk) -> None:
    await desk.enrol()

    with pytest.raises(ScopeNotGranted):
        await desk.sign_in(otp=desk.code(), scopes=frozenset({"admin"}))

    assert (await desk.sign_in(otp=desk.code())).access_token


# --- where the library asks for one ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("requirement", "role"), [(Requirement.ADMIN, Role.ADMIN), (Requirement.STAFF, Role.ADMIN),
                                                   (Requirement.STAFF, Role.LIBRARIAN)])  # fmt: skip
async def test_who_needs_one_and_has_none_is_told_where_to_set_it_up(
    requirement: Requirement, role: Role, desk: Desk
) -> None:
    desk.requirement = requirement
    await desk.change(role)

    with pytest.raises(EnrolmentNeeded):
        await desk.sign_in()
    with pytest.raises(WrongCredentials):
        await desk.sign_in(password="wrong")


@pytest.mark.parametrize(("requirement", "role"), [(Requirement.NONE, Role.ADMIN), (Requirement.ADMIN, Role.LIBRARIAN),
                                                   (Requirement.STAFF, Role.MEMBER)])  # fmt: skip
async def test_nobody_else_is_kept_out(requirement: Requirement, role: Role, desk: Desk) -> None:
    desk.requirement = requirement
    await desk.change(role)

    assert (await desk.sign_in()).access_token


async def test_a_session_from_before_ends_with_its_next_refresh(desk: Desk) -> None:
    await desk.change(Role.LIBRARIAN)
    first = await desk.sign_in()
    desk.requirement = Requirement.STAFF

    with pytest.raises(SessionOver):
        await desk.refresh(first.refresh_token)

    assert [desk.clock.now()] == [session.ended_at for session in await desk.sessions()]


async def test_who_became_staff_between_page_and_exchange_gets_no_session(desk: Desk) -> None:
    desk.requirement = Requirement.STAFF
    code = await desk.authorize()
    await desk.change(Role.ADMIN)

    with pytest.raises(CodeNotValid):
        await desk.exchange(code)


async def test_with_one_a_session_goes_on(strict_desk: Desk) -> None:
    desk = strict_desk
    await desk.enrol()
    first = await desk.sign_in(otp=desk.code())

    assert (await desk.refresh(first.refresh_token)).access_token
    assert ("pwd", "otp") == desk.tokens.issued[-1].methods


# --- on the page -----------------------------------------------------------------------------------------------------


async def test_on_the_page_the_code_is_asked_for_after_the_password(desk: Desk) -> None:
    await desk.enrol()

    done = await desk.step(await asked(desk, Stage.CODE), desk.code())

    assert isinstance(done, SignedIn)
    await desk.exchange(done.code)
    assert ("pwd", "otp") == desk.tokens.issued[-1].methods


async def test_on_the_page_too_wrong_codes_use_up_the_tries(desk: Desk) -> None:
    await desk.enrol()
    step = await asked(desk, Stage.CODE)

    for _ in range(TRIES):
        again = await desk.step(step, "999999")
        assert isinstance(again, NextStep)
        assert (True, step.note) == (again.wrong, again.note)

    with pytest.raises(TooManyAttempts):
        await desk.step(step, desk.code())
    with pytest.raises(TooManyAttempts):
        await desk.sign_in(otp=desk.code())


async def test_a_step_belongs_to_its_browser_and_its_account(desk: Desk) -> None:
    await desk.enrol()
    step = await asked(desk, Stage.CODE)

    for other in ({"browser": "another"}, {"username": "nobody@library.example"}):
        with pytest.raises(StepOver):
            await desk.step(step, desk.code(), **other)


async def test_a_step_is_over_after_ten_minutes_and_with_another_password(desk: Desk) -> None:
    await desk.enrol()
    late, changed = await asked(desk, Stage.CODE), await asked(desk, Stage.CODE)

    async with desk.changing() as ada:
        ada.change_password("hash of another one")
    with pytest.raises(StepOver):
        await desk.step(changed, desk.code())
    async with desk.changing() as ada:
        ada.change_password(f"hash of {'a long enough pass phrase'}")
    desk.clock.pass_by(STEP_LASTS)
    with pytest.raises(StepOver):
        await desk.step(late, desk.code())


async def test_the_page_sets_up_what_is_missing_and_goes_on(strict_desk: Desk) -> None:
    desk = strict_desk
    offered = await asked(desk, Stage.ENROLMENT)
    assert offered.secret in offered.address

    wrong = await desk.step(offered, "999999")
    assert isinstance(wrong, NextStep)
    assert (True, offered.secret, False) == (wrong.wrong, wrong.secret, (await desk.account()).second_factor)
    kept = await desk.step(wrong, desk.code(offered.secret))
    assert isinstance(kept, NextStep)
    assert (Stage.NOTHING, 10, True) == (
        kept.stage,
        len(set(kept.recovery_codes)),
        (await desk.account()).second_factor,
    )
    done = await desk.step(kept)

    assert isinstance(done, SignedIn)
    await desk.exchange(done.code)
    assert [AuditAction.SECOND_FACTOR_FAILED, AuditAction.SECOND_FACTOR_ENROLLED, AuditAction.SIGNED_IN] == (
        await desk.trail()
    )[-3:]
    desk.clock.pass_by(A_STEP)
    assert (await desk.sign_in(otp=desk.code(offered.secret))).access_token
    assert (await desk.sign_in(otp=kept.recovery_codes[9])).access_token


async def test_enrolment_cannot_be_skipped_nor_its_secret_chosen(strict_desk: Desk) -> None:
    desk = strict_desk
    offered = await asked(desk, Stage.ENROLMENT)
    skipping = NextStep(Stage.NOTHING, offered.note.replace("enrolment", "nothing"), offered.secret)
    chosen = NextStep(Stage.ENROLMENT, offered.note, "SECRET9")

    for step in (skipping, chosen):
        with pytest.raises(StepOver):
            await desk.step(step, desk.code(step.secret))


async def test_two_browsers_at_enrolment_do_not_learn_each_other_s_secret(
    strict_desk: Desk,
) -> None:
    desk = strict_desk
    first, second = await asked(desk, Stage.ENROLMENT), await asked(desk, Stage.ENROLMENT)
    assert first.secret != second.secret
    await desk.step(first, desk.code(first.secret))

    with pytest.raises(StepOver):
        await desk.step(second, desk.code(second.secret))


async def test_a_step_is_over_when_an_admin_removed_the_factor(desk: Desk) -> None:
    await desk.enrol()
    step = await asked(desk, Stage.CODE)
    async with desk.changing() as ada:
        ada.turn_second_factor(on=False)

    with pytest.raises(StepOver):
        await desk.step(step, desk.code())
