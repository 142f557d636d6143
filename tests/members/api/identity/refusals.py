"""How a client is refused what it asks of accounts, second factors and sessions."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from members_service.application.identity.accounts.activate_account import ActivateAccount
from members_service.application.identity.accounts.change_account import ChangeAccount
from members_service.application.identity.accounts.change_password import ChangePassword
from members_service.application.identity.accounts.create_account import CreateAccount
from members_service.application.identity.accounts.offer_reset import OfferReset, OfferResetToMember
from members_service.application.identity.accounts.queries import AccountQueries
from members_service.application.identity.accounts.recover import Recover, UseRecovery
from members_service.application.identity.second_factor.confirm_second_factor import (
    ConfirmSecondFactor,
    DrawRecoveryCodes,
)
from members_service.application.identity.second_factor.offer_second_factor import OfferSecondFactor
from members_service.application.identity.second_factor.remove_second_factor import (
    RemoveSecondFactor,
    TurnSecondFactorOff,
)
from members_service.application.identity.sessions.fresh_sign_in import expect_fresh_sign_in
from members_service.application.identity.sessions.open_sessions import EndSession, ListSessions
from members_service.domain.identity.attempts import ONE_TIME_TOKENS, RECOVERIES, STRANGERS
from members_service.domain.identity.roles import Role
from members_service.domain.owner_check import FRESH_FOR
from tests.members.api.authenticator import MINE, NEVER_RIGHT, enrolled, offered, send_code, token_of
from tests.members.api.conftest import Service
from tests.members.api.identity import refusals_of_providers as providers
from tests.members.api.identity.recovering import CARD, choose, recover
from tests.members.makers import PASSWORD
from tests.refusals import Meets, Tables

GRACE = {"email": "Grace@library.example", "roles": ["librarian"]}
MANY = [f"role-{number}" for number in range(20)]
NOBODY = f"/v1/accounts/{uuid4()}"
NOBODYS = UUID(int=7)
NEW = "eight-loud-badgers-sing"
WEAK = {
    "password-too-short": "short",
    "password-too-long": "x" * 257,
    "password-too-common": "password1234",
    "password-too-simple": "abcdefghijkl",
}


async def open_graces(service: Service) -> UUID:
    return await service.open_account("grace@x.y", Role.LIBRARIAN)


def activate(password: str = PASSWORD, *, guesses: int | None = None) -> Meets[Service]:
    """Choose a password with the token of an enrolment, or after some guesses at one."""

    async def meets(service: Service) -> httpx.Response:
        token = (await service.enrol())["activation_token"] if guesses is None else "guess"
        body = {"activation_token": token, "password": password}
        for _ in range(guesses or 0):
            await service.request("POST", "/v1/auth/activate", body, token="")
        return await service.request("POST", "/v1/auth/activate", body, token="")

    return meets


def create(**facts: Any) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        await service.open_account("taken@library.example", Role.LIBRARIAN)
        return await service.request("POST", "/v1/accounts", GRACE | facts)

    return meets


def change(if_match: str = "*", *, role: Role = Role.LIBRARIAN, **changes: Any) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        await service.open_account("taken@x.y", Role.LIBRARIAN)
        path = f"/v1/accounts/{await service.open_account('grace@x.y', role)}"
        return await service.request("PATCH", path, changes, if_match=if_match)

    return meets


async def create_by_one_with_less(service: Service) -> httpx.Response:
    return await service.request("POST", "/v1/accounts", GRACE, token=service.token_for("admin"))


async def change_by_one_with_less(service: Service) -> httpx.Response:
    path = f"/v1/accounts/{await service.open_account('grace@x.y', Role.MEMBER)}"
    return await service.request("PATCH", path, {"roles": ["desk"]}, if_match="*", token=service.token_for("admin"))


async def move_account_of_member(service: Service) -> httpx.Response:
    member = await service.enrol(email="ada@x.y")
    (account,) = (await service.get(f"/v1/accounts?member_id={member['member_id']}")).json()["items"]
    moved = {"email": "lovelace@x.y"}
    return await service.request("PATCH", f"/v1/accounts/{account['account_id']}", moved, if_match="*")


def change_password(
    current: str = PASSWORD, new: str = "eight-loud-badgers-sing", *, before: int = 0
) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        token = service.token(Role.LIBRARIAN, subject=await open_graces(service))
        body = {"current_password": current, "password": new}
        for _ in range(before):
            await service.request("PUT", "/v1/accounts/me/password", body, token=token)
        return await service.request("PUT", "/v1/accounts/me/password", body, token=token)

    return meets


async def change_password_of_nobody(service: Service) -> httpx.Response:
    body = {"current_password": PASSWORD, "password": NEW}
    token = service.token(Role.ADMIN, subject=NOBODYS)
    return await service.request("PUT", "/v1/accounts/me/password", body, token=token)


async def reset_member_without_address(service: Service) -> httpx.Response:
    path = f"/v1/members/{(await service.enrol(email=None))['member_id']}/password-reset"
    return await service.request("POST", path)


async def reset_staff_by_desk(service: Service) -> httpx.Response:
    ada = await service.a_member_who_can_sign_in()
    (account,) = (await service.get(f"/v1/accounts?member_id={ada['member_id']}")).json()["items"]
    roles = {"roles": ["member", "librarian"]}
    await service.request("PATCH", f"/v1/accounts/{account['account_id']}", roles, if_match="*")
    path = f"/v1/members/{ada['member_id']}/password-reset"
    return await service.request("POST", path, token=service.token(Role.LIBRARIAN))


async def recover_too_often(service: Service) -> httpx.Response:
    for _ in range(RECOVERIES.tries):
        await recover(service, CARD, "ada@x.y")
    answer: httpx.Response = await recover(service, CARD, "ada@x.y")
    return answer


def use_recovery(**chosen: str) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        await service.a_member_who_can_sign_in(email="ada@x.y", card_number=CARD)
        token = (await recover(service, CARD, "ada@x.y")).json()["recovery_token"]
        answer: httpx.Response = await choose(service, token, **chosen)
        return answer

    return meets


async def recover_password_of_child(service: Service) -> httpx.Response:
    await service.a_member_who_can_sign_in(email="family@x.y")
    await service.enrol(email="family@x.y", card_number="KIM", category="child")
    token = (await recover(service, "KIM", "family@x.y")).json()["recovery_token"]
    answer: httpx.Response = await choose(service, token)
    return answer


async def guess_recovery_tokens(service: Service) -> httpx.Response:
    for _ in range(ONE_TIME_TOKENS.tries):
        await choose(service, "guess", pin="9753")
    answer: httpx.Response = await choose(service, "guess", pin="9753")
    return answer


async def offer_second_factor(service: Service) -> httpx.Response:
    await open_graces(service)
    token = await token_of(service)
    service.clock.pass_by(FRESH_FOR)
    return await service.request("POST", MINE, token=token)


async def offer_another_second_factor(service: Service) -> httpx.Response:
    await open_graces(service)
    _, token, _ = await enrolled(service)
    return await service.request("POST", MINE, token=token)


async def confirm_what_is_on(service: Service) -> httpx.Response:
    await open_graces(service)
    app, token, _ = await enrolled(service)
    return await send_code(service, token, "confirmation", app.code())


def confirm(*, after_offer: bool = True, before: int = 0) -> Meets[Service]:
    """Confirm by a wrong code."""

    async def meets(service: Service) -> httpx.Response:
        await open_graces(service)
        token = await token_of(service)
        if after_offer:
            await offered(service, token)
        for _ in range(before):
            await send_code(service, token, "confirmation", NEVER_RIGHT)
        return await send_code(service, token, "confirmation", NEVER_RIGHT)

    return meets


def of_nobody(method: str, path: str, body: dict[str, str] | None = None) -> Meets[Service]:
    """Do something with the second factor of an account that there is not."""

    async def meets(service: Service) -> httpx.Response:
        return await service.request(method, path, body, token=service.token(Role.ADMIN, subject=NOBODYS))

    return meets


def prove_by_code(what: str) -> dict[str, Meets[Service]]:
    """Return what each act refuses that is proved by a code."""

    async def off(service: Service) -> httpx.Response:
        await open_graces(service)
        return await send_code(service, await token_of(service), what, NEVER_RIGHT)

    async def late(service: Service) -> httpx.Response:
        await open_graces(service)
        app, token, _ = await enrolled(service)
        service.clock.pass_by(FRESH_FOR)
        return await send_code(service, token, what, app.code())

    async def wrong(service: Service, *, before: int = 0) -> httpx.Response:
        await open_graces(service)
        _, token, _ = await enrolled(service)
        for _ in range(before):
            await send_code(service, token, what, NEVER_RIGHT)
        return await send_code(service, token, what, NEVER_RIGHT)

    return {
        "second-factor-off": off,
        "sign-in-too-old": late,
        "wrong-code": wrong,
        "too-many-attempts": lambda service: wrong(service, before=STRANGERS.tries),
    }


async def remove_own_second_factor(service: Service) -> httpx.Response:
    account_id = await service.open_account("grace@x.y", Role.ADMIN)
    _, token, _ = await enrolled(service)
    return await service.request("DELETE", f"/v1/accounts/{account_id}/second-factor", token=token)


async def remove_no_second_factor(service: Service) -> httpx.Response:
    return await service.request("DELETE", f"/v1/accounts/{await open_graces(service)}/second-factor")


def with_less(method: str, what: str) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        account_id = await service.open_account("grace@x.y", Role.LIBRARIAN)
        return await service.request(method, f"/v1/accounts/{account_id}/{what}", token=service.token_for("admin"))

    return meets


async def list_sessions_of_others(service: Service) -> httpx.Response:
    token = service.token(Role.LIBRARIAN, subject=await open_graces(service))
    return await service.get(f"/v1/auth/sessions?account_id={uuid4()}", token=token)


async def end_no_session(service: Service) -> httpx.Response:
    return await service.request("DELETE", f"/v1/auth/sessions/{'x' * 22}")


async def erase_oneself_too_late(service: Service) -> httpx.Response:
    await service.a_member_who_can_sign_in(email="ada@x.y")
    token = await token_of(service, "ada@x.y")
    service.clock.pass_by(FRESH_FOR)
    return await service.request("POST", "/v1/members/me/erasure", {"confirm": True}, token=token)


TABLES: Tables[Service] = {
    ActivateAccount: {
        "activation-token-invalid": activate(guesses=0),
        "too-many-attempts": activate(guesses=ONE_TIME_TOKENS.tries),
        **{code: activate(password) for code, password in WEAK.items()},
    },
    CreateAccount: {
        "email-taken": create(email="TAKEN@library.example"),
        "member-not-found": create(member_id=str(uuid4())),
        "invalid-email": create(email="nowhere"),
        "right-missing": create_by_one_with_less,
        "too-many-roles": create(roles=MANY),
        "unknown-role": create(roles=["wizard"]),
        **{code: create(password=password) for code, password in WEAK.items()},
    },
    ChangeAccount: {
        "account-not-found": lambda service: service.request("PATCH", NOBODY, {}, if_match="*"),
        "email-of-member": move_account_of_member,
        "email-taken": change(email="TAKEN@x.y"),
        "invalid-email": change(email="nowhere"),
        "last-admin": change(role=Role.ADMIN, disabled=True),
        "right-missing": change_by_one_with_less,
        "too-many-roles": change(roles=MANY),
        "unknown-role": change(roles=["wizard"]),
        "out-of-date": change('"99"', disabled=True),
    },
    ChangePassword: {
        "account-not-found": change_password_of_nobody,
        "wrong-password": change_password("wrong"),
        "too-many-attempts": change_password("wrong", before=STRANGERS.tries),
        **{code: change_password(new=password) for code, password in WEAK.items()},
    },
    AccountQueries.account: {"account-not-found": lambda service: service.get(NOBODY)},
    OfferReset: {
        "right-missing": with_less("POST", "password-reset"),
        "account-not-found": lambda service: service.request("POST", f"{NOBODY}/password-reset"),
        "signs-in-by-provider": providers.reset_account,
    },
    OfferResetToMember: {
        "member-not-found": lambda service: service.request("POST", f"/v1/members/{uuid4()}/password-reset"),
        "account-not-found": reset_member_without_address,
        "reset-needs-admin": reset_staff_by_desk,
        "signs-in-by-provider": providers.reset_reader,
    },
    Recover: {"too-many-attempts": recover_too_often},
    UseRecovery: {
        "recovery-token-invalid": lambda service: choose(service, "x", pin="9753"),
        "no-password-to-recover": recover_password_of_child,
        "invalid-pin": use_recovery(pin="12"),
        "pin-too-common": use_recovery(pin="1234"),
        "too-many-attempts": guess_recovery_tokens,
        **{code: use_recovery(password=password) for code, password in WEAK.items()},
    },
    OfferSecondFactor: {
        "account-not-found": of_nobody("POST", MINE),
        "second-factor-on": offer_another_second_factor,
        "signs-in-by-provider": providers.offer_factor,
        "sign-in-too-old": offer_second_factor,
    },
    ConfirmSecondFactor: {
        "account-not-found": of_nobody("POST", f"{MINE}/confirmation", {"otp": NEVER_RIGHT}),
        "second-factor-on": confirm_what_is_on,
        "second-factor-not-offered": confirm(after_offer=False),
        "too-many-attempts": confirm(before=STRANGERS.tries),
        "wrong-code": confirm(),
    },
    DrawRecoveryCodes: {
        "account-not-found": of_nobody("POST", f"{MINE}/recovery-codes", {"otp": NEVER_RIGHT}),
        **prove_by_code("recovery-codes"),
    },
    TurnSecondFactorOff: {
        "account-not-found": of_nobody("POST", f"{MINE}/removal", {"otp": NEVER_RIGHT}),
        **prove_by_code("removal"),
    },
    RemoveSecondFactor: {
        "right-missing": with_less("DELETE", "second-factor"),
        "account-not-found": lambda service: service.request("DELETE", f"{NOBODY}/second-factor"),
        "own-second-factor": remove_own_second_factor,
        "second-factor-not-found": remove_no_second_factor,
    },
    ListSessions: {"forbidden": list_sessions_of_others},
    EndSession: {"session-not-found": end_no_session},
    expect_fresh_sign_in: {"sign-in-too-old": erase_oneself_too_late},
}
