"""Each refusal of each act, once over HTTP: status, code, and a sentence that helps. The domain's tests prove why."""

import httpx
import pytest

from members_service.application.identity.accounts.change_account import ChangeAccount
from members_service.application.identity.accounts.create_account import CreateAccount
from members_service.application.identity.grants.change_roles import PutRole
from members_service.application.identity.grants.grant_role import GrantRole, RevokeRole
from members_service.application.identity.grants.matrix import ImportMatrix
from members_service.application.identity.passkeys.add_passkey import AddPasskey, OfferPasskey
from members_service.application.identity.passkeys.change_passkeys import RemovePasskey, RenamePasskey
from members_service.application.identity.providers.change_providers import RemoveProvider
from members_service.application.identity.providers.set_out import SetOut
from members_service.application.identity.second_factor.remove_second_factor import (
    RemoveSecondFactor,
    TurnSecondFactorOff,
)
from members_service.application.identity.second_factor.use_own_code import UseOwnCode
from members_service.application.membership.applications.applications import AcceptApplication, Apply
from members_service.application.membership.cards.set_pin import ChangeOwnPin
from members_service.application.membership.cards.verify_pin import VerifyPin
from members_service.application.membership.enrol_member import EnrolMember
from members_service.application.membership.merge_members import MergeMembers
from members_service.application.membership.working_lists import MemberLists
from members_service.application.notices.letters.print_letters import OrderLetters, PrintLetters
from members_service.application.notices.preferences.change_defaults import ApplyDefaults, PutDefaults, ShowDefaults
from members_service.application.notices.preferences.change_preferences import ChangePreferences, ShowPreferences
from members_service.application.notices.preferences.unsubscribe import Unsubscribe
from members_service.application.notices.templates.change_templates import PutTemplate, RemoveTemplate, ShowTemplate
from members_service.application.notices.templates.preview import PreviewTemplate
from members_service.application.privacy.begin_erasure import BeginErasure
from members_service.application.privacy.export_person import ExportPerson
from shared.kernel.errors import refusals_of
from tests.members.api.conftest import Service
from tests.members.api.identity import grants_refusals, refusals_of_providers
from tests.members.api.identity import refusals as identity
from tests.members.api.membership import refusals as membership
from tests.members.api.membership import refusals_at_the_desk
from tests.members.api.notices import refusals as notices
from tests.members.makers import PASSWORD
from tests.refusals import EVERY, Meets, Reasons, Tables, assert_refused, assert_tables_are_whole, rows


async def erase_last_admin(service: Service) -> httpx.Response:
    boss = {"email": "boss@x.y", "password": PASSWORD, "roles": ["admin"]}
    member_id = (await service.enrol())["member_id"]
    await service.request("POST", "/v1/accounts", boss | {"member_id": member_id})
    return await service.request("POST", f"/v1/members/{member_id}/erasure")


PRIVACY: Tables[Service] = {
    BeginErasure: {
        "member-not-found": lambda service: service.request("POST", f"{membership.NOBODY}/erasure"),
        "last-admin": erase_last_admin,
    },
    ExportPerson: {"member-not-found": lambda service: service.get(f"{membership.NOBODY}/export")},
}
LISTS: Tables[Service] = {
    MemberLists: {"unknown-category": lambda service: service.get("/v1/lists/memberships-ending?category=pirate")},
}
TABLES: Tables[Service] = {
    **identity.TABLES,
    **grants_refusals.TABLES,
    **refusals_of_providers.TABLES,
    **membership.TABLES,
    **refusals_at_the_desk.TABLES,
    **notices.TABLES,
    **LISTS,
    **PRIVACY,
}
WORDS = "tests/members/api/notices/test_templates.py"
CHOICES = "tests/members/api/notices/test_preferences.py"
LETTERS = "tests/members/application/notices/test_letters.py"
OF_NOTICES: Reasons = {
    **{key: {EVERY: WORDS} for key in (ShowTemplate, PutTemplate, RemoveTemplate, PreviewTemplate)},
    **{key: {EVERY: CHOICES} for key in (ShowPreferences, ChangePreferences, Unsubscribe)},
    **{key: {EVERY: CHOICES} for key in (ShowDefaults, PutDefaults, ApplyDefaults)},
    **{key: {EVERY: LETTERS} for key in (OrderLetters, PrintLetters)},
}
OF_THE_BODY = "the body says what may stand there, and is refused before"
LEFT = "who is left while a provider is down: tests/members/api/identity/sign_in/test_passkeys.py"
TOO_LONG = "needs branches without end: tests/members/application/identity/accounts/test_announced_roles.py"
OF_DEVICES = "a device answers: tests/members/api/identity/sign_in/test_passkeys.py and tests/members/domain/identity"
OF_MANY_CARDS = "takes wrong PINs for many cards: tests/members/application/membership/test_pins.py"
OF_ENROLLING = dict.fromkeys((each.code for each in refusals_of(EnrolMember)), "EnrolMember, which it calls, proves it")
REASONS: Reasons = {
    **OF_NOTICES,
    Apply: {"too-many-applications": "there are five thousand by then"},
    AcceptApplication: OF_ENROLLING,
    SetOut: {EVERY: "answers with a page: tests/members/api/identity/oauth/test_hostile_providers.py"},
    UseOwnCode: {EVERY: "a part of DrawRecoveryCodes and TurnSecondFactorOff, which declare what it declares"},
    CreateAccount: {"no-role": OF_THE_BODY},
    ChangeAccount: {"no-role": OF_THE_BODY, "break-glass": LEFT, "grants-too-long": TOO_LONG},
    PutRole: {"grants-too-long": TOO_LONG},
    **{key: {"break-glass": LEFT} for key in (GrantRole, RevokeRole, RemoveSecondFactor, TurnSecondFactorOff)},
    **{key: {EVERY: OF_DEVICES} for key in (OfferPasskey, AddPasskey, RenamePasskey, RemovePasskey)},
    ImportMatrix: {EVERY: "as PutRole, GrantRole and RevokeRole: tests/members/api/identity/test_rights_matrix.py"},
    RemoveProvider: {"right-missing": "asks what ChangeProvider asks, which stands in the table"},
    MergeMembers: {"own-guardian": "who would be their own guardian is left out: tests/members/domain/membership"},
    ChangeOwnPin: {"too-many-attempts": OF_MANY_CARDS},
    VerifyPin: {"too-many-attempts": OF_MANY_CARDS},
}
STATUS = {
    **dict.fromkeys(("member-not-found", "account-not-found", "card-replaced", "guardian-not-found"), 404),
    **dict.fromkeys(("card-stopped", "card-not-found", "members-not-found"), 404),
    **dict.fromkeys(("block-not-found", "desk-message-not-found", "session-not-found", "second-factor-not-found"), 404),
    **dict.fromkeys(("card-number-taken", "external-id-taken", "email-taken", "email-of-member"), 409),
    **dict.fromkeys(
        (
            "last-admin",
            "category-in-use",
            "member-leaving",
            "member-not-suspended",
            "membership-suspended",
            "desk-message-done",
        ),
        409,
    ),
    **dict.fromkeys(("second-factor-on", "second-factor-off", "second-factor-not-offered"), 409),
    **dict.fromkeys(
        ("four-eyes", "forbidden", "email-needs-admin", "merge-needs-admin", "reset-needs-admin", "own-renewal-off"),
        403,
    ),
    **dict.fromkeys(("sign-in-too-old", "wrong-card-or-pin"), 401),
    **dict.fromkeys(("pin-locked", "too-many-attempts"), 429),
    **dict.fromkeys(("role-not-found", "grant-not-found"), 404),
    **dict.fromkeys(("role-in-use", "role-stays"), 409),
    **dict.fromkeys(("signs-in-by-provider", "issuer-taken"), 409),
    "identity-provider-not-found": 404,
    "photo-not-found": 404,
    "message-not-found": 404,
    "message-not-repeatable": 409,
    "application-not-found": 404,
    "application-not-confirmed": 409,
    "applications-off": 403,
    "membership-suspended": 409,
    "own-renewal-off": 403,
    "identity-provider-failed": 502,
    "identity-provider-slow": 504,
    "own-second-factor": 403,
    "right-missing": 403,
    "out-of-date": 412,
    "neighbour-unavailable": 503,
}
"""422 if it is none of these: a value, or a rule."""
IN_ONE = frozenset(
    {
        "email-taken",
        "wrong-password",
        "second-factor-off",
        "wrong-card-or-pin",
        "member-not-suspended",
        "message-not-repeatable",
    }
)
"""What says in one sentence what is right, or leaves nothing to do."""


@pytest.mark.parametrize(("code", "meets"), rows(TABLES))
async def test_a_refusal_has_its_status_its_code_and_a_sentence_that_helps(
    service: Service, code: str, meets: Meets[Service]
) -> None:
    assert_refused(await meets(service), code, status=STATUS.get(code, 422), in_one=IN_ONE)


def test_each_refusal_that_an_act_declares_stands_in_a_table() -> None:
    assert_tables_are_whole("members_service", TABLES, REASONS)
