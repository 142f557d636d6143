"""How a client is refused what it asks of members, their cards and what stops them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from members_service.application.membership.cards.replace_card import ReplaceCard
from members_service.application.membership.cards.set_pin import ChangeOwnPin, SetPin
from members_service.application.membership.cards.verify_pin import VerifyPin
from members_service.application.membership.change_categories import ChangeCategories
from members_service.application.membership.change_member import ChangeMember, ChangeOwnRecord
from members_service.application.membership.enrol_member import EnrolMember
from members_service.application.membership.guardians import ShowGuardian
from members_service.application.membership.merge_members import MergeMembers
from members_service.application.membership.renew_membership import RenewMembership
from members_service.application.membership.show_history import ShowHistory
from members_service.application.membership.show_member import ListMembers, ShowMember
from members_service.application.membership.standing.assess_standing import AssessStanding
from members_service.application.membership.standing.blocks import LiftBlock, ListBlocks
from members_service.application.membership.standing.reinstate_member import ReinstateMember
from members_service.application.membership.standing.suspend_member import SuspendMember
from members_service.domain.identity.attempts import EMAIL_CHANGES, PINS
from members_service.domain.identity.roles import Role
from tests.members.api.conftest import Service
from tests.members.api.membership.pins import verify
from tests.refusals import Meets, Tables

NOBODY = f"/v1/members/{uuid4()}"
CHILD_OF_1980: dict[str, Any] = {"category": "child", "date_of_birth": "1980-01-01"}
GUARDED_BY_NOBODY: dict[str, Any] = {"guardians": [{"card_number": "X", "may": ["see"]}]}
SHOUTING = {"reason": "Shouting."}
WET = {"action": "hold", "reason": "Wet books."}


def enrol(**facts: Any) -> Meets[Service]:
    """Enrol somebody beside one who has the card ABC and the external id 17."""

    async def meets(service: Service) -> httpx.Response:
        await service.enrol(card_number="abc", external_id="17")
        return await service.request("POST", "/v1/members", {"name": "Ada Lovelace", "category": "adult"} | facts)

    return meets


def without_books(meets: Meets[Service]) -> Meets[Service]:
    async def meets_without(service: Service) -> httpx.Response:
        service.books.status = 500
        return await meets(service)

    return meets_without


def change(if_match: str = "*", **changes: Any) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        await service.enrol(external_id="17")
        path = f"/v1/members/{(await service.enrol())['member_id']}"
        return await service.request("PATCH", path, changes, if_match=if_match)

    return meets


async def guard_oneself(service: Service) -> httpx.Response:
    member_id = (await service.enrol())["member_id"]
    guarded = {"guardians": [{"member_id": member_id, "may": ["see"]}]}
    return await service.request("PATCH", f"/v1/members/{member_id}", guarded, if_match="*")


async def of_staff(service: Service) -> str:
    """Let a member have an account of staff that signs in with the member's address; return the path of the member."""
    ada = await service.a_member_who_can_sign_in(email="grace@x.y")
    (account,) = (await service.get(f"/v1/accounts?member_id={ada['member_id']}")).json()["items"]
    roles = {"roles": ["member", "librarian"]}
    await service.request("PATCH", f"/v1/accounts/{account['account_id']}", roles, if_match="*")
    return f"/v1/members/{ada['member_id']}"


async def move_staff(service: Service) -> httpx.Response:
    token, moved = service.token(Role.LIBRARIAN), {"email": "moved@x.y"}
    return await service.request("PATCH", await of_staff(service), moved, token=token, if_match="*")


async def merge_staff(service: Service) -> httpx.Response:
    into = {"into": (await service.enrol())["member_id"]}
    token = service.token(Role.LIBRARIAN)
    return await service.request("POST", f"{await of_staff(service)}/merge", into, token=token)


def by_herself(method: str, act: str, body: dict[str, Any] | None = None, *before: str) -> Meets[Service]:
    """Do something as staff with one's own membership."""

    async def meets(service: Service) -> httpx.Response:
        own = (await service.enrol())["member_id"]
        path = f"/v1/members/{own}"
        for each in before:
            await service.request("POST", f"{path}/{each}", SHOUTING)
        sent = body if act != "/merge" else {"into": (await service.enrol())["member_id"]}
        token = service.token(Role.LIBRARIAN, member_id=own)
        return await service.request(method, f"{path}{act}", sent, token=token, if_match="*")

    return meets


async def lift_own_block(service: Service) -> httpx.Response:
    own = (await service.enrol())["member_id"]
    block = (await service.request("POST", f"/v1/members/{own}/blocks", WET)).headers["location"]
    return await service.request("DELETE", block, token=service.token(Role.LIBRARIAN, member_id=own))


def change_own(if_match: str = "*", **changes: Any) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        token = service.token(Role.MEMBER, member_id=(await service.enrol())["member_id"])
        return await service.request("PATCH", "/v1/members/me", changes, token=token, if_match=if_match)

    return meets


async def change_of_nobody(service: Service) -> httpx.Response:
    token = service.token(Role.MEMBER)
    return await service.request("PATCH", "/v1/members/me", {"phone": "1"}, token=token, if_match="*")


async def signed_in(service: Service, **facts: Any) -> str:
    await service.a_member_who_can_sign_in(email="ada@x.y", **facts)
    token: str = (await service.sign_in("ada@x.y")).json()["access_token"]
    return token


async def change_address_too_often(service: Service) -> httpx.Response:
    token = await signed_in(service)
    for number in range(EMAIL_CHANGES.tries):
        moved = {"email": f"ada{number}@x.y"}
        await service.request("PATCH", "/v1/members/me", moved, token=token, if_match="*")
    return await service.request("PATCH", "/v1/members/me", {"email": "a@x.y"}, token=token, if_match="*")


def renew(*, leaving: bool = False, **body: Any) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        path = f"/v1/members/{(await service.enrol())['member_id']}"
        if leaving:
            await service.request("POST", f"{path}/erasure")
        return await service.request("POST", f"{path}/renew", body)

    return meets


async def renew_who_is_too_old(service: Service) -> httpx.Response:
    """Renew somebody who has outgrown a category that no other follows."""
    items = (await service.get("/v1/categories")).json()["items"]
    junior = {"category": "junior", "name": "Junior", "months": 12, "oldest": 17}
    await service.request("PUT", "/v1/categories", {"items": [*items, junior]}, if_match="*")
    member = await service.enrol(category="junior", date_of_birth=service.day(-17 * 366))
    service.clock.pass_by(timedelta(days=366))
    return await service.request("POST", f"/v1/members/{member['member_id']}/renew", {})


async def merge_leaver(service: Service) -> httpx.Response:
    leaving, into = [(await service.enrol())["member_id"] for _ in range(2)]
    await service.request("POST", f"/v1/members/{leaving}/erasure")
    return await service.request("POST", f"/v1/members/{leaving}/merge", {"into": into})


async def merge_into_itself(service: Service) -> httpx.Response:
    ada = (await service.enrol())["member_id"]
    return await service.request("POST", f"/v1/members/{ada}/merge", {"into": ada})


def replace_card(number: str) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        path = f"/v1/members/{(await service.enrol(card_number='OLD'))['member_id']}/cards"
        return await service.request("POST", path, {"card_number": number})

    return meets


async def old_card(service: Service) -> None:
    """Let the card OLD be one that was replaced."""
    await service.request("POST", f"/v1/members/{(await service.enrol(card_number='OLD'))['member_id']}/cards")


async def list_by_old_card(service: Service) -> httpx.Response:
    await old_card(service)
    return await service.get("/v1/members?card_number=OLD")


async def assess_old_card(service: Service) -> httpx.Response:
    await old_card(service)
    return await service.standing(card_number="OLD")


async def list_by_lost_card(service: Service) -> httpx.Response:
    await lost_card(service)
    return await service.get("/v1/members?card_number=LOST")


async def assess_lost_card(service: Service) -> httpx.Response:
    await lost_card(service)
    return await service.standing(card_number="LOST")


async def lost_card(service: Service) -> None:
    """Let the card LOST be one that was stopped."""
    path = f"/v1/members/{(await service.enrol(card_number='LOST'))['member_id']}"
    await service.request("POST", f"{path}/cards/LOST/stop")


async def show_no_guardian(service: Service) -> httpx.Response:
    path = f"/v1/members/{(await service.enrol())['member_id']}/guardians/{uuid4()}"
    return await service.get(path, token=service.token_for("members:standing"))


def set_pin(pin: str) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        return await service.request("PUT", f"/v1/members/{(await service.enrol())['member_id']}/pin", {"pin": pin})

    return meets


def choose_pin(pin: str = "9753", *, has: str | None = None, wrong_before: int = 0) -> Meets[Service]:
    """Choose a PIN with a token alone, where one is known or not."""

    async def meets(service: Service) -> httpx.Response:
        token = service.token(Role.MEMBER, member_id=(await service.enrol(pin=has))["member_id"])
        for _ in range(wrong_before):
            await service.request("PUT", "/v1/members/me/pin", {"current_pin": "1", "pin": pin}, token=token)
        return await service.request("PUT", "/v1/members/me/pin", {"current_pin": "1", "pin": pin}, token=token)

    return meets


async def choose_pin_of_nobody(service: Service) -> httpx.Response:
    return await service.request("PUT", "/v1/members/me/pin", {"pin": "9753"}, token=service.token(Role.MEMBER))


async def verify_locked(service: Service) -> httpx.Response:
    card = (await service.enrol(pin="4819"))["card_number"]
    for _ in range(PINS.tries):
        await verify(service, card, "1111")
    return await verify(service, card, "4819")


async def verify_from_nowhere(service: Service) -> httpx.Response:
    body = {"card_number": "A", "pin": "4819", "end_user_address": "nowhere"}
    return await service.request("POST", "/v1/members/verify", body, token=service.token_for("members:verify"))


def put_categories(*items: dict[str, Any], if_match: str = "*") -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        await service.enrol(category="adult")
        return await service.request("PUT", "/v1/categories", {"items": list(items)}, if_match=if_match)

    return meets


def stop(act: str, body: dict[str, Any]) -> Meets[Service]:
    """Stop a member until yesterday."""

    async def meets(service: Service) -> httpx.Response:
        path = f"/v1/members/{(await service.enrol())['member_id']}/{act}"
        return await service.request("POST", path, body | {"until": service.day(-1)})

    return meets


async def reinstate(service: Service) -> httpx.Response:
    return await service.request("POST", f"/v1/members/{(await service.enrol())['member_id']}/reinstate")


async def lift_no_block(service: Service) -> httpx.Response:
    return await service.request("DELETE", f"/v1/members/{(await service.enrol())['member_id']}/blocks/{uuid4()}")


TABLES: Tables[Service] = {
    EnrolMember: {
        "card-number-taken": enrol(card_number="ABC"),
        "external-id-taken": enrol(external_id="17"),
        "invalid-card-number": enrol(card_number="!"),
        "invalid-email": enrol(email="nowhere"),
        "invalid-date-of-birth": enrol(date_of_birth="2900-01-01"),
        "invalid-language": enrol(language="english please"),
        "unknown-category": enrol(category="wizard"),
        "age-not-for-category": enrol(**CHILD_OF_1980),
        "invalid-pin": enrol(pin="12"),
        "pin-too-common": enrol(pin="1234"),
        "invalid-attributes": enrol(attributes={"school": "North"}),
        "unknown-guardian": enrol(**GUARDED_BY_NOBODY),
        "unknown-branch": enrol(home_branch="ATLANTIS"),
        "neighbour-unavailable": without_books(enrol(home_branch="NEW")),
    },
    ChangeMember: {
        "member-not-found": lambda service: service.request("PATCH", NOBODY, {}, if_match="*"),
        "invalid-email": change(email="nowhere"),
        "invalid-language": change(language="english please"),
        "unknown-branch": change(home_branch="ATLANTIS"),
        "neighbour-unavailable": without_books(change(home_branch="NEW")),
        "out-of-date": change('"99"', phone="1"),
        "four-eyes": by_herself("PATCH", "", {"category": "staff"}),
        "invalid-date-of-birth": change(date_of_birth="2999-01-01"),
        "unknown-category": change(category="wizard"),
        "age-not-for-category": change(**CHILD_OF_1980),
        "invalid-attributes": change(attributes={"school": "North"}),
        "unknown-guardian": change(**GUARDED_BY_NOBODY),
        "own-guardian": guard_oneself,
        "external-id-taken": change(external_id="17"),
        "email-needs-admin": move_staff,
    },
    ChangeOwnRecord: {
        "member-not-found": change_of_nobody,
        "invalid-email": change_own(email="nowhere"),
        "invalid-language": change_own(language="english please"),
        "unknown-branch": change_own(home_branch="ATLANTIS"),
        "neighbour-unavailable": without_books(change_own(home_branch="NEW")),
        "out-of-date": change_own('"99"', phone="1"),
        "sign-in-too-old": change_own(email="eve@x.y"),
        "too-many-attempts": change_address_too_often,
    },
    RenewMembership: {
        "member-not-found": lambda service: service.request("POST", f"{NOBODY}/renew", {}),
        "four-eyes": by_herself("POST", "/renew", {}),
        "member-leaving": renew(leaving=True),
        "renewal-not-later": renew(expires_on="2000-01-01"),
        "age-not-for-category": renew_who_is_too_old,
    },
    MergeMembers: {
        "member-not-found": lambda service: service.request("POST", f"{NOBODY}/merge", {"into": str(uuid4())}),
        "four-eyes": by_herself("POST", "/merge"),
        "member-leaving": merge_leaver,
        "merge-needs-admin": merge_staff,
        "same-member": merge_into_itself,
    },
    ReplaceCard: {
        "member-not-found": lambda service: service.request("POST", f"{NOBODY}/cards", {}),
        "card-number-taken": replace_card("old"),
        "invalid-card-number": replace_card("!"),
    },
    ShowMember: {"member-not-found": lambda service: service.get(NOBODY)},
    ShowHistory: {"member-not-found": lambda service: service.get(f"{NOBODY}/history")},
    ListMembers: {
        "card-replaced": list_by_old_card,
        "card-stopped": list_by_lost_card,
        "unknown-category": lambda service: service.get("/v1/members?category=wizard"),
    },
    AssessStanding: {
        "member-not-found": lambda service: service.standing(card_number="nobody"),
        "card-replaced": assess_old_card,
        "card-stopped": assess_lost_card,
        "one-of-two": lambda service: service.standing(),
    },
    ShowGuardian: {"guardian-not-found": show_no_guardian},
    SetPin: {
        "member-not-found": lambda service: service.request("PUT", f"{NOBODY}/pin", {"pin": "9753"}),
        "invalid-pin": set_pin("12"),
        "pin-too-common": set_pin("1234"),
    },
    ChangeOwnPin: {
        "member-not-found": choose_pin_of_nobody,
        "invalid-pin": choose_pin("12"),
        "pin-too-common": choose_pin("1234"),
        "wrong-pin": choose_pin(has="4819"),
        "sign-in-too-old": choose_pin(),
        "pin-locked": choose_pin(has="4819", wrong_before=PINS.tries),
    },
    VerifyPin: {
        "wrong-card-or-pin": lambda service: verify(service, "NOBODY", "4819"),
        "invalid-end-user-address": verify_from_nowhere,
        "pin-locked": verify_locked,
    },
    ChangeCategories: {
        "invalid-categories": put_categories({"category": "adult", "name": "A", "months": 1, "follows": "b"}),
        "category-in-use": put_categories({"category": "child", "name": "Child", "months": 12}),
        "out-of-date": put_categories({"category": "adult", "name": "A", "months": 1}, if_match='"99"'),
    },
    SuspendMember: {
        "member-not-found": lambda service: service.request("POST", f"{NOBODY}/suspend", SHOUTING),
        "four-eyes": by_herself("POST", "/suspend", SHOUTING),
        "ends-in-the-past": stop("suspend", SHOUTING),
    },
    ReinstateMember: {
        "member-not-found": lambda service: service.request("POST", f"{NOBODY}/reinstate"),
        "four-eyes": by_herself("POST", "/reinstate", None, "suspend"),
        "member-not-suspended": reinstate,
    },
    ListBlocks: {"member-not-found": lambda service: service.get(f"{NOBODY}/blocks")},
    LiftBlock: {
        "member-not-found": lambda service: service.request("DELETE", f"{NOBODY}/blocks/{uuid4()}"),
        "four-eyes": lift_own_block,
        "block-not-found": lift_no_block,
    },
}
