"""How a client is refused what it asks of messages for the desk, of cards, and of blocks."""

from uuid import uuid4

import httpx

from members_service.application.membership.applications.applications import (
    AcceptApplication,
    Apply,
    ConfirmApplication,
    RejectApplication,
)
from members_service.application.membership.cards.print_cards import PrintCards
from members_service.application.membership.cards.queries import PrintedCardQueries
from members_service.application.membership.cards.replace_card import StopCard
from members_service.application.membership.desk_messages.desk_messages import (
    FinishDeskMessage,
    ListDeskMessages,
    ReadDeskMessage,
    WriteDeskMessage,
)
from members_service.application.membership.photos.photos import PutPhoto, RemovePhoto, ShowPhoto
from members_service.application.membership.renew_membership import RenewOwnMembership
from members_service.application.membership.show_member import ListCards, ShowCard
from members_service.application.membership.standing.blocks import BlockMember
from members_service.domain.identity.attempts import APPLICATIONS_WITH_ADDRESS
from members_service.domain.identity.roles import Role
from tests.members.api.conftest import Service
from tests.members.api.membership.refusals import NOBODY, WET, stop, without_books
from tests.refusals import Meets, Tables

SMALL_SHEET = {"page_width": 30, "page_height": 20, "label_width": 30, "label_height": 20}
GLASSES = {"text": "Her glasses were found."}


async def stop_no_card(service: Service) -> httpx.Response:
    await service.enrol(card_number="ABC")
    return await service.request("POST", f"/v1/members/{(await service.enrol())['member_id']}/cards/ABC/stop")


async def write_for_atlantis(service: Service) -> httpx.Response:
    path = f"/v1/members/{(await service.enrol())['member_id']}/desk-messages"
    return await service.request("POST", path, GLASSES | {"branch": "ATLANTIS"})


async def block_in_atlantis(service: Service) -> httpx.Response:
    path = f"/v1/members/{(await service.enrol())['member_id']}/blocks"
    return await service.request("POST", path, WET | {"branch": "ATLANTIS"})


def apply(*, off: bool = False, **facts: object) -> Meets[Service]:
    """Apply for a membership, where people do that for all categories."""

    async def meets(service: Service) -> httpx.Response:
        items = (await service.get("/v1/categories")).json()["items"]
        items = [item | {"applications": not off} for item in items]
        await service.request("PUT", "/v1/categories", {"items": items}, if_match="*")
        body = {"name": "Eve", "email": "eve@x.y", "category": "adult"} | facts
        return await service.request("POST", "/v1/applications", body, token=service.token_for("members:recover"))

    return meets


async def apply_too_often(service: Service) -> httpx.Response:
    for _ in range(APPLICATIONS_WITH_ADDRESS.tries):
        await apply()(service)
    return await apply()(service)


async def accept_unconfirmed(service: Service) -> httpx.Response:
    applied = (await apply()(service)).json()["application_id"]
    return await service.request("POST", f"/v1/applications/{applied}/accept")


def renew_own(
    *, days: int | None = 30, born: str | None = None, before: str = "", by_nobody: bool = False
) -> Meets[Service]:
    """Renew one's own membership, where adults may do that so many days round its end."""

    async def meets(service: Service) -> httpx.Response:
        items = (await service.get("/v1/categories")).json()["items"]
        items[0] |= {"own_renewal_days": days, "youngest": None if born is None else 18}
        own = (await service.enrol(expires_on=service.day(3), date_of_birth=born))["member_id"]
        await service.request("PUT", "/v1/categories", {"items": items}, if_match="*")
        if before:
            why = {"reason": "Shouting."} if before == "suspend" else None
            await service.request("POST", f"/v1/members/{own}/{before}", why)
        token = service.token(Role.MEMBER, member_id=uuid4() if by_nobody else own)
        return await service.request("POST", "/v1/members/me/renew", token=token)

    return meets


def photograph(
    *, content: bytes = b"\xff\xd8\xff", of_nobody: bool = False, by_herself: bool = False
) -> Meets[Service]:
    """Keep a photograph of a member."""

    async def meets(service: Service) -> httpx.Response:
        own = (await service.enrol())["member_id"]
        token = service.token(Role.LIBRARIAN, member_id=own if by_herself else None)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "image/jpeg"}
        path = f"{NOBODY}/photo" if of_nobody else f"/v1/members/{own}/photo"
        return await service.http.put(path, content=content, headers=headers)

    return meets


async def about_no_photo(service: Service, method: str, *, by_herself: bool = False) -> httpx.Response:
    own = (await service.enrol())["member_id"]
    token = service.token(Role.LIBRARIAN, member_id=own if by_herself else None)
    return await service.request(method, f"/v1/members/{own}/photo", token=token)


def see_message(act: str, *before: str, message_id: object = None) -> Meets[Service]:
    """Read a desk message, or say that it is done; `before`, the same was done with it."""

    async def meets(service: Service) -> httpx.Response:
        path = f"/v1/members/{(await service.enrol())['member_id']}/desk-messages"
        written = (await service.request("POST", path, GLASSES)).json()["message_id"]
        for each in before:
            await service.request("POST", f"{path}/{written}/{each}")
        return await service.request("POST", f"{path}/{message_id or written}/{act}")

    return meets


async def finish_own_message(service: Service) -> httpx.Response:
    own = (await service.enrol())["member_id"]
    written = (await service.request("POST", f"/v1/members/{own}/desk-messages", GLASSES)).headers["location"]
    return await service.request("POST", f"{written}/done", token=service.token(Role.LIBRARIAN, member_id=own))


def print_card(number: str = "ABC", *, stopped: bool = False, **how: object) -> Meets[Service]:
    """Print a member's card."""

    async def meets(service: Service) -> httpx.Response:
        member = (await service.enrol(card_number=number))["member_id"]
        if stopped:
            await service.request("POST", f"/v1/members/{member}/cards/{number}/stop")
        return await service.request("POST", "/v1/member-cards", {"member_ids": [member], "sheet": "card"} | how)

    return meets


TABLES: Tables[Service] = {
    PrintCards: {
        "members-not-found": print_card(member_ids=[str(uuid4())]),
        "cards-stopped": print_card(stopped=True),
        "unknown-sheet": print_card(sheet="a4-9x9"),
        "sheet-off-page": print_card(sheet=SMALL_SHEET | {"columns": 2}),
        "code-too-wide": print_card("LONG-NUMBER-4711", sheet=SMALL_SHEET),
        "character-not-in-code": print_card("A_1", code="code39"),
    },
    PrintedCardQueries.printed_cards: {
        "members-not-found": print_card(member_ids=[str(uuid4())]),
        "cards-stopped": print_card(stopped=True),
    },
    StopCard: {
        "member-not-found": lambda service: service.request("POST", f"{NOBODY}/cards/1/stop"),
        "card-not-found": stop_no_card,
    },
    ShowCard: {"card-not-found": lambda service: service.get("/v1/cards/nobody")},
    ListCards: {"member-not-found": lambda service: service.get(f"{NOBODY}/cards")},
    BlockMember: {
        "member-not-found": lambda service: service.request("POST", f"{NOBODY}/blocks", WET),
        "ends-in-the-past": stop("blocks", WET),
        "unknown-branch": block_in_atlantis,
        "neighbour-unavailable": without_books(block_in_atlantis),
    },
    Apply: {
        "applications-off": apply(off=True),
        "invalid-email": apply(email="nowhere"),
        "invalid-language": apply(language="english please"),
        "invalid-date-of-birth": apply(date_of_birth="2999-01-01"),
        "unknown-category": apply(category="pirate"),
        "age-not-for-category": apply(category="child", date_of_birth="1950-01-01"),
        "unknown-branch": apply(home_branch="ATLANTIS"),
        "neighbour-unavailable": without_books(apply(home_branch="NEW")),
        "invalid-end-user-address": apply(end_user_address="next door"),
        "too-many-attempts": apply_too_often,
    },
    ConfirmApplication: {
        "confirmation-token-invalid": lambda service: service.request(
            "POST", "/v1/applications/confirm", {"confirmation_token": "x"}
        ),
    },
    AcceptApplication: {
        "application-not-found": lambda service: service.request("POST", f"/v1/applications/{uuid4()}/accept"),
        "application-not-confirmed": accept_unconfirmed,
    },
    RejectApplication: {
        "application-not-found": lambda service: service.request("DELETE", f"/v1/applications/{uuid4()}"),
    },
    RenewOwnMembership: {
        "member-not-found": renew_own(by_nobody=True),
        "member-leaving": renew_own(before="erasure"),
        "membership-suspended": renew_own(before="suspend"),
        "own-renewal-off": renew_own(days=None),
        "not-time-to-renew": renew_own(days=1),
        "age-not-for-category": renew_own(born="2020-01-01"),
    },
    PutPhoto: {
        "member-not-found": photograph(of_nobody=True),
        "four-eyes": photograph(by_herself=True),
        "invalid-photo": photograph(content=b"<html>"),
    },
    ShowPhoto: {
        "member-not-found": lambda service: service.get(f"{NOBODY}/photo"),
        "photo-not-found": lambda service: about_no_photo(service, "GET"),
    },
    RemovePhoto: {
        "member-not-found": lambda service: service.request("DELETE", f"{NOBODY}/photo"),
        "four-eyes": lambda service: about_no_photo(service, "DELETE", by_herself=True),
        "photo-not-found": lambda service: about_no_photo(service, "DELETE"),
    },
    WriteDeskMessage: {
        "member-not-found": lambda service: service.request("POST", f"{NOBODY}/desk-messages", GLASSES),
        "ends-in-the-past": stop("desk-messages", GLASSES),
        "unknown-branch": write_for_atlantis,
        "neighbour-unavailable": without_books(write_for_atlantis),
    },
    ListDeskMessages: {"member-not-found": lambda service: service.get(f"{NOBODY}/desk-messages")},
    ReadDeskMessage: {
        "member-not-found": lambda service: service.request("POST", f"{NOBODY}/desk-messages/{uuid4()}/read"),
        "desk-message-not-found": see_message("read", message_id=uuid4()),
        "desk-message-done": see_message("read", "done"),
    },
    FinishDeskMessage: {
        "member-not-found": lambda service: service.request("POST", f"{NOBODY}/desk-messages/{uuid4()}/done"),
        "four-eyes": finish_own_message,
        "desk-message-not-found": see_message("done", message_id=uuid4()),
        "desk-message-done": see_message("done", "done"),
    },
}
