"""How a client is refused holds, and what is done with them."""

from typing import Any
from uuid import UUID

import httpx

from loans_service.application.holds.change_hold import CancelForWard, CancelHold, ResumeHold, SuspendHold
from loans_service.application.holds.find_active import FindActive
from loans_service.application.holds.list_holds_ratio import ListHoldsRatio
from loans_service.application.holds.placing.explain_hold import ExplainHold
from loans_service.application.holds.placing.find_pickup_branches import FindPickupBranches
from loans_service.application.holds.placing.move_hold import MoveHold
from loans_service.application.holds.placing.place_hold import PlaceHold
from loans_service.application.holds.reorder_queue import ReorderQueue
from loans_service.application.holds.report_not_found import ReportNotFound
from loans_service.application.holds.revise_hold import ReviseHold
from loans_service.application.holds.send_copy import SendCopy
from loans_service.application.holds.show_holds import ListHolds, ShowHold
from loans_service.application.whose_things import WhoseThings
from loans_service.domain.lendable_copy import CopyNotLendable
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from tests.loans.api.conftest import ADAS, LIBRARIAN, Service
from tests.loans.api.holds.placing import EMMA_FOR_ADA, arrange, place
from tests.loans.api.holds.pulling import patch
from tests.loans.api.lending.refusals import SOMEBODY, asked_in_vain, of_all
from tests.loans.api.situations import COLLEAGUE, KIOSK, change_hold_terms, change_rules, hold, let_act
from tests.loans.makers import ADA, EMMA, EMMA_COPY, a_copy, a_standing
from tests.refusals import Meets, Tables

NOBODYS = {"hold_id": str(new_id())}
PLEASE = {"override": {"codes": ["hold-limit-reached"], "comment": "Please."}}
AT_EMMA = {"copy_barcode": "30000000000019", "to_branch": "EAST"}


def place_meeting(code: str, **how: Any) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        answer: httpx.Response = await place(service, await arrange(service, code), **how)
        return answer

    return meets


def explain(body: dict[str, Any], *, token: str | None = None, in_vain: bool = False) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        service.catalogue.down = in_vain
        return await service.post("/v1/holds/decision", body, token=token)

    return meets


def find_branches(
    *, token: str | None = None, in_vain: bool = False, merged: bool = False, **query: str
) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        service.catalogue.down = in_vain
        service.catalogue.merged |= {EMMA: new_id()} if merged else {}
        asked = httpx.QueryParams({"book_id": str(EMMA)} | query)
        return await service.get(f"/v1/holds/pickup-branches?{asked}")

    return meets


def change(act: str, *, first: str | None = None, if_match: str | None = None) -> Meets[Service]:
    """Do something with Ada's hold that was `first` cancelled, or for which a copy was captured."""

    async def meets(service: Service) -> httpx.Response:
        held = await hold(service, "ADA")
        if first == "captured":
            await service.bring_back()
        elif first is not None:
            await service.post(f"/v1/holds/{held['hold_id']}/{first}", {})
        return await service.post(f"/v1/holds/{held['hold_id']}/{act}", {}, if_match=if_match)

    return meets


def changes(act: str) -> dict[str, Meets[Service]]:
    return {
        "hold-not-found": lambda service: service.post(f"/v1/holds/{new_id()}/{act}", {}),
        "out-of-date": change(act, if_match='"99"'),
    }


def revise(
    *,
    captured: bool = False,
    cancelled: bool = False,
    in_vain: bool = False,
    token: str | None = None,
    **body: Any,
) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        held = await hold(service, "ADA")
        if captured:
            await service.bring_back()
        if cancelled:
            await service.post(f"/v1/holds/{held['hold_id']}/cancel", {})
        service.catalogue.down = in_vain
        answer: httpx.Response = await patch(service, held, token=token, **body)
        return answer

    return meets


async def revise_another_version(service: Service) -> httpx.Response:
    answer: httpx.Response = await patch(service, await hold(service, "ADA"), '"99"', comment="Late.")
    return answer


async def revise_nobodys(service: Service) -> httpx.Response:
    answer: httpx.Response = await patch(service, NOBODYS, comment="Nobody's.")
    return answer


async def move_merged(service: Service) -> httpx.Response:
    held = await hold(service, "ADA")
    service.catalogue.merged[EMMA] = new_id()
    answer: httpx.Response = await patch(service, held, pickup_branch="EAST")
    return answer


async def move_removed(service: Service) -> httpx.Response:
    held = await hold(service, "ADA")
    service.catalogue.copies = [a_copy(copy_id=new_id(), book_id=new_id())]
    answer: httpx.Response = await patch(service, held, pickup_branch="EAST")
    return answer


async def move_against_policy(service: Service) -> httpx.Response:
    held = await hold(service, "ADA")
    await change_rules(service, holds_allowed=False)
    answer: httpx.Response = await patch(service, held, pickup_branch="EAST")
    return answer


async def move_where_nothing_is_sent(service: Service) -> httpx.Response:
    held = await hold(service, "ADA")
    await change_hold_terms(service, transport={"never": [{"to": "EAST"}]})
    answer: httpx.Response = await patch(service, held, pickup_branch="EAST")
    return answer


OTHER = UUID(int=77)


def move(
    *,
    first: str | None = None,
    meeting: str = "",
    volumes: tuple[str, ...] = (),
    in_vain: str = "",
    if_match: str | None = None,
    token: str | None = None,
    item_type: str = "book",
    refusals: tuple[LibraryError, ...] = (),
    **body: Any,
) -> Meets[Service]:
    """Move Ada's hold for Emma to another title, or what `body` says."""

    async def meets(service: Service) -> httpx.Response:
        held = await hold(service, "ADA")
        if first is not None:
            await (
                service.bring_back()
                if first == "captured"
                else service.post(f"/v1/holds/{held['hold_id']}/{first}", {})
            )
        service.catalogue.copies += [
            a_copy(
                copy_id=new_id(),
                book_id=OTHER,
                barcode=f"OTHER{at}",
                item_type=item_type,
                refusals=refusals,
                volume=each,
            )
            for at, each in enumerate(volumes or (None,))
        ]
        if meeting == "already-on-loan-to-member":
            await service.check_out(copy_barcode="OTHER0")
        if meeting == "already-held-by-member":
            await service.post("/v1/holds", {"book_id": str(OTHER), "card_number": "ADA"})
        if meeting == "not-sent-there":
            await patch(service, held, pickup_branch="EAST")
            await change_hold_terms(service, transport={"never": [{"to": "EAST"}]})
        if in_vain == "unknown":
            service.members.by_card = {}
        service.catalogue.down = in_vain == "down"
        sent = body if body.keys() & {"book_id", "copy_id"} else {"book_id": str(OTHER)} | body
        return await service.post(f"/v1/holds/{held['hold_id']}/move", sent, if_match=if_match, token=token)

    return meets


async def move_to_merged(service: Service) -> httpx.Response:
    service.catalogue.merged[OTHER] = new_id()
    return await move()(service)


async def cancel_fulfilled(service: Service) -> httpx.Response:
    held = await hold(service, "ADA")
    await service.check_out()
    return await service.post(f"/v1/holds/{held['hold_id']}/cancel", {})


async def give_a_reason_as_a_kiosk(service: Service) -> httpx.Response:
    held = await hold(service, "ADA")
    return await service.post(f"/v1/holds/{held['hold_id']}/cancel", {"reason": "Worn out."}, token=KIOSK)


def cancel_for(*, in_vain: bool = False, **body: str) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        held = await hold(service, "ADA")
        let_act(service, "see")
        service.members.down = in_vain
        return await service.post(f"/v1/holds/{held['hold_id']}/cancel", {"acting_for": str(ADA)} | body)

    return meets


async def kims_hold(service: Service) -> str:
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    hold_id: str = (await hold(service, "KIM"))["hold_id"]
    return hold_id


async def move_up_in_own_queue(service: Service) -> httpx.Response:
    kims, own = await kims_hold(service), await hold(service, "ADA")
    order = {"hold_ids": [own["hold_id"], kims]}
    return await service.put(f"/v1/hold-queues/{EMMA}", order, if_match="*", token=COLLEAGUE)


async def leave_one_out_of_the_queue(service: Service) -> httpx.Response:
    await kims_hold(service)
    return await service.put(f"/v1/hold-queues/{EMMA}", {"hold_ids": []}, if_match="*", token=LIBRARIAN)


async def miss_what_is_not_pulled(service: Service) -> httpx.Response:
    await service.check_out()
    return await service.post(f"/v1/holds/{await kims_hold(service)}/not-found", {})


async def send_lent(service: Service) -> httpx.Response:
    await service.check_out()
    return await service.post("/v1/transits", AT_EMMA)


async def send_captured(service: Service) -> httpx.Response:
    await hold(service, "ADA")
    await service.bring_back()
    return await service.post("/v1/transits", AT_EMMA)


async def send_in_vain(service: Service) -> httpx.Response:
    service.catalogue.down = True
    return await service.post("/v1/transits", AT_EMMA)


async def list_ratio_in_vain(service: Service) -> httpx.Response:
    await place(service)
    return await asked_in_vain("/v1/lists/holds-ratio")(service)


TABLES: Tables[Service] = {
    PlaceHold: {
        "override-forbidden": place_meeting("override-forbidden", token=KIOSK),
        "four-eyes": place_meeting("four-eyes", token=COLLEAGUE),
    }
    | {
        code: place_meeting(code)
        for code in (
            *("book-not-found", "book-merged", "copy-not-found", "member-not-found", "card-replaced", "card-stopped"),
            *("guardian-not-found", "may-not-act-for"),
            *("already-on-loan-to-member", "already-held-by-member", "no-lendable-copy", "membership-expired"),
            *("member-suspended", "member-blocked", "member-leaving", "hold-limit-reached", "unknown-branch"),
            *("hold-not-allowed-by-policy", "not-sent-there", "invalid-hold-expiry", "invalid-hold-start"),
            *("volume-not-named", "unknown-volume", "member-not-named", "neighbour-unavailable"),
            *("daily-hold-limit-reached", "item-type-hold-limit-reached", "fines-owed", "too-many-overdue"),
            *("too-many-lost", "recall-overdue"),
        )
    },
    ExplainHold: {
        "member-not-named": explain({"book_id": str(EMMA)}),
        "override-forbidden": explain(EMMA_FOR_ADA | PLEASE, token=KIOSK),
        "four-eyes": explain(EMMA_FOR_ADA | PLEASE, token=COLLEAGUE),
        "neighbour-unavailable": explain(EMMA_FOR_ADA, in_vain=True),
    },
    FindPickupBranches: {
        "book-not-found": find_branches(book_id=str(new_id()), card_number="ADA"),
        "book-merged": find_branches(card_number="ADA", merged=True),
        "member-not-found": find_branches(card_number="nobody"),
        "card-replaced": find_branches(card_number="OLD"),
        "card-stopped": find_branches(card_number="LOST"),
        "member-not-named": find_branches(),
        "neighbour-unavailable": find_branches(card_number="ADA", in_vain=True),
    },
    ReviseHold: {
        "hold-not-found": revise_nobodys,
        "hold-not-active": revise(cancelled=True, comment="Too late."),
        "hold-not-waiting": revise(captured=True, expires_on="2026-04-01"),
        "hold-not-ready": revise(pickup_until="2026-03-20T18:00:00Z"),
        "invalid-pickup-deadline": revise(captured=True, pickup_until="2026-03-01T18:00:00Z"),
        "staff-only": revise(token=KIOSK, pickup_until="2026-03-20T18:00:00Z"),
        "four-eyes": revise(captured=True, token=COLLEAGUE, pickup_until="2026-03-20T18:00:00Z"),
        "book-not-found": move_removed,
        "book-merged": move_merged,
        "hold-not-allowed-by-policy": move_against_policy,
        "not-sent-there": move_where_nothing_is_sent,
        "unknown-branch": revise(pickup_branch="ATLANTIS"),
        "invalid-hold-expiry": revise(expires_on="2026-03-01"),
        "invalid-hold-start": revise(not_before="2026-04-02", expires_on="2026-04-01"),
        "out-of-date": revise_another_version,
        "neighbour-unavailable": revise(in_vain=True, pickup_branch="EAST"),
    },
    CancelHold: {**changes("cancel"), "hold-not-active": cancel_fulfilled, "staff-only": give_a_reason_as_a_kiosk},
    CancelForWard: {
        "member-not-found": cancel_for(card_number="nobody"),
        "card-replaced": cancel_for(card_number="OLD"),
        "card-stopped": cancel_for(card_number="LOST"),
        "guardian-not-found": cancel_for(card_number="DAN", acting_for=str(EMMA)),
        "may-not-act-for": cancel_for(card_number="DAN"),
        "member-not-named": cancel_for(),
        "neighbour-unavailable": cancel_for(in_vain=True, card_number="DAN"),
    },
    SuspendHold: {
        **changes("suspend"),
        "hold-not-active": change("suspend", first="cancel"),
        "hold-not-waiting": change("suspend", first="captured"),
    },
    ResumeHold: {
        **changes("resume"),
        "hold-not-active": change("resume", first="cancel"),
        "hold-not-waiting": change("resume", first="captured"),
    },
    FindActive: of_all("/v1/holds/suspensions"),
    ReportNotFound: {**changes("not-found"), "hold-has-no-target": miss_what_is_not_pulled},
    MoveHold: {
        "hold-not-found": lambda service: service.post(f"/v1/holds/{new_id()}/move", {"copy_id": str(EMMA_COPY)}),
        "hold-not-active": move(first="cancel"),
        "hold-not-waiting": move(first="captured"),
        "out-of-date": move(if_match='"99"'),
        "book-not-found": move(book_id=str(new_id())),
        "book-merged": move_to_merged,
        "copy-not-found": move(copy_id=str(new_id())),
        "member-not-found": move(in_vain="unknown"),
        "already-on-loan-to-member": move(meeting="already-on-loan-to-member"),
        "already-held-by-member": move(meeting="already-held-by-member"),
        "no-lendable-copy": move(refusals=(CopyNotLendable("Withdrawn.", status="withdrawn"),)),
        "volume-not-named": move(volumes=("1", "2")),
        "unknown-volume": move(volumes=("1", "2"), volume="3"),
        "hold-not-allowed-by-policy": move(item_type="reference"),
        "not-sent-there": move(meeting="not-sent-there"),
        "four-eyes": move(token=COLLEAGUE),
        "neighbour-unavailable": move(in_vain="down"),
    },
    ReorderQueue: {
        "hold-queue-differs": leave_one_out_of_the_queue,
        "four-eyes": move_up_in_own_queue,
    },
    SendCopy: {
        "copy-not-found": lambda service: service.post("/v1/transits", AT_EMMA | {"copy_barcode": "nowhere"}),
        "unknown-branch": lambda service: service.post("/v1/transits", AT_EMMA | {"to_branch": "ATLANTIS"}),
        "copy-on-loan": send_lent,
        "copy-held-for-other": send_captured,
        "neighbour-unavailable": send_in_vain,
    },
    ShowHold: {"hold-not-found": lambda service: service.get(f"/v1/holds/{new_id()}")},
    ListHolds: {
        "card-replaced": lambda service: service.get("/v1/holds?card_number=OLD"),
        "card-stopped": lambda service: service.get("/v1/holds?card_number=LOST"),
        "neighbour-unavailable": asked_in_vain("/v1/holds?card_number=ADA"),
    },
    ListHoldsRatio: {"neighbour-unavailable": list_ratio_in_vain},
    WhoseThings: {
        "member-not-found": lambda service: service.get(f"/v1/holds/mine?member_id={ADA}", SOMEBODY),
        "neighbour-unavailable": asked_in_vain(f"/v1/holds/mine?member_id={new_id()}", ADAS),
    },
}
