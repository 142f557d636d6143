from typing import Any

import pytest

from members_service.application.identity.sign_in.check_authorization import (
    AuthorizationRequest,
    CheckAuthorization,
    InvalidRequest,
    NoWayBack,
)
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import WrongCredentials
from members_service.domain.identity.authorization_code import CODE_LASTS, CodeNotValid
from members_service.domain.identity.roles import Role
from members_service.domain.identity.session import ScopeNotGranted, SessionOver
from members_service.domain.one_time_token import digest
from members_service.domain.owner_check import TooManyAttempts
from tests.members.desk import BACK, CHALLENGE, SWAGGER, TRIES, Desk
from tests.members.makers import ADA, PASSWORD


async def test_who_signs_in_on_our_page_gets_a_session_of_the_software_that_asked(desk: Desk) -> None:
    signed_in = await desk.exchange(await desk.authorize())

    [bearer], sessions = desk.tokens.issued, {one.client_id: one for one in await desk.sessions()}
    assert ("swagger", ("member",), ADA) == (bearer.client_id, bearer.roles, bearer.member_id)
    assert {"browser", "swagger"} == sessions.keys(), "the browser keeps the sign-in"
    assert sessions["swagger"].sid == bearer.sid
    assert "self" == signed_in.scope
    assert signed_in.refresh_token is not None


async def test_only_the_digest_of_a_code_is_kept(desk: Desk) -> None:
    code = await desk.authorize()

    [kept] = await desk.codes()
    assert digest(code) == kept.digest
    assert code not in str(vars(kept))


async def test_a_code_used_twice_ends_the_session_that_it_gave(desk: Desk) -> None:
    code = await desk.authorize()
    signed_in = await desk.exchange(code)

    with pytest.raises(CodeNotValid):
        await desk.exchange(code)

    with pytest.raises(SessionOver):
        await desk.refresh(signed_in.refresh_token, client_id="swagger")
    assert [AuditAction.SIGNED_IN, AuditAction.CODE_REUSED] == await desk.trail()


async def test_a_code_that_nobody_gave_is_worth_nothing(desk: Desk) -> None:
    with pytest.raises(CodeNotValid):
        await desk.exchange("made up")


async def test_a_code_does_not_outlive_its_minute_nor_the_account(desk: Desk) -> None:
    late = await desk.authorize()
    desk.clock.pass_by(CODE_LASTS)
    with pytest.raises(CodeNotValid):
        await desk.exchange(late)

    of_the_gone = await desk.authorize()
    await desk.change(disabled=True)
    with pytest.raises(CodeNotValid):
        await desk.exchange(of_the_gone)


async def test_our_page_counts_the_same_tries_as_the_other_way_to_sign_in(desk: Desk) -> None:
    for number in range(TRIES):
        with pytest.raises(WrongCredentials):
            await (desk.authorize if number % 2 else desk.sign_in)(password="wrong")

    with pytest.raises(TooManyAttempts):
        await desk.authorize(password=PASSWORD)


async def test_what_the_software_wished_for_holds_for_the_whole_session(desk: Desk) -> None:
    await desk.change(Role.LIBRARIAN)

    signed_in = await desk.exchange(await desk.authorize(scopes=frozenset({"loans:read", "admin", "nonsense"})))
    refreshed = await desk.refresh(signed_in.refresh_token, client_id="swagger")

    assert "loans:read" == signed_in.scope == refreshed.scope
    with pytest.raises(ScopeNotGranted):
        await desk.authorize(scopes=frozenset({"admin"}))


async def test_a_password_changed_while_it_was_looked_at_counts_as_wrong(desk: Desk) -> None:
    verify = desk.passwords.verify

    async def slowly(password: str, password_hash: str | None) -> object:
        verdict = await verify(password, password_hash)
        async with desk.changing() as ada:
            ada.change_password("hash of another")
        return verdict

    desk.passwords.verify = slowly  # type: ignore[assignment, method-assign] # the moment between the two looks

    with pytest.raises(WrongCredentials):
        await desk.authorize()


def ask(**changes: str | None) -> None:
    asked: dict[str, Any] = {
        "client_id": "swagger",
        "redirect_uri": BACK,
        "response_type": "code",
        "challenge": CHALLENGE,
        "challenge_method": "S256",
    } | changes
    CheckAuthorization({"swagger": SWAGGER})(AuthorizationRequest(**asked, hosts=("http://members.test",)))


def test_known_software_may_ask() -> None:
    ask()


@pytest.mark.parametrize("changes", [{"client_id": None}, {"client_id": "other"}, {"redirect_uri": None}], ids=repr)
def test_nobody_is_sent_back_to_software_that_is_not_known(changes: dict[str, str | None]) -> None:
    with pytest.raises(NoWayBack):
        ask(**changes)


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"response_type": None}, "invalid_request"), ({"response_type": "token"}, "unsupported_response_type"),
     ({"response_type": "code token"}, "unsupported_response_type"), ({"challenge": None}, "invalid_request"),
     ({"challenge": "short"}, "invalid_request"), ({"challenge_method": None}, "invalid_request"),
     ({"challenge_method": "plain"}, "invalid_request"), ({"challenge_method": "s256"}, "invalid_request")],
    ids=repr,
)  # fmt: skip
def test_known_software_is_told_what_it_asks_badly(changes: dict[str, str | None], word: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        ask(**changes)

    assert word == refused.value.word
